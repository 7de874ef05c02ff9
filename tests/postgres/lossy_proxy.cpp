#include "postgres/lossy_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace partwise::test {

namespace {

constexpr int kTurnMs = 20;
constexpr std::string_view kCommit("COMMIT\0", 7);

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<char*>(address.sun_path), path.data(),
              std::min(path.size(), sizeof(address.sun_path) - 1));
  return address;
}

bool send_all(int to, const char* data, std::size_t bytes) {
  while (bytes > 0) {
    const auto sent = ::send(to, data, bytes, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    bytes -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool pass(int from, int to) {
  std::array<char, 65536> buffer{};
  const auto count = ::recv(from, buffer.data(), buffer.size(), 0);
  return count > 0 && send_all(to, buffer.data(), static_cast<std::size_t>(count));
}

}  // namespace

LossyProxy::LossyProxy(std::string server_socket) : server_socket_(std::move(server_socket)) {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto address = address_of(directory_ / ".s.PGSQL.5432");
  const bool listens =
      ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::listen(listener_, 64) == 0;
  if (!listens) throw std::runtime_error("the proxy cannot listen");
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

LossyProxy::~LossyProxy() {
  acceptor_ = {};
  connections_.clear();
  ::close(listener_);
}

void LossyProxy::accept_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd polled{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&polled, 1, kTurnMs) <= 0) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    const std::lock_guard lock(mutex_);
    connections_.emplace_back(
        [this, client](const std::stop_token& ending) { forward(client, ending); });
  }
}

void LossyProxy::forward(int client, const std::stop_token& stop) {
  const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto address = address_of(server_socket_);
  bool lives = !refuses_ &&
               ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  while (lives && !stop.stop_requested()) {
    std::array<pollfd, 2> polled{{{.fd = client, .events = POLLIN, .revents = 0},
                                  {.fd = server, .events = POLLIN, .revents = 0}}};
    if (::poll(polled.data(), polled.size(), kTurnMs) <= 0) continue;
    if (polled[0].revents != 0) lives = pass_request(client, server);
    if (lives && polled[1].revents != 0) lives = pass(server, client);
  }
  ::close(client);
  ::close(server);
}

bool LossyProxy::pass_request(int client, int server) {
  std::array<char, 65536> buffer{};
  const auto count = ::recv(client, buffer.data(), buffer.size(), 0);
  if (count <= 0) return false;
  const std::string_view request(buffer.data(), static_cast<std::size_t>(count));
  const bool is_commit = request.find(kCommit) != std::string_view::npos;
  const Loss loss = is_commit ? loss_.exchange(Loss::none) : Loss::none;
  if (loss == Loss::request) return false;
  if (!send_all(server, request.data(), request.size())) return false;
  if (loss != Loss::answer) return true;
  // Its first byte says that the commit was carried out.
  char answer = 0;
  (void)::recv(server, &answer, 1, 0);
  return false;
}

}  // namespace partwise::test
