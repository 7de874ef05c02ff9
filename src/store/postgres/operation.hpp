#pragma once

// One verb on its way through the pool: what it does, and the Task that waits for it.

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "base/completion.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres {

class Operation {
 public:
  explicit Operation(Access access) : access_(access) {}
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  [[nodiscard]] Access access() const { return access_; }

  // May run again, once nothing of it stayed or nobody knows whether it did: then each verb is
  // either harmless twice, or finds by its ids what it did the first time.
  [[nodiscard]] virtual Result<> run(Transaction& tx) = 0;
  // After a commit whose answer was lost: whether it was done, which is then what `answer` says.
  [[nodiscard]] virtual Result<bool> look_up(Transaction& tx) = 0;
  // Ends the operation with what `run` or `look_up` found last. Only once.
  virtual void answer() = 0;
  // Ends it with an error instead.
  virtual void refuse(Error error) = 0;

 private:
  const Access access_;
};

template <class T>
using LookUp = std::function<Result<std::optional<T>>(Transaction&)>;

// `Work` is called with a Transaction and returns Result<T>.
template <class T, class Work>
class TypedOperation final : public Operation {
 public:
  TypedOperation(Access access, Work work, LookUp<T> find_done, Completion<Result<T>> complete)
      : Operation(access),
        work_(std::move(work)),
        find_done_(std::move(find_done)),
        complete_(std::move(complete)) {}

  Result<> run(Transaction& tx) override {
    try {
      result_.emplace(work_(tx));
    } catch (const std::exception& exception) {
      // The machine is out of memory, or this is a bug.
      result_.emplace(fail(ErrorCode::overloaded, exception.what()));
    }
    if (result_->has_value()) return {};
    return fail(result_->error());
  }
  Result<bool> look_up(Transaction& tx) override {
    if (!find_done_) return false;
    try {
      TRY(auto found, find_done_(tx));
      if (!found) return false;
      result_.emplace(std::move(*found));
      return true;
    } catch (const std::exception& exception) {
      return fail(ErrorCode::overloaded, exception.what());
    }
  }
  void answer() override { complete_(std::move(*result_)); }
  void refuse(Error error) override { complete_(Result<T>(std::unexpected(std::move(error)))); }

 private:
  Work work_;
  LookUp<T> find_done_;  // Empty: the verb may simply be done again.
  Completion<Result<T>> complete_;
  std::optional<Result<T>> result_;
};

// Of verbs without a value there is nothing to look up.
template <class Work>
class TypedOperation<void, Work> final : public Operation {
 public:
  TypedOperation(Access access, Work work, Completion<Result<>> complete)
      : Operation(access), work_(std::move(work)), complete_(std::move(complete)) {}

  Result<> run(Transaction& tx) override {
    try {
      result_ = work_(tx);
    } catch (const std::exception& exception) {
      result_ = fail(ErrorCode::overloaded, exception.what());
    }
    return result_;
  }
  Result<bool> look_up(Transaction&) override { return false; }
  void answer() override { complete_(std::move(result_)); }
  void refuse(Error error) override { complete_(std::unexpected(std::move(error))); }

 private:
  Work work_;
  Completion<Result<>> complete_;
  Result<> result_;
};

}  // namespace partwise::postgres
