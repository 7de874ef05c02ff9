#include "load/response_reader.hpp"

namespace partwise::load {

namespace {

constexpr std::size_t kBufferBytes = 64 * kKiB;

}  // namespace

ResponseReader::ResponseReader() : buffer_(kBufferBytes) {}

Result<Response*> ResponseReader::read(Channel& channel, std::string_view method, bool keep_body) {
  parser_.begin(method, keep_body);
  while (!parser_.is_complete()) {
    std::size_t received = 0;
    if (parser_.droppable_bytes() > 0) {
      TRY(received, channel.discard(parser_.droppable_bytes()));
      if (received > 0) parser_.note_dropped(received);
    } else {
      TRY(received, channel.receive(buffer_));
      TRY(const auto taken, parser_.feed(as_text(Bytes(buffer_).first(received))));
      // Nothing was asked for that could have been answered already.
      if (taken < received) return fail(ErrorCode::invalid_request, "An answer nobody asked for.");
    }
    received_bytes_ += received;
    if (received == 0) CHECK(parser_.end());
  }
  return &parser_.response();
}

}  // namespace partwise::load
