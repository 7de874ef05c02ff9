// partwise-floor: the plain program that every server is measured against.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <thread>

#include "floor/floor_server.hpp"

namespace {

using namespace partwise;

constexpr int kExitFailed = 1;

// Listens on the loopback; `port` 0 is replaced by the one that was chosen.
Result<Descriptor> listen_on(std::uint16_t& port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  const int number = socket.number();
  if (::setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(number, plain, size) != 0 || ::listen(number, SOMAXCONN) != 0 ||
      ::getsockname(number, plain, &size) != 0) {
    return fail_with_errno(errno, "listen on port", std::to_string(port));
  }
  port = ntohs(address.sin_port);
  return socket;
}

Result<> serve(floor_program::FloorServer& server, std::uint16_t port) {
  TRY(const auto listener, listen_on(port));
  std::cout << "listening on 127.0.0.1:" << port << std::endl;
  while (true) {
    Descriptor connection(::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.is_open()) return fail_with_errno(errno, "accept", "a connection");
    const int on = 1;
    (void)::setsockopt(connection.number(), IPPROTO_TCP, TCP_NODELAY, &on,
                       sizeof(on));  // Slower without it, and not wrong.
    // Ends with its connection, or with the process.
    std::thread([&server, accepted = std::move(connection)]() mutable {
      server.serve(std::move(accepted));
    }).detach();
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Receives bodies on 127.0.0.1 and writes each of them to a file.");
  floor_program::FloorSettings settings;
  std::uint16_t port = 0;
  app.add_option("directory", settings.directory, "Where the files go; must be there")->required();
  app.add_option("--port", port, "0, the default, is any; the first line says which");
  app.add_flag("--sync", settings.syncs, "Sync each file before its request is answered");
  app.add_flag("--drop", settings.drops, "Write nothing: what the client can send at most");
  CLI11_PARSE(app, argc, argv);
  floor_program::FloorServer server(std::move(settings));
  const auto outcome = serve(server, port);
  std::cerr << "partwise-floor: " << outcome.error().message << '\n';
  return kExitFailed;
}
