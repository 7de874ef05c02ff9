#pragma once

// Content that arrives as a test says: pieces, pauses, failures. Spoils each piece once it is no
// longer valid, so that whoever kept a view of it is found out.

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <variant>

#include "base/byte_source.hpp"

namespace partwise::test {

class ScriptedByteSource final : public ByteSource {
 public:
  // Each adds a step to the script. After the last step the content has ended.
  ScriptedByteSource& piece(std::string bytes) {
    // An empty piece would be the end.
    if (!bytes.empty()) steps_.emplace_back(Piece{std::move(bytes)});
    return *this;
  }
  // Nothing to give until it was waited for.
  ScriptedByteSource& pause() { return then(Pause{}); }
  // Nothing to give, and waiting fails; then and for ever.
  ScriptedByteSource& fail_wait(Error error) { return then(FailWait{std::move(error)}); }
  // Pulling fails; then and for ever.
  ScriptedByteSource& fail_pull(Error error) { return then(FailPull{std::move(error)}); }
  // `bytes` in pieces of `piece_bytes`.
  ScriptedByteSource& pieces(const std::string& bytes, std::size_t piece_bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
      piece(bytes.substr(at, piece_bytes));
    }
    return *this;
  }

  [[nodiscard]] Result<Bytes> pull_now() override {
    std::ranges::fill(current_, '!');
    if (steps_.empty()) return Bytes{};
    if (const auto* failure = std::get_if<FailPull>(&steps_.front())) return fail(failure->error);
    auto* next = std::get_if<Piece>(&steps_.front());
    if (next == nullptr) return fail(ErrorCode::would_block, "Nothing has arrived.");
    current_ = std::move(next->bytes);
    steps_.pop_front();
    return as_bytes(current_);
  }

  [[nodiscard]] Task<Result<>> wait() override {
    ++waits_;
    std::ranges::fill(current_, '!');
    if (!steps_.empty()) {
      if (const auto* failure = std::get_if<FailWait>(&steps_.front())) {
        co_return fail(failure->error);
      }
      if (std::holds_alternative<Pause>(steps_.front())) steps_.pop_front();
    }
    co_return Result<>{};
  }

  [[nodiscard]] int waits() const { return waits_; }

 private:
  struct Piece {
    std::string bytes;
  };
  struct Pause {};
  struct FailWait {
    Error error;
  };
  struct FailPull {
    Error error;
  };
  using Step = std::variant<Piece, Pause, FailWait, FailPull>;

  ScriptedByteSource& then(Step step) {
    steps_.push_back(std::move(step));
    return *this;
  }

  std::deque<Step> steps_;
  std::string current_;
  int waits_ = 0;
};

}  // namespace partwise::test
