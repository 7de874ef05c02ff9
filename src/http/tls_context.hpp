#pragma once

// What a server shows its clients before it trusts them with anything: a certificate with its
// chain, the key that belongs to it, and which versions and ciphers of TLS are spoken.

#include <memory>
#include <string_view>

#include "base/result.hpp"

extern "C" {
struct ssl_ctx_st;
}

namespace partwise::http {

// Constant after construction, and thread-safe. Connections keep what they need of it: it may end
// before them.
class TlsContext {
 public:
  // `chain` holds the certificate of this server, and then those between it and the root; `key` its
  // private key. Both are PEM. Error: invalid_request, with the end of a sentence that says what is
  // wrong with which of them, and shows nothing of the key.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> from_pem(std::string_view chain,
                                                                          std::string_view key);

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] ssl_ctx_st* native() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* const context_;
};

}  // namespace partwise::http
