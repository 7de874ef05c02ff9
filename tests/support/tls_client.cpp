#include "support/tls_client.hpp"

#include <openssl/err.h>

#include <array>

namespace partwise::test {

TlsClient::TlsClient(TlsClientOptions options)
    : context_(SSL_CTX_new(TLS_client_method())), tls_(SSL_new(context_)) {
  SSL_set_security_level(tls_, 0);  // Offers what a server must refuse.
  SSL_set_min_proto_version(tls_, TLS1_VERSION);
  SSL_set_max_proto_version(tls_, options.version_max);
  if (!options.protocols.empty()) {
    SSL_set_alpn_protos(tls_, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                        static_cast<unsigned>(options.protocols.size()));
  }
  SSL_set_bio(tls_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(tls_);
}

TlsClient::~TlsClient() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
}

bool TlsClient::handshake() {
  ERR_clear_error();
  note(SSL_do_handshake(tls_));
  return SSL_is_init_finished(tls_) != 0;
}

void TlsClient::write(std::string_view text) {
  ERR_clear_error();
  note(SSL_write(tls_, text.data(), static_cast<int>(text.size())));
}

void TlsClient::update_key() {
  ERR_clear_error();
  SSL_key_update(tls_, SSL_KEY_UPDATE_NOT_REQUESTED);
  note(SSL_do_handshake(tls_));
}

void TlsClient::close_notify() { SSL_shutdown(tls_); }

std::string TlsClient::to_send() {
  std::string bytes(BIO_ctrl_pending(SSL_get_wbio(tls_)), '\0');
  if (!bytes.empty()) {
    BIO_read(SSL_get_wbio(tls_), bytes.data(), static_cast<int>(bytes.size()));
  }
  return bytes;
}

void TlsClient::receive(std::string_view bytes) {
  BIO_write(SSL_get_rbio(tls_), bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsClient::decrypted() {
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    ERR_clear_error();
    const int count = SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()));
    note(count);
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

bool TlsClient::saw_end() const { return (SSL_get_shutdown(tls_) & SSL_RECEIVED_SHUTDOWN) != 0; }

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned bytes = 0;
  SSL_get0_alpn_selected(tls_, &name, &bytes);
  return {reinterpret_cast<const char*>(name), bytes};
}

std::string TlsClient::server_name() const {
  X509* certificate = SSL_get1_peer_certificate(tls_);
  if (certificate == nullptr) return {};
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  X509_free(certificate);
  return name.data();
}

void TlsClient::note(int outcome) {
  if (outcome <= 0 && SSL_get_error(tls_, outcome) == SSL_ERROR_SSL) failed_ = true;
}

}  // namespace partwise::test
