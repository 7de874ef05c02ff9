#pragma once

// Reads responses off a channel, one after the other. Bodies that nobody asked for are dropped
// without being looked at.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "load/channel.hpp"
#include "load/response_head.hpp"

namespace partwise::load {

struct Response {
  ResponseHead head;
  std::string body;  // Only where it was to be kept, or explains a refusal.
};

// One thread at a time.
class ResponseReader {
 public:
  ResponseReader();

  // The next final response; interim ones are skipped. `method` is that of its request. Errors:
  // those of the channel; invalid_request.
  [[nodiscard]] Result<Response> read(Channel& channel, std::string_view method, bool keep_body);

  // The connection is another one from here on.
  void forget() { begin_ = end_ = 0; }
  // Since construction: heads, framing and bodies.
  [[nodiscard]] std::uint64_t received_bytes() const { return received_bytes_; }

 private:
  [[nodiscard]] Result<std::size_t> receive_more(Channel& channel);
  [[nodiscard]] Result<ResponseHead> read_head(Channel& channel);
  [[nodiscard]] Result<> read_body(Channel& channel, Response& response, bool keep);
  [[nodiscard]] Result<> read_sized(Channel& channel, std::uint64_t bytes, std::string* out);
  [[nodiscard]] Result<> read_chunked(Channel& channel, std::string* out);
  [[nodiscard]] Result<> read_to_end(Channel& channel, std::string* out);

  [[nodiscard]] std::string_view buffered() const;

  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // Of what was received and not taken.
  std::size_t end_ = 0;
  std::uint64_t received_bytes_ = 0;
};

}  // namespace partwise::load
