#pragma once

// One verb on its way through the writer or the reader: what it does, and the Task that waits for
// it.

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "base/completion.hpp"

namespace partwise::sqlite {

// What an operation needs of a full volume.
enum class Space {
  takes,  // It stores something: refused while the volume is full.
  frees,  // It ends, frees or only reads something: never refused for want of space.
};

// `Context` is Transaction or Snapshot.
template <class Context>
class Operation {
 public:
  explicit Operation(Space space) : space_(space) {}
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  [[nodiscard]] Space space() const { return space_; }

  // Null, or why it was refused. May run again, if what it wrote was rolled back.
  [[nodiscard]] virtual const Error* run(Context& context) = 0;
  // Ends the operation with what `run` returned last. After the commit, and only once.
  virtual void answer() = 0;
  // Ends it with an error instead.
  virtual void refuse(Error error) = 0;

 private:
  Space space_;
};

// `Work` is called with a Context and returns Result<T>.
template <class Context, class T, class Work>
class TypedOperation final : public Operation<Context> {
 public:
  TypedOperation(Space space, Work work, Completion<Result<T>> complete)
      : Operation<Context>(space), work_(std::move(work)), complete_(std::move(complete)) {}

  const Error* run(Context& context) override {
    try {
      result_.emplace(work_(context));
    } catch (const std::exception& exception) {
      // The machine is out of memory, or this is a bug: the operation is undone, its neighbours are
      // not.
      result_.emplace(fail(ErrorCode::overloaded, exception.what()));
    }
    return result_->has_value() ? nullptr : &result_->error();
  }
  void answer() override { complete_(std::move(*result_)); }
  void refuse(Error error) override { complete_(Result<T>(std::unexpected(std::move(error)))); }

 private:
  Work work_;
  Completion<Result<T>> complete_;
  std::optional<Result<T>> result_;
};

}  // namespace partwise::sqlite
