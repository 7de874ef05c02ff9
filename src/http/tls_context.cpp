#include "http/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <span>
#include <string>

namespace partwise::http {

namespace {

template <auto kFree>
struct FreedBy {
  void operator()(auto* thing) const { kFree(thing); }
};
using Bio = std::unique_ptr<BIO, FreedBy<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;

// Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
// Four records: a connection holds as much while there is a piece of a record in it.
constexpr std::size_t kReadAheadBytes = 64 * 1024;

std::string reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  return text == nullptr ? "unknown reason" : text;
}

Bio reader_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Without this an encrypted key would ask whoever sits at the terminal, and hang where nobody does.
int no_password(char*, int, int, void*) { return -1; }

// HTTP/1.1 is all that is spoken here; a client that cannot be told so must not be left guessing.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned int offered_bytes, void*) {
  static constexpr std::array<unsigned char, 18> kSpoken{8, 'h', 't', 't', 'p', '/', '1', '.', '1',
                                                         8, 'h', 't', 't', 'p', '/', '1', '.', '0'};
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_bytes, kSpoken.data(), kSpoken.size(), offered,
                            offered_bytes) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kTls12Ciphers);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  // Sessions are resumed by tickets, which the clients keep.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Several records at once from the socket, instead of two calls for each.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kReadAheadBytes);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

Result<> use_chain(SSL_CTX* context, std::string_view text) {
  const Bio bio = reader_of(text);
  const Certificate own(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
  if (!own) {
    return fail(ErrorCode::invalid_request, "it holds no certificate in PEM.", "tls_certificate");
  }
  if (SSL_CTX_use_certificate(context, own.get()) != 1) {
    return fail(ErrorCode::invalid_request,
                fmt::format("its certificate cannot be used: {}.", reason()), "tls_certificate");
  }
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return fail(ErrorCode::invalid_request,
                  fmt::format("its chain cannot be used: {}.", reason()), "tls_certificate");
    }
  }
  // The end of the file is told as a missing first line; anything else is damage.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return fail(ErrorCode::invalid_request,
                fmt::format("a certificate of its chain is damaged: {}.", reason()),
                "tls_certificate");
  }
  return {};
}

Result<> use_key(SSL_CTX* context, std::string_view text) {
  const Bio bio = reader_of(text);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) {
    return fail(ErrorCode::invalid_request,
                "it holds no private key in PEM, or one that needs a password.", "tls_key");
  }
  // Compares it with the certificate, which is there already.
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return fail(ErrorCode::invalid_request,
                fmt::format("its key does not belong to the certificate: {}.", reason()),
                "tls_key");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::from_pem(std::string_view chain,
                                                               std::string_view key) {
  ERR_clear_error();
  SSL_CTX* native = SSL_CTX_new(TLS_server_method());
  if (native == nullptr) return fail(ErrorCode::internal, "OpenSSL made no context.");
  std::shared_ptr<const TlsContext> context(new TlsContext(native));
  set_rules(native);
  auto used = use_chain(native, chain);
  if (used) used = use_key(native, key);
  ERR_clear_error();  // The errors of a thread are those of whatever it does next.
  if (!used) return fail(std::move(used).error());
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

}  // namespace partwise::http
