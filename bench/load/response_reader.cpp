#include "load/response_reader.hpp"

#include <algorithm>
#include <cstring>

#include "load/chunked_body.hpp"

namespace partwise::load {

namespace {

constexpr std::size_t kBufferBytes = 64 * kKiB;

bool has_body(const ResponseHead& head, std::string_view method) {
  return method != "HEAD" && head.status >= 200 && head.status != 204 && head.status != 304;
}

}  // namespace

ResponseReader::ResponseReader() : buffer_(kBufferBytes) {}

std::string_view ResponseReader::buffered() const {
  return as_text(Bytes(buffer_).subspan(begin_, end_ - begin_));
}

Result<std::size_t> ResponseReader::receive_more(Channel& channel) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    return fail(ErrorCode::invalid_request, "A response's head is too long.");
  }
  TRY(const auto received, channel.receive(MutableBytes(buffer_).subspan(end_)));
  end_ += received;
  received_bytes_ += received;
  return received;
}

Result<ResponseHead> ResponseReader::read_head(Channel& channel) {
  while (true) {
    const std::size_t end = buffered().find("\r\n\r\n");
    if (end != std::string_view::npos) {
      const std::string_view text = buffered().substr(0, end + 4);
      begin_ += text.size();
      return parse_response_head(text);
    }
    TRY(const auto received, receive_more(channel));
    if (received == 0) {
      return fail(ErrorCode::disconnected, "The server closed the connection without an answer.");
    }
  }
}

Result<Response> ResponseReader::read(Channel& channel, std::string_view method, bool keep_body) {
  Response response;
  do {
    TRY(response.head, read_head(channel));
  } while (response.head.status < 200);
  // A refusal explains itself.
  const bool keep = keep_body || response.head.status >= 400;
  if (has_body(response.head, method)) CHECK(read_body(channel, response, keep));
  return response;
}

Result<> ResponseReader::read_body(Channel& channel, Response& response, bool keep) {
  std::string* const out = keep ? &response.body : nullptr;
  if (response.head.is_chunked) return read_chunked(channel, out);
  if (response.head.content_length) return read_sized(channel, *response.head.content_length, out);
  response.head.closes = true;
  return read_to_end(channel, out);
}

Result<> ResponseReader::read_sized(Channel& channel, std::uint64_t bytes, std::string* out) {
  while (bytes > 0) {
    const std::string_view ready = buffered().substr(0, bytes);
    if (out != nullptr) out->append(ready);
    begin_ += ready.size();
    bytes -= ready.size();
    if (bytes == 0) break;
    std::size_t received = 0;
    if (out != nullptr) {
      TRY(received, receive_more(channel));
    } else {
      TRY(received, channel.discard(bytes));
      received_bytes_ += received;
      bytes -= received;
    }
    if (received == 0) return fail(ErrorCode::disconnected, "A response's body was cut off.");
  }
  return {};
}

Result<> ResponseReader::read_chunked(Channel& channel, std::string* out) {
  ChunkedBody body;
  while (true) {
    TRY(const auto taken, body.feed(buffered(), out));
    begin_ += taken;
    if (body.has_ended()) return {};
    TRY(const auto received, receive_more(channel));
    if (received == 0) return fail(ErrorCode::disconnected, "A response's body was cut off.");
  }
}

Result<> ResponseReader::read_to_end(Channel& channel, std::string* out) {
  while (true) {
    if (out != nullptr) out->append(buffered());
    begin_ = end_;
    TRY(const auto received, receive_more(channel));
    if (received == 0) return {};
  }
}

}  // namespace partwise::load
