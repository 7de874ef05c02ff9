#pragma once

// What separates the fields of a form (RFC 2046, section 5.1.1):
//
//   CR LF "--" boundary  padding  CR LF          the next field follows
//   CR LF "--" boundary "--" padding [CR LF]     the form ends (without CR LF: where the body does)
//
// A line that starts like this and goes on otherwise is content. FormDelimiter finds candidates in
// bulk; DelimiterMatch judges one, in as many pieces as it arrives in. Both are values.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace partwise::http {

inline constexpr std::size_t kBoundaryBytesMax = 70;
// Spaces and tabs after the boundary: relays of mail add them, nobody else does.
inline constexpr std::size_t kDelimiterPaddingMax = 64;
// What a candidate can hold before it is judged.
inline constexpr std::size_t kDelimiterBytesMax =
    4 + kBoundaryBytesMax + 2 + kDelimiterPaddingMax + 2;

class FormDelimiter {
 public:
  // `boundary`: 1 to 70 printable characters of ASCII; so CR occurs once, at the front of text().
  explicit FormDelimiter(std::string_view boundary);

  // CR LF "--" boundary.
  [[nodiscard]] std::string_view text() const { return text_; }

  // The first place at or after `from` where text() stands, or the first bytes of it up to the end
  // of `data`; data.size() if there is none. Above 10 GB/s on data that does not imitate the
  // boundary.
  [[nodiscard]] std::size_t find(Bytes data, std::size_t from) const;

 private:
  std::string text_;
};

class DelimiterMatch {
 public:
  enum class Verdict : std::uint8_t {
    undecided,   // Everything was taken, and more is needed.
    next_field,  // A delimiter that another field follows.
    last,        // The delimiter that ends the form.
    content,     // No delimiter: what was taken is content, and starts no other delimiter.
  };
  struct Step {
    Verdict verdict;
    std::size_t taken;  // Bytes that belong to the candidate.
  };

  // A candidate of whose text the first `matched` characters have been seen already.
  explicit DelimiterMatch(const FormDelimiter& delimiter, std::size_t matched = 0)
      : text_(delimiter.text()), matched_(matched) {}

  // Goes on with `data`. Not to be called again after a verdict other than undecided.
  [[nodiscard]] Step feed(Bytes data);
  // The body ended here. Never undecided.
  [[nodiscard]] Verdict end() const;

 private:
  enum class State : std::uint8_t { text, first_dash, padding, lf };

  [[nodiscard]] Verdict take(char c);

  std::string_view text_;
  std::size_t matched_;
  State state_ = State::text;
  bool last_ = false;
  std::size_t padding_ = 0;
};

}  // namespace partwise::http
