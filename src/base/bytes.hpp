#pragma once

// Views of raw memory. Text and bytes meet here and nowhere else.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace partwise {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

[[nodiscard]] inline Bytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

[[nodiscard]] inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(Bytes bytes);

// Fills `out` from exactly 2 * out.size() hexadecimal digits in any case; false if `text` is
// anything else.
[[nodiscard]] bool from_hex(std::string_view text, MutableBytes out);

// Fills `out` from standard base64 (RFC 4648, section 4) of exactly out.size() bytes, with its
// padding.
[[nodiscard]] bool from_base64(std::string_view text, MutableBytes out);

// Decodes standard base64 of any length into `out`; false, and `out` unspecified, if `text` is not
// that.
[[nodiscard]] bool decode_base64(std::string_view text, std::string& out);

}  // namespace partwise
