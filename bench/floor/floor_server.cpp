#include "floor/floor_server.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iostream>
#include <optional>
#include <string_view>

namespace partwise::floor_program {

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

// Memory of the connection, made and touched before the first request.
class Buffer {
 public:
  Buffer()
      : memory_(::mmap(nullptr, kBurstBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) {}
  ~Buffer() { (void)::munmap(memory_, kBurstBytes); }  // Nobody could act on a failure.
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] bool is_there() const { return memory_ != MAP_FAILED; }
  [[nodiscard]] MutableBytes bytes() const {
    return {static_cast<std::byte*>(memory_), kBurstBytes};
  }

 private:
  void* memory_;
};

// 0 where the peer has closed.
Result<std::size_t> receive(const Descriptor& connection, MutableBytes out, int flags) {
  while (true) {
    const ssize_t received = ::recv(connection.number(), out.data(), out.size(), flags);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno != EINTR) return fail_with_errno(errno, "receive on", "a connection");
  }
}

Result<> write_at(const Descriptor& file, std::uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) return fail_with_errno(errno, "write", "a file");
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

// The value of Content-Length; 0 if there is none.
std::uint64_t content_length(std::string_view head) {
  constexpr std::string_view kName = "\r\ncontent-length: ";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; };
  const auto found = std::ranges::search(head, kName, same);
  std::uint64_t length = 0;
  (void)std::from_chars(found.end(), head.end(), length);  // Stays 0 where it is none.
  return length;
}

}  // namespace

void FloorServer::serve(Descriptor connection) {
  const auto outcome = serve_requests(connection);
  if (!outcome) std::cerr << "partwise-floor: " << outcome.error().message << '\n';
}

Result<> FloorServer::serve_requests(const Descriptor& connection) {
  const Buffer memory;
  if (!memory.is_there()) return fail(ErrorCode::overloaded, "There is no memory.");
  const MutableBytes buffer = memory.bytes();
  std::size_t buffered = 0;
  while (true) {
    const std::string_view text = as_text(buffer.first(buffered));
    const std::size_t end = text.find(kHeadEnd);
    if (end == std::string_view::npos) {
      TRY(const auto received, receive(connection, buffer.subspan(buffered), 0));
      if (received == 0) return {};
      buffered += received;
      continue;
    }
    const std::string_view head = text.substr(0, end + kHeadEnd.size());
    const std::uint64_t length = content_length(head);
    const bool removes = head.starts_with("DELETE ");
    // What came with the head goes to the front, so that all writes begin at whole pages.
    buffered -= head.size();
    std::memmove(buffer.data(), head.data() + head.size(), buffered);
    if (removes) {
      CHECK(remove_files());
    } else {
      CHECK(take_body(connection, buffer, buffered, length));
      buffered = 0;  // Nobody sends a request before the answer to the last one.
    }
    if (::send(connection.number(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) {
      return fail_with_errno(errno, "send on", "a connection");
    }
  }
}

Result<> FloorServer::take_body(const Descriptor& connection, MutableBytes buffer,
                                std::size_t buffered, std::uint64_t bytes) {
  Descriptor file;
  if (!settings_.drops) {
    file = open_descriptor(path_of(++made_), O_CREAT | O_EXCL | O_WRONLY);
    if (!file.is_open()) return fail_with_errno(errno, "make a file in", settings_.directory);
  }
  for (std::uint64_t done = 0; done < bytes;) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), bytes - done));
    while (buffered < wanted) {
      const auto rest = buffer.subspan(buffered, wanted - buffered);
      TRY(const auto received, receive(connection, rest, MSG_WAITALL));
      if (received == 0) return fail(ErrorCode::disconnected, "A body was cut off.");
      buffered += received;
    }
    if (file.is_open()) CHECK(write_at(file, done, buffer.first(wanted)));
    done += wanted;
    buffered = 0;
  }
  if (file.is_open() && settings_.syncs && ::fdatasync(file.number()) != 0) {
    return fail_with_errno(errno, "sync", "a file");
  }
  return {};
}

Result<> FloorServer::remove_files() {
  const std::uint64_t last = made_.load();
  for (std::uint64_t number = removed_.exchange(last) + 1; number <= last; ++number) {
    if (::unlink(path_of(number).c_str()) != 0 && errno != ENOENT) {
      return fail_with_errno(errno, "remove", path_of(number));
    }
  }
  return {};
}

std::string FloorServer::path_of(std::uint64_t number) const {
  return settings_.directory + "/" + std::to_string(number);
}

}  // namespace partwise::floor_program
