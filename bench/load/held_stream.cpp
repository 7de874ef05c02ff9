#include "load/held_stream.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "load/channel.hpp"

namespace partwise::load {

namespace {

// So that every stream gets its turn.
constexpr std::uint64_t kBurstBytes = kMiB;
constexpr std::size_t kReceiveBytes = 16 * kKiB;

}  // namespace

HeldStream::HeldStream(Descriptor socket, Outgoing outgoing)
    : socket_(std::move(socket)), outgoing_(std::move(outgoing)) {}

Result<> HeldStream::send_up_to(std::uint64_t allowed, const Payload* payload) {
  allowed = std::min({allowed, bytes(), sent_ + kBurstBytes});
  while (sent_ < allowed && !is_full_) {
    TRY(const auto sent, send_once(allowed, payload));
    is_full_ = sent < 0;
    if (!is_full_) sent_ += static_cast<std::uint64_t>(sent);
  }
  return {};
}

// Negative where the socket would block.
Result<ssize_t> HeldStream::send_once(std::uint64_t allowed, const Payload* payload) {
  const std::uint64_t payload_begin = outgoing_.before.size();
  const std::uint64_t payload_end = payload_begin + outgoing_.payload.bytes;
  ssize_t sent = 0;
  if (sent_ >= payload_begin && sent_ < payload_end) {
    const std::uint64_t size = payload->bytes().size();
    const std::uint64_t place = (outgoing_.payload.offset + sent_ - payload_begin) % size;
    const std::uint64_t wanted = std::min({allowed - sent_, payload_end - sent_, size - place});
    auto offset = static_cast<off_t>(place);
    sent = ::sendfile(descriptor(), payload->descriptor(), &offset, wanted);
  } else {
    const bool is_before = sent_ < payload_begin;
    const std::string& text = is_before ? outgoing_.before : outgoing_.after;
    const std::uint64_t place = is_before ? sent_ : sent_ - payload_end;
    const std::uint64_t wanted = std::min(allowed - sent_, text.size() - place);
    sent = ::send(descriptor(), text.data() + place, wanted, MSG_NOSIGNAL);
  }
  if (sent >= 0) return sent;
  if (errno == EAGAIN) return -1;
  return fail_with_socket_errno(errno, "send");
}

Result<> HeldStream::receive() {
  std::array<char, kReceiveBytes> buffer;
  while (true) {
    const ssize_t received = ::recv(descriptor(), buffer.data(), buffer.size(), 0);
    if (received < 0) {
      if (errno == EAGAIN || errno == EINTR) return {};
      return fail_with_socket_errno(errno, "receive");
    }
    if (received == 0) return fail(ErrorCode::disconnected, "The server closed a connection.");
    CHECK(take({buffer.data(), static_cast<std::size_t>(received)}));
  }
}

Result<> HeldStream::take(std::string_view bytes) {
  if (!has_head_) {
    head_text_ += bytes;
    const std::size_t end = head_text_.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    TRY(head_, parse_response_head(std::string_view(head_text_).substr(0, end + 4)));
    has_head_ = true;
    bytes = std::string_view(head_text_).substr(end + 4);
  }
  if (head_.is_chunked) {
    CHECK(chunked_body_.feed(bytes, nullptr));
    is_answered_ = chunked_body_.has_ended();
  } else {
    body_bytes_ += bytes.size();
    is_answered_ = body_bytes_ >= head_.content_length.value_or(0);
  }
  return {};
}

}  // namespace partwise::load
