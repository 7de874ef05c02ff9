#pragma once

// The content of a part whose sender stops at a byte, until a test lets it go on or somebody cuts
// it.

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/completion.hpp"
#include "core/file_service.hpp"

namespace partwise::test {

// Bytes may be pulled on any thread; everything else lives on the loop.
class HeldByteSource final : public ByteSource {
 public:
  // Stops after `hold_at` bytes, even if those are all: the end has not arrived then.
  explicit HeldByteSource(std::string content, std::optional<std::size_t> hold_at = {})
      : content_(std::move(content)), hold_at_(hold_at) {}

  // The sender goes on.
  void release() { end_hold(false); }
  // Somebody cuts the stream: the wait ends with the error cut, now and for ever.
  void interrupt() { end_hold(true); }
  // Whether the receiver has all bytes before the hold, and waits for more.
  [[nodiscard]] bool is_waiting() const { return waiter_.has_value(); }

  [[nodiscard]] Result<Bytes> pull_now() override {
    const std::lock_guard lock(mutex_);
    if (cut_) return fail(ErrorCode::cut, "The stream was cut.");
    if (at_ == hold_at_) return fail(ErrorCode::would_block, "Nothing has arrived.");
    const std::size_t end = hold_at_ ? *hold_at_ : content_.size();
    const std::string_view piece = std::string_view(content_).substr(at_, end - at_);
    at_ = end;
    return as_bytes(piece);
  }

  [[nodiscard]] Task<Result<>> wait() override {
    if (is_held()) {
      auto start = [this](Completion<bool> complete) { waiter_ = std::move(complete); };
      (void)co_await await_completion<bool>(std::move(start));  // What happened is seen below.
    }
    const std::lock_guard lock(mutex_);
    if (cut_) co_return fail(ErrorCode::cut, "The stream was cut.");
    co_return Result<>{};
  }

 private:
  [[nodiscard]] bool is_held() {
    const std::lock_guard lock(mutex_);
    return !cut_ && at_ == hold_at_;
  }
  void end_hold(bool by_cut) {
    {
      const std::lock_guard lock(mutex_);
      hold_at_.reset();
      cut_ = cut_ || by_cut;
    }
    if (auto call = std::exchange(waiter_, std::nullopt)) (*call)(true);
  }

  const std::string content_;
  std::optional<Completion<bool>> waiter_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::optional<std::size_t> hold_at_;
  std::size_t at_ = 0;
  bool cut_ = false;
};

class HeldPartContent final : public IncomingContent {
 public:
  explicit HeldPartContent(std::string content, std::optional<std::size_t> hold_at = {})
      : source_(std::move(content), hold_at) {}

  // Digests that the sender names before the content, and after it.
  PartDigests named_before;
  PartDigests named_after;
  // What comes after the content is broken.
  std::optional<Error> broken_end;

  [[nodiscard]] HeldByteSource& source() { return source_; }

  [[nodiscard]] ByteSource& bytes() override { return source_; }
  [[nodiscard]] PartDigests expected_so_far() const override { return named_before; }
  [[nodiscard]] Task<Result<PartDigests>> finish() override {
    if (broken_end) co_return fail(*broken_end);
    PartDigests all = named_before;
    if (named_after.md5) all.md5 = named_after.md5;
    if (named_after.sha256) all.sha256 = named_after.sha256;
    co_return all;
  }

 private:
  HeldByteSource source_;
};

// A file that is posted whole, and the stream that brings it.
class HeldFile final : public IncomingFile, public ContentStream {
 public:
  // `named_late`: what the file is for is said after its content.
  HeldFile(CreateFileRequest request, std::string content, bool named_late = false,
           std::optional<std::size_t> hold_at = {})
      : content_(std::move(content), hold_at),
        request_(std::move(request)),
        is_named_(!named_late) {}

  [[nodiscard]] HeldPartContent& content() { return content_; }

  [[nodiscard]] ByteSource& bytes() override { return content_.bytes(); }
  [[nodiscard]] PartDigests expected_so_far() const override { return content_.expected_so_far(); }
  [[nodiscard]] Task<Result<PartDigests>> finish() override {
    is_named_ = true;
    return content_.finish();
  }
  [[nodiscard]] std::optional<CreateFileRequest> request() const override {
    if (!is_named_) return std::nullopt;
    return request_;
  }
  void interrupt() const override { content_.source().interrupt(); }
  [[nodiscard]] Result<> check_not_cut() const override { return {}; }

 private:
  mutable HeldPartContent content_;
  const CreateFileRequest request_;
  bool is_named_;
};

}  // namespace partwise::test
