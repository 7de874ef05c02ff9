#include "http/buffer_pool.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace partwise::http {

namespace {

constexpr HttpLimits kLimits{.small_buffer_bytes = 1024,
                             .large_buffer_bytes = 8192,
                             .large_buffers_max = 2,
                             .small_buffers_kept_max = 1,
                             .large_buffers_kept_max = 1};

}  // namespace

TEST(BufferPool, KeepsAFewOfEachSizeForTheNextRequest) {
  BufferPool pool(kLimits);
  Buffer small = pool.take_small();
  Buffer large = pool.take_large();
  EXPECT_EQ(small.capacity, kLimits.small_buffer_bytes);
  EXPECT_EQ(large.capacity, kLimits.large_buffer_bytes);
  const auto* const small_memory = small.memory.get();
  const auto* const large_memory = large.memory.get();
  pool.give_back(std::move(small));
  pool.give_back(std::move(large));
  EXPECT_EQ(pool.take_small().memory.get(), small_memory);
  EXPECT_EQ(pool.take_large().memory.get(), large_memory);
}

TEST(BufferPool, LendsNoMoreLargeBuffersThanItsLimit) {
  BufferPool pool(kLimits);
  std::vector<Buffer> taken;
  for (std::uint32_t i = 0; i < kLimits.large_buffers_max; ++i) taken.push_back(pool.take_large());
  EXPECT_FALSE(pool.take_large());
  EXPECT_TRUE(pool.take_small()) << "small ones are not counted";
  pool.give_back(std::move(taken.back()));
  EXPECT_TRUE(pool.take_large());
}

TEST(BufferPool, TakesNothingBackForNothing) {
  BufferPool pool(kLimits);
  pool.give_back({});
  EXPECT_TRUE(pool.take_small());
}

}  // namespace partwise::http
