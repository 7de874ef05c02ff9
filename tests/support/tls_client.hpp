#pragma once

// The client's half of TLS without a socket: what it wants to send and what it received are texts,
// so that a test delays, cuts and reorders nothing but what it means to.

#include <openssl/ssl.h>

#include <functional>
#include <string>
#include <string_view>

namespace partwise::test {

struct TlsClientOptions {
  int version_max = TLS1_3_VERSION;
  std::string protocols = "\x08http/1.1";  // As ALPN lists them; empty: no ALPN.
};

class TlsClient {
 public:
  explicit TlsClient(TlsClientOptions options = {});
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // One step of the handshake; true once it is done.
  bool handshake();
  // Encrypts `text`; `to_send` has it then.
  void write(std::string_view text);
  // Renews the keys of what it sends: a record without data.
  void update_key();
  // Says that nothing more will be written.
  void close_notify();
  // What has to go to the server, since the last call.
  [[nodiscard]] std::string to_send();
  // What came from the server.
  void receive(std::string_view bytes);
  // What it decrypts to, since the last call.
  [[nodiscard]] std::string decrypted();

  // The server has said that its stream ends here.
  [[nodiscard]] bool saw_end() const;
  // The server, or TLS, has refused this connection.
  [[nodiscard]] bool failed() const { return failed_; }
  // What was agreed on.
  [[nodiscard]] int version() const { return SSL_version(tls_); }
  [[nodiscard]] std::string protocol() const;
  // The name in the server's certificate.
  [[nodiscard]] std::string server_name() const;

 private:
  void note(int outcome);

  SSL_CTX* context_;
  SSL* tls_;
  bool failed_ = false;
};

}  // namespace partwise::test
