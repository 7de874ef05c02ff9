#pragma once

// An Input that receives given pieces, and would block once before each of them.

#include <string>
#include <utility>
#include <vector>

#include "http/input.hpp"
#include "support/slices.hpp"

namespace partwise::test {

class ScriptedInput final : public http::Input {
 public:
  explicit ScriptedInput(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  Result<Bytes> peek_now() override {
    if (!buffered_.empty()) return memory_.lend(buffered_);
    memory_.end();
    if (next_ == pieces_.size()) return fail(ErrorCode::disconnected, "The script ended.");
    if (!std::exchange(arrived_, false)) {
      return fail(ErrorCode::would_block, "Nothing has arrived.");
    }
    buffered_ = pieces_[next_++];
    return memory_.lend(buffered_);
  }
  void consume(std::size_t count) override { buffered_.erase(0, count); }
  Task<Result<>> wait() override {
    arrived_ = true;
    if (buffered_.empty()) memory_.end();
    co_return Result<>{};
  }

  // The next piece arrives, as after `wait`.
  void arrive() { arrived_ = true; }
  // Everything that nobody has consumed.
  std::string rest() const {
    std::string rest = buffered_;
    for (std::size_t i = next_; i < pieces_.size(); ++i) rest += pieces_[i];
    return rest;
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
  bool arrived_ = false;
  std::string buffered_;
  ShortLivedBytes memory_;
};

}  // namespace partwise::test
