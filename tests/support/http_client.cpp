#include "support/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace partwise::test {

namespace {

constexpr int kPatienceSeconds = 20;

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::string HttpReply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool HttpReply::has_header(std::string_view name) const {
  return std::ranges::any_of(headers, [name](const auto& header) { return header.first == name; });
}

std::string HttpRequest::head() const {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: test\r\n";
  bool framed = body.empty();
  for (const auto& [name, value] : headers) {
    text += name + ": " + value + "\r\n";
    const std::string known = lower_case(name);
    framed = framed || known == "content-length" || known == "transfer-encoding";
  }
  if (!framed) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n";
}

HttpClient::HttpClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(descriptor_);
    throw std::runtime_error("the server does not listen");
  }
}

HttpClient::~HttpClient() { ::close(descriptor_); }

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void HttpClient::shutdown_send() { ::shutdown(descriptor_, SHUT_WR); }

bool HttpClient::receive() {
  std::array<char, 64 * 1024> buffer;
  const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (count <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

HttpReply HttpClient::read_head() {
  std::size_t end = received_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!receive()) return {};
    end = received_.find("\r\n\r\n");
  }
  const std::string head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  HttpReply reply;
  std::size_t line = head.find("\r\n") + 2;
  reply.status = std::stoi(head.substr(head.find(' ') + 1, 3));
  while (line < head.size()) {
    const std::size_t line_end = head.find("\r\n", line);
    const std::size_t colon = head.find(": ", line);
    reply.headers.emplace_back(lower_case(head.substr(line, colon - line)),
                               head.substr(colon + 2, line_end - colon - 2));
    line = line_end + 2;
  }
  return reply;
}

HttpReply HttpClient::read_reply(bool to_head) {
  HttpReply reply = read_head();
  while (reply.status >= 100 && reply.status < 200) reply = read_head();
  if (reply.status == 0 || to_head || !reply.has_header("content-length")) return reply;
  const std::size_t bytes = std::stoul(reply.header("content-length"));
  reply.body = read_bytes(bytes);
  return reply.body.size() == bytes ? reply : HttpReply{};
}

std::string HttpClient::read_bytes(std::size_t bytes) {
  while (received_.size() < bytes && receive()) {
  }
  std::string taken = received_.substr(0, bytes);
  received_.erase(0, taken.size());
  return taken;
}

int HttpClient::read_interim() { return read_head().status; }

HttpReply HttpClient::exchange(const HttpRequest& request) {
  // Whether all of it could be sent does not matter: the answer may come before.
  (void)send(request.head() + request.body);
  return read_reply(request.method == "HEAD");
}

bool HttpClient::at_end() {
  std::array<char, 1> byte;
  return received_.empty() && ::recv(descriptor_, byte.data(), byte.size(), 0) == 0;
}

}  // namespace partwise::test
