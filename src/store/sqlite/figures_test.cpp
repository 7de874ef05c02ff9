#include "store/sqlite/figures.hpp"

#include <gtest/gtest.h>

namespace partwise {

TEST(SqliteBatches, ALengthBelongsToTheFirstBoundThatItDoesNotExceed) {
  SqliteBatches batches;
  for (const std::size_t length : {1U, 2U, 3U, 4U, 256U, 257U}) batches.add(length);
  EXPECT_EQ(batches.commits, (std::array<std::uint64_t, 10>{1, 1, 2, 0, 0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(batches.operations, 523U);
}

}  // namespace partwise
