#include "http/connection_input.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <future>

#include "support/run_task.hpp"

namespace partwise::http {
namespace {

constexpr std::byte kByte{7};  // All that a peer sends.

// A peer whose bytes come in `pieces`: each is there at once, but one of no bytes stands for a
// moment in which nothing is there yet. Counts how often somebody lingered for such a moment.
class ScriptedConnection final : public Connection {
 public:
  explicit ScriptedConnection(std::deque<std::size_t> pieces) : pieces_(std::move(pieces)) {}

  Result<std::size_t> read_now(MutableBytes out) override {
    if (pieces_.empty() || pieces_.front() == 0) return fail(ErrorCode::would_block, {});
    const std::size_t count = std::min(out.size(), pieces_.front());
    std::ranges::fill(out.first(count), kByte);
    pieces_.front() -= count;
    if (pieces_.front() == 0) pieces_.pop_front();
    return count;
  }
  void linger(std::chrono::milliseconds) override {
    ++lingers;
    if (!pieces_.empty() && pieces_.front() == 0) pieces_.pop_front();
  }

  void unwatch() override { ++unwatches; }

  Task<Result<>> open() override { co_return Result<>{}; }
  Result<std::size_t> write_now(Bytes) override { return fail(ErrorCode::would_block, {}); }
  Result<std::size_t> send_file_now(File&, std::uint64_t, std::size_t) override {
    return fail(ErrorCode::would_block, {});
  }
  bool can_send_file() const override { return false; }
  Task<Result<>> wait_readable() override { co_return Result<>{}; }
  Task<Result<>> wait_writable() override { co_return Result<>{}; }
  void set_deadline(std::optional<MonotonicTime>) override {}
  void interrupt() override {}
  void resume() override {}
  void shutdown_send() override {}
  void abort() override {}
  bool peer_has_ended() const override { return false; }
  std::string peer() const override { return "test"; }

  int lingers = 0;
  int unwatches = 0;

 private:
  std::deque<std::size_t> pieces_;
};

class ConnectionInputTest : public testing::Test {
 protected:
  // What a thread that is not the loop's gets.
  template <class Work>
  static auto on_worker(Work work) {
    return std::async(std::launch::async, std::move(work)).get();
  }
  static std::size_t take_on_worker(ConnectionInput& input, std::uint64_t wanted) {
    const auto taken = on_worker([&] {
      const auto bytes = input.peek_bulk_now(wanted);
      return bytes ? bytes->size() : 0;
    });
    input.consume(taken);
    return taken;
  }
  // Takes what fills the small buffer, so that the next receive is into a large one.
  static void prove_bulk(ConnectionInput& input) {
    const auto first = input.peek_now();
    ASSERT_TRUE(first);
    input.consume(first->size());
  }

  const HttpLimits limits_;
  BufferPool pool_{limits_};
  const std::size_t small_ = limits_.small_buffer_bytes;
  const std::size_t large_ = limits_.large_buffer_bytes;
};

// Of one large buffer for both. The first proved to be bulk.
class TwoStreams : public ConnectionInputTest {
 protected:
  TwoStreams() { prove_bulk(holder_); }

  static HttpLimits one_large_buffer() {
    HttpLimits limits;
    limits.large_buffers_max = 1;
    return limits;
  }

  BufferPool one_{one_large_buffer()};
  ScriptedConnection first_{{small_, 100'000, 0, 0, 500'000}};
  ScriptedConnection second_{{small_, 100'000, 0, 0, 500'000}};
  ConnectionInput holder_{first_, one_};
  ConnectionInput other_{second_, one_};
};

TEST_F(ConnectionInputTest, ABulkBodyIsCollectedUpToTheBufferOrWhatIsWanted) {
  ScriptedConnection connection({small_, 100'000, 0, 100'000, 0, 3'000'000});
  ConnectionInput input(connection, pool_);
  prove_bulk(input);
  const auto wanted = on_worker([&] { return input.peek_bulk_now(150'000)->size(); });
  EXPECT_EQ(wanted, 200'000U) << "enough: nothing more is waited for";
  EXPECT_EQ(connection.lingers, 1);
  const auto full = on_worker([&] { return input.peek_bulk_now(10'000'000)->size(); });
  EXPECT_EQ(full, large_);
  EXPECT_EQ(connection.lingers, 2);
}

TEST_F(ConnectionInputTest, AStreamThatBringsLittleOccupiesNoWorker) {
  ScriptedConnection connection({small_, 10'000, 0, 10'000, 0, 10'000});
  ConnectionInput input(connection, pool_);
  prove_bulk(input);
  EXPECT_EQ(on_worker([&] { return input.peek_bulk_now(1'000'000)->size(); }), 10'000U);
  EXPECT_EQ(connection.lingers, 0) << "what came since the start is less than is worth it";
}

TEST_F(ConnectionInputTest, TheLoopIsToldOfNoneOfAFastStreamUntilItWaits) {
  ScriptedConnection connection(
      {small_, 600'000, 0, 0, 600'000, 600'000, 0, 100'000, 0, 0, 100'000});
  ConnectionInput input(connection, pool_);
  prove_bulk(input);
  EXPECT_EQ(take_on_worker(input, 9'000'000), 600'000U);
  EXPECT_EQ(connection.unwatches, 1);
  connection.linger({});
  EXPECT_EQ(take_on_worker(input, 9'000'000), 1'300'000U);
  EXPECT_EQ(connection.unwatches, 1) << "it is not watched";
  connection.linger({});
  (void)test::run_task(input.wait());
  EXPECT_EQ(take_on_worker(input, 9'000'000), 100'000U);
  EXPECT_EQ(connection.unwatches, 1) << "watched, and it brings little";
}

TEST_F(TwoStreams, WhoWaitsHasNoLargeBuffer) {
  prove_bulk(other_);
  EXPECT_EQ(take_on_worker(holder_, 9'000'000), 100'000U);
  EXPECT_EQ(take_on_worker(other_, 9'000'000), small_) << "the only large buffer is taken";
  (void)test::run_task(holder_.wait());
  EXPECT_GT(take_on_worker(other_, 9'000'000), small_);
  (void)test::run_task(other_.wait());
  first_.linger({});
  EXPECT_EQ(take_on_worker(holder_, 9'000'000), 500'000U) << "it was fast, and has one again";
}

TEST_F(ConnectionInputTest, ABufferWithBytesInItIsNotLent) {
  ScriptedConnection connection({small_, 100'000});
  ConnectionInput input(connection, pool_);
  prove_bulk(input);
  EXPECT_EQ(on_worker([&] { return input.peek_bulk_now(9'000'000)->size(); }), 100'000U);
  input.consume(1);
  (void)test::run_task(input.wait());
  EXPECT_EQ(input.buffered(), 99'999U);
}

TEST_F(TwoStreams, TheBeginningOfTheNextRequestHoldsNoLargeBuffer) {
  EXPECT_EQ(on_worker([&] { return holder_.peek_bulk_now(99'990)->size(); }), 100'000U);
  holder_.consume(99'990);
  holder_.release_spare();
  ASSERT_EQ(holder_.buffered(), 10U);
  EXPECT_TRUE(std::ranges::all_of(holder_.buffered_bytes(), [](auto b) { return b == kByte; }));
  prove_bulk(other_);
  EXPECT_GT(take_on_worker(other_, 9'000'000), small_) << "it has the only large buffer";
}

TEST_F(ConnectionInputTest, TheLoopNeverLingers) {
  ScriptedConnection connection({small_, 500'000, 0, 500'000});
  ConnectionInput input(connection, pool_);
  prove_bulk(input);
  EXPECT_EQ(input.peek_bulk_now(1'000'000)->size(), 500'000U);
  input.consume(500'000);
  EXPECT_EQ(input.peek_bulk_now(500'000).error().code, ErrorCode::would_block);
  EXPECT_EQ(connection.lingers, 0);
}

TEST_F(ConnectionInputTest, ASmallBodyIsTakenAsItComes) {
  ScriptedConnection connection({1'000, 1'000});
  ConnectionInput input(connection, pool_);
  EXPECT_EQ(on_worker([&] { return input.peek_bulk_now(2'000)->size(); }), 1'000U);
}

}  // namespace
}  // namespace partwise::http
