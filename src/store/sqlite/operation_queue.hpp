#pragma once

// The bounded queue in front of a thread that serves operations.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace partwise::sqlite {

// Thread-safe.
template <class Operation>
class OperationQueue {
 public:
  using Pointer = std::unique_ptr<Operation>;

  explicit OperationQueue(std::size_t length_max) : length_max_(length_max) {}

  // Gives the operation back where the queue is full or closed; null where it was taken.
  [[nodiscard]] Pointer push(Pointer operation) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || waiting_.size() >= length_max_) return operation;
      was_empty = waiting_.empty();
      waiting_.push_back(std::move(operation));
    }
    if (was_empty) wake_.notify_one();
    return nullptr;
  }

  // Waits for work and takes the oldest, at most `count`. Empty once the queue is closed and
  // drained.
  [[nodiscard]] std::vector<Pointer> take(std::size_t count) {
    std::vector<Pointer> taken;
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    while (!waiting_.empty() && taken.size() < count) {
      taken.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return taken;
  }

  [[nodiscard]] std::size_t length() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

  // What is queued is still served.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_one();
  }

 private:
  const std::size_t length_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::deque<Pointer> waiting_;
  bool closed_ = false;
};

}  // namespace partwise::sqlite
