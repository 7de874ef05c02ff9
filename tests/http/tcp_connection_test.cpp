// What the loop is told of a connection that a worker reads.

#include "http/tcp_connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/run_task.hpp"
#include "support/running.hpp"

namespace partwise::test {

namespace {

class TcpConnectionTest : public testing::Test {
 protected:
  TcpConnectionTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    server_ = ends[0];
    client_ = ends[1];
    connection_ = http::make_tcp_connection(loop_, server_, "test");
  }
  ~TcpConnectionTest() override { ::close(client_); }
  TcpConnectionTest(const TcpConnectionTest&) = delete;
  TcpConnectionTest& operator=(const TcpConnectionTest&) = delete;

  // Whether an epoll instance of this process has the server's end, as the kernel tells it.
  [[nodiscard]] bool is_watched() const {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
      if (gone || !target.contains("[eventpoll]")) continue;
      std::ifstream info("/proc/self/fdinfo/" + entry.path().filename().string());
      for (std::string line; std::getline(info, line);) {
        if (line.starts_with("tfd:") && std::stoi(line.substr(4)) == server_) return true;
      }
    }
    return false;
  }
  void unwatch() {
    connection_->unwatch();
    settle(loop_);
  }
  void send() { EXPECT_EQ(::send(client_, "x", 1, 0), 1); }
  // A byte arrives, and the loop may see it.
  void send_and_settle() {
    send();
    settle(loop_);
  }
  Result<std::size_t> read() {
    std::array<std::byte, 8> out{};
    return connection_->read_now(out);
  }

  boost::asio::io_context loop_;
  int server_ = -1;
  int client_ = -1;
  std::shared_ptr<http::Connection> connection_;
};

}  // namespace

TEST_F(TcpConnectionTest, IsNotWatchedBetweenUnwatchAndTheNextWait) {
  EXPECT_TRUE(is_watched());
  unwatch();
  EXPECT_FALSE(is_watched());
  send();
  EXPECT_EQ(read(), 1U) << "reading needs no watch";
  const Running<Result<>> waiting(loop_, connection_->wait_readable());
  settle(loop_);
  EXPECT_TRUE(is_watched());
  EXPECT_FALSE(waiting.done());
  send_and_settle();
  EXPECT_TRUE(waiting.done());
  EXPECT_EQ(read(), 1U);
}

TEST_F(TcpConnectionTest, AByteThatCameWhileNobodyWatchedEndsTheNextWait) {
  unwatch();
  send();
  EXPECT_TRUE(run_task(loop_, connection_->wait_readable()));
  EXPECT_EQ(read(), 1U);
}

TEST_F(TcpConnectionTest, AWaitThatIsUnderWayStaysWatched) {
  const Running<Result<>> waiting(loop_, connection_->wait_readable());
  settle(loop_);
  unwatch();
  EXPECT_TRUE(is_watched());
  EXPECT_FALSE(waiting.done());
  send_and_settle();
  EXPECT_TRUE(waiting.done());
}

TEST_F(TcpConnectionTest, IsInterruptedAndEndedUnwatchedAsWell) {
  unwatch();
  connection_->interrupt();
  EXPECT_EQ(read().error().code, ErrorCode::cut);
  EXPECT_EQ(run_task(loop_, connection_->wait_readable()).error().code, ErrorCode::cut);
  connection_->resume();
  connection_->abort();
  EXPECT_EQ(run_task(loop_, connection_->wait_readable()).error().code, ErrorCode::disconnected);
}

TEST_F(TcpConnectionTest, ClosesItsDescriptorWatchedOrNot) {
  unwatch();
  connection_.reset();
  settle(loop_);
  std::array<char, 1> out{};
  EXPECT_EQ(::recv(client_, out.data(), out.size(), 0), 0) << "the other end is closed";
}

TEST_F(TcpConnectionTest, KnowsThatThePeerHasEndedAlsoBehindBytesThatNobodyHasRead) {
  EXPECT_FALSE(connection_->peer_has_ended());
  send();
  EXPECT_FALSE(connection_->peer_has_ended());
  EXPECT_EQ(::shutdown(client_, SHUT_WR), 0);
  EXPECT_TRUE(connection_->peer_has_ended());
  EXPECT_EQ(read(), 1U) << "looking has taken nothing";
  EXPECT_TRUE(connection_->peer_has_ended());
}

}  // namespace partwise::test
