#pragma once

// A ByteSource that gives a text in given pieces, would block once before each of them, and takes
// the memory of a piece away at the next pull.

#include <string>
#include <utility>
#include <vector>

#include "base/byte_source.hpp"
#include "support/slices.hpp"

namespace partwise::test {

class SlicedSource final : public ByteSource {
 public:
  explicit SlicedSource(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  Result<Bytes> pull_now() override {
    memory_.end();
    if (!std::exchange(arrived_, false)) {
      return fail(ErrorCode::would_block, "Nothing has arrived.");
    }
    if (next_ == pieces_.size()) {
      arrived_ = true;  // The end stays.
      return Bytes{};
    }
    return memory_.lend(pieces_[next_++]);
  }
  Task<Result<>> wait() override {
    arrive();
    co_return Result<>{};
  }

  // The next piece arrives, as after `wait`.
  void arrive() { arrived_ = true; }
  [[nodiscard]] bool at_end() const { return next_ == pieces_.size(); }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
  bool arrived_ = false;
  ShortLivedBytes memory_;
};

}  // namespace partwise::test
