#pragma once

// Reads responses off a blocking channel, one after the other.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "load/channel.hpp"
#include "load/response_parser.hpp"

namespace partwise::load {

// One thread at a time.
class ResponseReader {
 public:
  ResponseReader();

  // The answer to the request of this method that was sent last; it is valid until the next call.
  // Errors: those of the channel; invalid_request.
  [[nodiscard]] Result<Response*> read(Channel& channel, std::string_view method, bool keep_body);

  // Since construction: heads, framing and bodies.
  [[nodiscard]] std::uint64_t received_bytes() const { return received_bytes_; }

 private:
  std::vector<std::byte> buffer_;
  ResponseParser parser_;
  std::uint64_t received_bytes_ = 0;
};

}  // namespace partwise::load
