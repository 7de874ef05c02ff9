#include "http/tls_connection.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <new>
#include <utility>

#include "http/tcp_connection.hpp"

namespace partwise::http {

namespace {

// A client that took us for plain HTTP can read this; nothing of what it sent was looked at.
constexpr std::string_view kPlainAnswer =
    "HTTP/1.1 400 Bad Request\r\n"
    "content-type: text/plain\r\n"
    "content-length: 44\r\n"
    "connection: close\r\n\r\n"
    "This port speaks TLS. Use https:// instead.\n";

// Of what a peer that does not speak TLS goes on sending, so that it meets our answer before a
// reset.
constexpr std::size_t kDiscardedBytesMax = 64 * 1024;
// Between two records with data. A client renews its keys after gigabytes.
constexpr int kKeyUpdatesMax = 32;

std::unexpected<Error> closed() {
  return fail(ErrorCode::disconnected, "The client closed the connection.");
}

class TlsConnection final : public Connection {
 public:
  TlsConnection(boost::asio::io_context& loop, WorkerPool& workers, const TlsContext& context,
                int descriptor, std::string peer)
      : workers_(workers),
        descriptor_(descriptor),
        transport_(make_tcp_connection(loop, descriptor, std::move(peer))) {
    ERR_clear_error();
    tls_.reset(SSL_new(context.native()));
    if (!tls_ || SSL_set_fd(tls_.get(), descriptor) != 1) throw std::bad_alloc();
    SSL_set_accept_state(tls_.get());
    SSL_set_msg_callback(tls_.get(), on_message);
    SSL_set_msg_callback_arg(tls_.get(), this);
  }

  Task<Result<>> open() override {
    for (;;) {
      // On a worker: one signature with a large RSA key takes milliseconds.
      auto work = [this] { return handshake_now(); };
      const Handshake state = co_await run_on(workers_, std::move(work));
      if (state == Handshake::done) {
        is_open_ = true;
        co_return Result<>{};
      }
      if (state == Handshake::wants_read) CO_CHECK(co_await transport_->wait_readable());
      if (state == Handshake::wants_write) CO_CHECK(co_await transport_->wait_writable());
      if (state == Handshake::gone) co_return closed();
      if (state != Handshake::refused) continue;
      co_await discard();
      co_return fail(ErrorCode::invalid_request,
                     fmt::format("the TLS handshake failed: {}", refusal_));
    }
  }

  Result<std::size_t> read_now(MutableBytes out) override {
    if (interrupted_) return fail(ErrorCode::cut, {});
    if (broken_) return closed();
    const Sole sole(in_use_);
    read_wants_write_ = has_read_all_ = false;
    std::size_t total = 0;
    // A call gives one record at most, and what is bulk is known by buffers that were filled.
    while (total < out.size()) {
      ERR_clear_error();
      std::size_t count = 0;
      if (SSL_read_ex(tls_.get(), out.data() + total, out.size() - total, &count) == 1) {
        total += count;
        key_updates_ = 0;
        continue;
      }
      const int error = SSL_get_error(tls_.get(), 0);
      if (error == SSL_ERROR_ZERO_RETURN) return total;
      const bool waits = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
      has_read_all_ = true;
      read_wants_write_ = error == SSL_ERROR_WANT_WRITE;
      broken_ = !waits;
      if (total > 0) return total;  // The next call says what ended this one.
      if (waits) return fail(ErrorCode::would_block, {});
      // An end of the stream that the peer did not announce is among these: somebody between us may
      // have cut it.
      return closed();
    }
    return total;
  }

  void linger(std::chrono::milliseconds at_most) override { transport_->linger(at_most); }
  void unwatch() override { transport_->unwatch(); }

  Result<std::size_t> write_now(Bytes bytes) override {
    if (broken_) return closed();
    const Sole sole(in_use_);
    write_is_blocked_ = write_wants_read_ = false;
    std::size_t total = 0;
    while (total < bytes.size()) {
      ERR_clear_error();
      std::size_t count = 0;
      if (SSL_write_ex(tls_.get(), bytes.data() + total, bytes.size() - total, &count) == 1) {
        total += count;
        continue;
      }
      const int error = SSL_get_error(tls_.get(), 0);
      write_wants_read_ = error == SSL_ERROR_WANT_READ;
      write_is_blocked_ = write_wants_read_ || error == SSL_ERROR_WANT_WRITE;
      broken_ = !write_is_blocked_;
      if (total > 0) return total;
      if (write_is_blocked_) return fail(ErrorCode::would_block, {});
      return closed();
    }
    return total;
  }

  Result<std::size_t> send_file_now(File&, std::uint64_t, std::size_t) override {
    return fail(ErrorCode::internal, "A file cannot be sent as it is under TLS.");
  }
  bool can_send_file() const override { return false; }

  Task<Result<>> wait_readable() override {
    // Of what was received already the socket knows nothing.
    if (is_open_ && !broken_ && !has_read_all_ && !interrupted_) co_return Result<>{};
    if (read_wants_write_) co_return co_await transport_->wait_writable();
    co_return co_await transport_->wait_readable();
  }
  Task<Result<>> wait_writable() override {
    if (write_wants_read_) co_return co_await transport_->wait_readable();
    co_return co_await transport_->wait_writable();
  }

  void set_deadline(std::optional<MonotonicTime> deadline) override {
    transport_->set_deadline(deadline);
  }

  void interrupt() override {
    interrupted_ = true;
    transport_->interrupt();
  }
  void resume() override {
    interrupted_ = false;
    transport_->resume();
  }

  void shutdown_send() override {
    // Behind half a record nothing can be said any more.
    const bool can_say = is_open_ && !broken_ && !write_is_blocked_;
    if (can_say && !aborted_ && !std::exchange(said_end_, true)) {
      const Sole sole(in_use_);
      ERR_clear_error();
      SSL_shutdown(tls_.get());  // A farewell: where it does not fit, the peer sees a cut stream.
    }
    transport_->shutdown_send();
  }
  void abort() override {
    aborted_ = true;
    transport_->abort();
  }

  bool peer_has_ended() const override { return transport_->peer_has_ended(); }
  std::string peer() const override { return transport_->peer(); }

 private:
  enum class Handshake : std::uint8_t { done, wants_read, wants_write, refused, gone };

  // Holds the TLS state for one use. The flag is a plain one on purpose: uses that overlap fail the
  // assertion, and uses that nothing orders are a race that a sanitizer sees.
  class Sole {
   public:
    explicit Sole(bool& in_use) : in_use_(in_use) {
      assert(!in_use_);
      in_use_ = true;
    }
    ~Sole() { in_use_ = false; }
    Sole(const Sole&) = delete;
    Sole& operator=(const Sole&) = delete;

   private:
    bool& in_use_;
  };

  struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };

  // OpenSSL tells of each message. Within one call it goes on through any number of those without
  // data; a socket that gives no more ends that.
  static void on_message(int is_sent, int, int type, const void* message, std::size_t bytes, SSL*,
                         void* connection) {
    if (is_sent != 0 || type != SSL3_RT_HANDSHAKE || bytes == 0) return;
    if (*static_cast<const unsigned char*>(message) != SSL3_MT_KEY_UPDATE) return;
    auto* self = static_cast<TlsConnection*>(connection);
    if (++self->key_updates_ > kKeyUpdatesMax) ::shutdown(self->descriptor_, SHUT_RD);
  }

  Handshake handshake_now() {
    const Sole sole(in_use_);
    ERR_clear_error();
    const int outcome = SSL_do_handshake(tls_.get());
    if (outcome == 1) return Handshake::done;
    switch (SSL_get_error(tls_.get(), outcome)) {
      case SSL_ERROR_WANT_READ:
        return Handshake::wants_read;
      case SSL_ERROR_WANT_WRITE:
        return Handshake::wants_write;
      case SSL_ERROR_SSL:
        break;
      default:
        broken_ = true;
        return Handshake::gone;
    }
    broken_ = true;
    const unsigned long error = ERR_peek_last_error();
    const int reason = ERR_GET_REASON(error);
    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return Handshake::gone;
    if (reason == SSL_R_HTTP_REQUEST) {
      // The first bytes of a connection always fit.
      (void)transport_->write_now(as_bytes(kPlainAnswer));
    }
    const char* text = ERR_reason_error_string(error);
    refusal_ = text == nullptr ? "unknown reason" : text;
    return Handshake::refused;
  }

  // What the peer sent behind a failed handshake, until it ends or the deadline passes.
  Task<> discard() {
    transport_->shutdown_send();
    std::array<std::byte, 4096> buffer;
    for (std::size_t left = kDiscardedBytesMax; left > 0;) {
      const auto count = transport_->read_now(buffer);
      if (count) {
        if (*count == 0) co_return;
        left -= std::min(left, *count);
      } else if (count.error().code != ErrorCode::would_block) {
        co_return;
      } else if (!co_await transport_->wait_readable()) {
        co_return;
      }
    }
  }

  WorkerPool& workers_;
  const int descriptor_;
  const std::shared_ptr<Connection> transport_;  // Owns the socket.

  // Touched by the Task that serves the connection, on whatever thread it is.
  std::unique_ptr<SSL, Free> tls_;
  bool in_use_ = false;
  int key_updates_ = 0;  // Since the last record with data.
  bool is_open_ = false;
  bool broken_ = false;  // OpenSSL forbids every further use but the end.
  bool has_read_all_ =
      false;  // The last read left nothing behind but, perhaps, a piece of a record.
  bool read_wants_write_ = false;
  bool write_wants_read_ = false;
  bool write_is_blocked_ = false;
  bool said_end_ = false;
  std::string refusal_;  // Why the handshake failed.

  // Touched on the loop only.
  bool aborted_ = false;
  // Set on the loop, read on any thread.
  std::atomic<bool> interrupted_ = false;
};

}  // namespace

std::shared_ptr<Connection> make_tls_connection(boost::asio::io_context& loop, WorkerPool& workers,
                                                const TlsContext& context, int descriptor,
                                                std::string peer) {
  return std::make_shared<TlsConnection>(loop, workers, context, descriptor, std::move(peer));
}

}  // namespace partwise::http
