#include "load/event_stream.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "load/channel.hpp"

namespace partwise::load {

namespace {

// So that every stream gets its turn.
constexpr std::uint64_t kBurstBytes = kMiB;

}  // namespace

void EventStream::begin(std::string_view method, bool keep_body) {
  sent_ = 0;
  parser_.begin(method, keep_body);
}

Result<> EventStream::send_up_to(std::uint64_t allowed, const Payload* payload) {
  allowed = std::min({allowed, outgoing_.bytes(), sent_ + kBurstBytes});
  while (sent_ < allowed && !is_full_) {
    TRY(const auto sent, send_once(allowed, payload));
    is_full_ = sent < 0;
    if (!is_full_) sent_ += static_cast<std::uint64_t>(sent);
  }
  return {};
}

// Negative where the socket would block.
Result<ssize_t> EventStream::send_once(std::uint64_t allowed, const Payload* payload) {
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
    const int more = sent_ + wanted < allowed ? MSG_MORE : 0;
    sent = ::send(descriptor(), text.data() + place, wanted, MSG_NOSIGNAL | more);
  }
  if (sent >= 0) return sent;
  if (errno == EAGAIN) return -1;
  return fail_with_socket_errno(errno, "send");
}

Result<> EventStream::receive(MutableBytes scratch) {
  while (true) {
    const std::uint64_t droppable = parser_.droppable_bytes();
    const ssize_t received =
        droppable > 0 ? ::recv(descriptor(), nullptr, std::min(droppable, kGiB), MSG_TRUNC)
                      : ::recv(descriptor(), scratch.data(), scratch.size(), 0);
    if (received < 0) {
      if (errno == EAGAIN) return {};
      return fail_with_socket_errno(errno, "receive");
    }
    const auto count = static_cast<std::size_t>(received);
    received_bytes_ += count;
    if (count == 0) {
      if (parser_.is_complete())
        return fail(ErrorCode::disconnected, "The server closed a connection.");
      return parser_.end();
    }
    if (droppable > 0) {
      parser_.note_dropped(count);
    } else {
      TRY(const auto taken, parser_.feed(as_text(Bytes(scratch).first(count))));
      if (taken < count) return fail(ErrorCode::invalid_request, "An answer nobody asked for.");
      // What follows an answer is only asked for after it: no call to hear that there is nothing.
      if (parser_.is_complete() && count < scratch.size()) return {};
    }
  }
}

}  // namespace partwise::load
