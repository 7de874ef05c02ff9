#pragma once

// A small HTTP/1.1 client on a blocking socket, that can be as slow and as odd as a test wants it
// to be. A server that does not answer fails the test after a while, and does not hang it.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace partwise::test {

struct HttpReply {
  int status = 0;  // 0: the connection ended before a whole answer.
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
  std::string body;

  // The first header of this name; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] bool has_header(std::string_view name) const;
};

// One request, put together.
struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};

  HttpRequest& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  // The head, with a content-length where there is a body and no header says how it is framed.
  [[nodiscard]] std::string head() const;
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // All of it. False if the server has ended the connection.
  bool send(std::string_view bytes);
  // The end of what we send; answers can still be read.
  void shutdown_send();

  // The next answer that is not a 1xx; `to_head` says that it has no body.
  [[nodiscard]] HttpReply read_reply(bool to_head = false);
  // The status of the next answer, a 1xx too. Reads its head alone.
  [[nodiscard]] int read_interim();
  // The next bytes of a body whose head was read; fewer if the connection ends.
  [[nodiscard]] std::string read_bytes(std::size_t bytes);
  [[nodiscard]] HttpReply exchange(const HttpRequest& request);

  // Waits for the server to end the connection; false if bytes come instead.
  [[nodiscard]] bool at_end();

 private:
  // False at the end of the stream.
  bool receive();
  [[nodiscard]] HttpReply read_head();

  int descriptor_;
  std::string received_;  // And not consumed.
};

}  // namespace partwise::test
