#include "http/form_delimiter.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace partwise::http {

namespace {

// Whether any place of the block holds `first` and, `distance` further on, `last`. Without branches
// and of a fixed length, so that the compiler turns it into vector instructions; memmem is several
// times slower.
constexpr std::size_t kBlockBytes = 128;

[[gnu::always_inline]] inline bool block_has_pair(const char* block, std::size_t distance,
                                                  char first, char last) {
  unsigned char found = 0;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    found = static_cast<unsigned char>(found |
                                       (static_cast<unsigned char>(block[i] == first) &
                                        static_cast<unsigned char>(block[i + distance] == last)));
  }
  return found != 0;
}

// The offset of the first block that has the pair, or of the first that is too short for a block.
// `size` counts the places where `first` may stand.
[[gnu::always_inline]] inline std::size_t skip_blocks_as_compiled(const char* data,
                                                                  std::size_t size,
                                                                  std::size_t distance, char first,
                                                                  char last) {
  std::size_t at = 0;
  while (size - at >= kBlockBytes && !block_has_pair(data + at, distance, first, last)) {
    at += kBlockBytes;
  }
  return at;
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] std::size_t skip_blocks_with_avx2(const char* data, std::size_t size,
                                                          std::size_t distance, char first,
                                                          char last) {
  return skip_blocks_as_compiled(data, size, distance, first, last);
}
#endif

// With the widest vectors that the processor has. Not by target_clones: the loader would choose
// before the thread sanitizer has started, and crash.
std::size_t skip_blocks(const char* data, std::size_t size, std::size_t distance, char first,
                        char last) {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return skip_blocks_with_avx2(data, size, distance, first, last);
#endif
  return skip_blocks_as_compiled(data, size, distance, first, last);
}

}  // namespace

FormDelimiter::FormDelimiter(std::string_view boundary) : text_("\r\n--") {
  assert(!boundary.empty() && boundary.size() <= kBoundaryBytesMax && !boundary.contains('\r'));
  text_ += boundary;
}

std::size_t FormDelimiter::find(Bytes data, std::size_t from) const {
  const char* const begin = reinterpret_cast<const char*>(data.data());
  const std::size_t size = data.size();
  const std::size_t distance = text_.size() - 1;
  std::size_t at = from;
  while (size - at >= kBlockBytes + distance) {
    at += skip_blocks(begin + at, size - at - distance, distance, text_.front(), text_.back());
    if (size - at < kBlockBytes + distance) break;
    for (std::size_t i = at; i < at + kBlockBytes; ++i) {
      if (begin[i] == text_.front() && std::memcmp(begin + i, text_.data(), text_.size()) == 0) {
        return i;
      }
    }
    at += kBlockBytes;
  }
  while (at < size) {
    const void* const hit = std::memchr(begin + at, text_.front(), size - at);
    if (hit == nullptr) return size;
    at = static_cast<std::size_t>(static_cast<const char*>(hit) - begin);
    if (std::memcmp(begin + at, text_.data(), std::min(text_.size(), size - at)) == 0) return at;
    ++at;
  }
  return size;
}

DelimiterMatch::Step DelimiterMatch::feed(Bytes data) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Verdict verdict = take(static_cast<char>(data[i]));
    if (verdict == Verdict::content) return {verdict, i};
    if (verdict != Verdict::undecided) return {verdict, i + 1};
  }
  return {Verdict::undecided, data.size()};
}

DelimiterMatch::Verdict DelimiterMatch::take(char c) {
  switch (state_) {
    case State::text:
      if (matched_ < text_.size()) {
        if (c != text_[matched_]) return Verdict::content;
        ++matched_;
        return Verdict::undecided;
      }
      if (c == '-') {
        state_ = State::first_dash;
        return Verdict::undecided;
      }
      state_ = State::padding;
      [[fallthrough]];
    case State::padding:
      if (c == '\r') {
        state_ = State::lf;
        return Verdict::undecided;
      }
      if ((c != ' ' && c != '\t') || ++padding_ > kDelimiterPaddingMax) return Verdict::content;
      return Verdict::undecided;
    case State::first_dash:
      if (c != '-') return Verdict::content;
      last_ = true;
      state_ = State::padding;
      return Verdict::undecided;
    case State::lf:
      if (c != '\n') return Verdict::content;
      return last_ ? Verdict::last : Verdict::next_field;
  }
  return Verdict::content;
}

DelimiterMatch::Verdict DelimiterMatch::end() const {
  return last_ && state_ != State::lf ? Verdict::last : Verdict::content;
}

}  // namespace partwise::http
