#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "load/channel.hpp"

namespace partwise::load {

namespace {

constexpr std::size_t kScratchBytes = 64 * kKiB;

struct FreeTls {
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

std::unexpected<Error> fail_with_tls(std::string_view verb) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  return fail(ErrorCode::disconnected,
              "Could not " + std::string(verb) + " over TLS: " + reason.data() + ".");
}

class TlsChannel final : public Channel {
 public:
  TlsChannel(Descriptor socket, std::unique_ptr<SSL_CTX, FreeTls> context,
             std::unique_ptr<SSL, FreeTls> tls)
      : socket_(std::move(socket)),
        context_(std::move(context)),
        tls_(std::move(tls)),
        scratch_(kScratchBytes) {}

  [[nodiscard]] Result<> send(const Outgoing& outgoing, const Payload* payload) override {
    CHECK(send_bytes(as_bytes(outgoing.before)));
    PayloadRange range = outgoing.payload;
    while (range.bytes > 0) {
      const std::uint64_t size = payload->bytes().size();
      const std::uint64_t offset = range.offset % size;
      const std::uint64_t wanted = std::min({range.bytes, size - offset, kMiB});
      CHECK(send_bytes(payload->bytes().subspan(offset, wanted)));
      range.offset += wanted;
      range.bytes -= wanted;
    }
    return send_bytes(as_bytes(outgoing.after));
  }

  [[nodiscard]] Result<std::size_t> receive(MutableBytes out) override {
    std::size_t received = 0;
    if (SSL_read_ex(tls_.get(), out.data(), out.size(), &received) == 1) return received;
    if (SSL_get_error(tls_.get(), 0) == SSL_ERROR_ZERO_RETURN) return 0;
    return fail_with_tls("receive");
  }

  [[nodiscard]] Result<std::size_t> discard(std::uint64_t count) override {
    return receive(MutableBytes(scratch_).first(std::min<std::uint64_t>(count, kScratchBytes)));
  }

 private:
  [[nodiscard]] Result<> send_bytes(Bytes bytes) {
    std::size_t sent = 0;
    if (bytes.empty()) return {};
    if (SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent) == 1) return {};
    return fail_with_tls("send");
  }

  // Constant after construction; in the order in which they need each other.
  const Descriptor socket_;
  const std::unique_ptr<SSL_CTX, FreeTls> context_;
  const std::unique_ptr<SSL, FreeTls> tls_;
  // One thread at a time.
  std::vector<std::byte> scratch_;
};

}  // namespace

Result<std::unique_ptr<Channel>> make_tls_channel(Descriptor socket) {
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail_with_tls("begin");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  // Servers that close without saying so are servers of HTTP, not attackers on a loopback.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  std::unique_ptr<SSL, FreeTls> tls(SSL_new(context.get()));
  if (!tls || SSL_set_fd(tls.get(), socket.number()) != 1) return fail_with_tls("begin");
  if (SSL_connect(tls.get()) != 1) return fail_with_tls("shake hands");
  return std::make_unique<TlsChannel>(std::move(socket), std::move(context), std::move(tls));
}

}  // namespace partwise::load
