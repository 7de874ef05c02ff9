#pragma once

// The kinds of value that a setting can have, from the text of a flag, a variable or a TOML key.
//
// Every error is invalid_request with the end of a sentence: "'x' is not a size, as 64MiB or
// 67108864."

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise {

// Where to listen. `host` is an IPv4 address, an IPv6 address without its brackets, or "localhost".
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;  // 0: any free one.

  // Only processes of this computer can reach it.
  [[nodiscard]] bool is_loopback() const;
  // As it is written in a URL: 127.0.0.1:8080, [::1]:8080.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// 127.0.0.1:8080, [::1]:8080, localhost:8080.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

// What a number may be, inclusive.
struct Range {
  std::uint64_t min = 0;
  std::uint64_t max = UINT64_MAX;
};

// A plain decimal number.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text, Range range);

// Bytes: a number, with or without one of B, KiB, MiB, GiB, TiB, kB, MB, GB, TB in any case.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text, Range range);

// The shortest exact text that parse_size reads: 64MiB, 1500.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace partwise
