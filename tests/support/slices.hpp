#pragma once

// Cuts a text into the pieces in which it might arrive, and lends them one at a time out of memory
// that dies early: whoever keeps a view for longer than its contract says reads 0xDD, or is caught
// by the sanitizer.

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace partwise::test {

// Cut before each of these offsets, which are in order. No piece is empty.
inline std::vector<std::string> cut_at(std::string_view text,
                                       std::initializer_list<std::size_t> offsets) {
  std::vector<std::string> pieces;
  std::size_t begin = 0;
  auto cut_up_to = [&](std::size_t end) {
    if (end > begin && end <= text.size()) pieces.emplace_back(text.substr(begin, end - begin));
    begin = std::max(begin, end);
  };
  for (std::size_t offset : offsets) cut_up_to(offset);
  cut_up_to(text.size());
  return pieces;
}

// Pieces of `bytes` each, the last one shorter.
inline std::vector<std::string> cut_every(std::string_view text, std::size_t bytes) {
  std::vector<std::string> pieces;
  for (; !text.empty(); text.remove_prefix(std::min(bytes, text.size()))) {
    pieces.emplace_back(text.substr(0, bytes));
  }
  return pieces;
}

class ShortLivedBytes {
 public:
  ShortLivedBytes() = default;
  ShortLivedBytes(const ShortLivedBytes&) = delete;
  ShortLivedBytes& operator=(const ShortLivedBytes&) = delete;
  ~ShortLivedBytes() { end(); }

  // The view of a fresh copy of `text`; the previous one ends.
  Bytes lend(std::string_view text) {
    auto fresh = std::make_unique<std::byte[]>(text.size());
    std::ranges::copy(as_bytes(text), fresh.get());
    end();
    memory_ = std::move(fresh);
    size_ = text.size();
    return {memory_.get(), size_};
  }
  void end() {
    std::fill_n(memory_.get(), size_, std::byte{0xDD});
    // Not freed at once: the compiler would leave out the stores.
    ended_ = std::move(memory_);
    size_ = 0;
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::unique_ptr<std::byte[]> ended_;
  std::size_t size_ = 0;
};

}  // namespace partwise::test
