#pragma once

// Which bytes of a body a request asks for (RFC 9110, section 14).

#include <cstdint>
#include <optional>
#include <string_view>

namespace partwise::http {

// A run of a body: `first` and how many bytes from there.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct RangeAnswer {
  enum class Kind : std::uint8_t {
    whole,          // No range, several of them, or none that can be read: 200.
    part,           // `range`: 206.
    unsatisfiable,  // The range begins behind the end: 416.
  };
  Kind kind = Kind::whole;
  ByteRange range = {};

  friend bool operator==(const RangeAnswer&, const RangeAnswer&) = default;
};

// What to answer to the header Range of a GET for a body of `body_bytes` bytes. Empty: no header.
[[nodiscard]] RangeAnswer answer_range(std::string_view range, std::uint64_t body_bytes);

// Whether a list of entity tags, as If-None-Match has it, names `etag` (which is quoted) or is `*`.
// Weak tags count as strong ones.
[[nodiscard]] bool names_etag(std::string_view list, std::string_view etag);

}  // namespace partwise::http
