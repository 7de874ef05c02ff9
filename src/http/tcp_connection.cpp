#include "http/tcp_connection.hpp"

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace partwise::http {

namespace {

namespace asio = boost::asio;

std::unexpected<Error> closed() {
  return fail(ErrorCode::disconnected, "The client closed the connection.");
}

// The outcome of one transfer: would_block is the only failure that leaves the connection usable.
Result<std::size_t> transferred(ssize_t count) {
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return fail(ErrorCode::would_block, {});
  return closed();
}

// Whether a transfer failed because of the connection, and not because of the file behind it.
bool is_peer_error(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EPIPE || error == ECONNRESET ||
         error == ENOTCONN || error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH ||
         error == ECONNABORTED;
}

class TcpConnection final : public Connection, public std::enable_shared_from_this<TcpConnection> {
 public:
  TcpConnection(asio::io_context& loop, int descriptor, std::string peer)
      : loop_(loop),
        descriptor_(descriptor),
        watch_(loop, descriptor),
        timer_(loop),
        peer_(std::move(peer)) {}
  ~TcpConnection() override {
    if (!watch_.is_open()) ::close(descriptor_);  // Else the watch does it.
  }
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  Task<Result<>> open() override { co_return Result<>{}; }

  Result<std::size_t> read_now(MutableBytes out) override {
    if (interrupted_) return fail(ErrorCode::cut, {});
    ssize_t count = 0;
    do {
      count = ::recv(descriptor_, out.data(), out.size(), MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    return transferred(count);
  }

  Result<std::size_t> write_now(Bytes bytes) override {
    ssize_t count = 0;
    do {
      count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return transferred(count);
  }

  Result<std::size_t> send_file_now(File& file, std::uint64_t offset, std::size_t bytes) override {
    auto position = static_cast<off_t>(offset);
    ssize_t count = 0;
    do {
      count = ::sendfile(descriptor_, file.descriptor(), &position, bytes);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && !is_peer_error(errno)) {
      return fail(ErrorCode::io_failure,
                  std::string("A stored file could not be sent: ") + std::strerror(errno) + ".");
    }
    return transferred(count);
  }

  void linger(std::chrono::milliseconds at_most) override {
    pollfd waited{.fd = descriptor_, .events = POLLIN, .revents = 0};
    (void)::poll(&waited, 1, static_cast<int>(at_most.count()));  // The next read says what is.
  }

  void unwatch() override {
    asio::post(loop_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && !self->waiting_ && self->watch_.is_open()) (void)self->watch_.release();
    });
  }

  bool can_send_file() const override { return true; }

  Task<Result<>> wait_readable() override {
    co_return co_await wait(asio::posix::descriptor_base::wait_read);
  }
  Task<Result<>> wait_writable() override {
    co_return co_await wait(asio::posix::descriptor_base::wait_write);
  }

  void set_deadline(std::optional<MonotonicTime> deadline) override { deadline_ = deadline; }

  void interrupt() override {
    interrupted_ = true;
    boost::system::error_code ignored;
    watch_.cancel(ignored);  // Fails only where nothing waits.
  }
  void resume() override { interrupted_ = false; }

  void shutdown_send() override { ::shutdown(descriptor_, SHUT_WR); }
  void abort() override {
    aborted_ = true;
    ::shutdown(descriptor_, SHUT_RDWR);
  }

  bool peer_has_ended() const override {
    pollfd watched{.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
    return ::poll(&watched, 1, 0) > 0;
  }

  std::string peer() const override { return peer_; }

 private:
  [[nodiscard]] bool is_past_deadline() const {
    return deadline_ && std::chrono::steady_clock::now() >= *deadline_;
  }

  Task<Result<>> wait(asio::posix::descriptor_base::wait_type type) {
    // `this` outlives the wait: whoever waits holds the connection.
    if (interrupted_) co_return fail(ErrorCode::cut, {});
    if (aborted_) co_return closed();
    boost::system::error_code unwatchable;
    if (!watch_.is_open()) watch_.assign(descriptor_, unwatchable);
    if (unwatchable) co_return closed();
    arm_timer();
    waiting_ = true;
    const auto [error] = co_await watch_.async_wait(type, asio::as_tuple(asio::use_awaitable));
    waiting_ = false;
    if (interrupted_) co_return fail(ErrorCode::cut, {});
    if (aborted_) co_return closed();
    if (!error) co_return Result<>{};
    if (is_past_deadline()) co_return fail(ErrorCode::timed_out, "The client was too slow.");
    co_return closed();
  }

  // One timer serves all waits: it is moved only towards an earlier deadline, and looks again when
  // it fires.
  void arm_timer() {
    if (!deadline_ || (armed_for_ && *armed_for_ <= *deadline_)) return;
    armed_for_ = deadline_;
    timer_.expires_at(*deadline_);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->armed_for_.reset();
      if (!self->waiting_) return;
      if (self->is_past_deadline()) {
        boost::system::error_code ignored;
        self->watch_.cancel(ignored);
      } else {
        self->arm_timer();
      }
    });
  }

  asio::io_context& loop_;
  // May be used on any thread; what follows it is touched on the loop only.
  const int descriptor_;
  asio::posix::stream_descriptor watch_;  // Owns the descriptor, while it has it.
  asio::steady_timer timer_;
  const std::string peer_;
  std::optional<MonotonicTime> deadline_;
  std::optional<MonotonicTime> armed_for_;
  bool waiting_ = false;
  bool aborted_ = false;
  // Set on the loop, read on any thread.
  std::atomic<bool> interrupted_ = false;
};

}  // namespace

std::shared_ptr<Connection> make_tcp_connection(boost::asio::io_context& loop, int descriptor,
                                                std::string peer) {
  try {
    return std::make_shared<TcpConnection>(loop, descriptor, std::move(peer));
  } catch (...) {
    ::close(descriptor);  // The loop could not watch it: nobody owns it yet.
    throw;
  }
}

}  // namespace partwise::http
