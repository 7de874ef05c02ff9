#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "load/channel.hpp"

namespace partwise::load {

namespace {

// Up to here one call that copies is cheaper than three of which one does not.
constexpr std::uint64_t kCopiedBytesMax = 16 * kKiB;

iovec vector_of(Bytes piece) {
  return {.iov_base = const_cast<std::byte*>(piece.data()), .iov_len = piece.size()};
}

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(Descriptor socket) : socket_(std::move(socket)) {}

  [[nodiscard]] Result<> send(const Outgoing& outgoing, const Payload* payload) override {
    const PayloadRange range = outgoing.payload;
    const Bytes before = as_bytes(outgoing.before);
    const Bytes after = as_bytes(outgoing.after);
    if (range.bytes == 0) return send_pieces({before, after}, 0);
    const std::uint64_t offset = range.offset % payload->bytes().size();
    if (range.bytes <= std::min(kCopiedBytesMax, payload->bytes().size() - offset)) {
      return send_pieces({before, payload->bytes().subspan(offset, range.bytes), after}, 0);
    }
    CHECK(send_pieces({before}, MSG_MORE));
    CHECK(send_file(range, *payload));
    return send_pieces({after}, 0);
  }

  [[nodiscard]] Result<std::size_t> receive(MutableBytes out) override {
    return receive_into(out.data(), out.size(), 0);
  }

  [[nodiscard]] Result<std::size_t> discard(std::uint64_t count) override {
    // The kernel drops the bytes without a copy, and touches no memory of ours.
    return receive_into(nullptr, std::min<std::uint64_t>(count, kGiB), MSG_TRUNC);
  }

 private:
  [[nodiscard]] Result<> send_pieces(std::array<Bytes, 3> pieces, int flags) {
    std::size_t first = 0;
    while (true) {
      while (first < pieces.size() && pieces[first].empty()) ++first;
      if (first == pieces.size()) return {};
      std::array<iovec, pieces.size()> vectors;
      std::ranges::transform(pieces, vectors.begin(), vector_of);
      msghdr message{};
      message.msg_iov = &vectors[first];
      message.msg_iovlen = pieces.size() - first;
      const ssize_t sent = ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL | flags);
      if (sent < 0) return fail_with_socket_errno(errno, "send");
      auto left = static_cast<std::size_t>(sent);
      for (Bytes& piece : pieces) {
        const std::size_t taken = std::min(left, piece.size());
        piece = piece.subspan(taken);
        left -= taken;
      }
    }
  }

  [[nodiscard]] Result<> send_file(PayloadRange range, const Payload& payload) {
    const std::uint64_t size = payload.bytes().size();
    while (range.bytes > 0) {
      auto offset = static_cast<off_t>(range.offset % size);
      const std::uint64_t wanted = std::min(range.bytes, size - static_cast<std::uint64_t>(offset));
      const ssize_t sent = ::sendfile(socket_.number(), payload.descriptor(), &offset, wanted);
      if (sent < 0) return fail_with_socket_errno(errno, "send");
      if (sent == 0) return fail(ErrorCode::io_failure, "The payload has been shortened.");
      range.offset += static_cast<std::uint64_t>(sent);
      range.bytes -= static_cast<std::uint64_t>(sent);
    }
    return {};
  }

  [[nodiscard]] Result<std::size_t> receive_into(void* out, std::size_t bytes, int flags) {
    while (true) {
      const ssize_t received = ::recv(socket_.number(), out, bytes, flags);
      if (received >= 0) return static_cast<std::size_t>(received);
      if (errno != EINTR) return fail_with_socket_errno(errno, "receive");
    }
  }

  // Constant after construction.
  const Descriptor socket_;
};

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

Result<> set_options(const Descriptor& socket, std::chrono::seconds timeout) {
  const int on = 1;
  const timeval limit{.tv_sec = timeout.count(), .tv_usec = 0};
  const int number = socket.number();
  if (::setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
      ::setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
      ::setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0) {
    return fail_with_socket_errno(errno, "set up");
  }
  return {};
}

}  // namespace

std::unexpected<Error> fail_with_socket_errno(int errno_value, std::string_view verb) {
  ErrorCode code = ErrorCode::disconnected;
  if (errno_value == EAGAIN) code = ErrorCode::timed_out;
  if (errno_value == EMFILE || errno_value == EADDRNOTAVAIL) code = ErrorCode::io_failure;
  std::array<char, 128> reason{};
  return fail(code, fmt::format("Could not {} on a connection: {}.", verb,
                                ::strerror_r(errno_value, reason.data(), reason.size())));
}

Result<Descriptor> connect_to(const std::string& host, std::uint16_t port,
                              std::chrono::seconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int outcome = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (outcome != 0) {
    return fail(ErrorCode::invalid_request, fmt::format("There is no host '{}'.", host));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> address(found);
  Descriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return fail_with_socket_errno(errno, "open a socket");
  CHECK(set_options(socket, timeout));
  if (::connect(socket.number(), address->ai_addr, address->ai_addrlen) != 0) {
    return fail_with_socket_errno(errno, "connect");
  }
  return socket;
}

std::unique_ptr<Channel> make_plain_channel(Descriptor socket) {
  return std::make_unique<PlainChannel>(std::move(socket));
}

}  // namespace partwise::load
