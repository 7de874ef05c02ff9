#pragma once

// A mutex for Tasks of one executor: waiting suspends the Task and never the thread. First come,
// first served. Not thread-safe: every user lives on the same single-threaded executor.

#include <deque>
#include <utility>

#include "base/completion.hpp"

namespace partwise {

class AsyncMutex {
 public:
  // Releases on destruction. Movable, so that a Task can hold it across its awaits.
  class Lock {
   public:
    explicit Lock(AsyncMutex& mutex) : mutex_(&mutex) {}
    Lock(Lock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Lock& operator=(Lock&& other) noexcept {
      if (this != &other) {
        release();
        mutex_ = std::exchange(other.mutex_, nullptr);
      }
      return *this;
    }
    ~Lock() { release(); }
    void release() {
      if (auto* mutex = std::exchange(mutex_, nullptr)) mutex->unlock();
    }

   private:
    AsyncMutex* mutex_;
  };

  AsyncMutex() = default;
  AsyncMutex(const AsyncMutex&) = delete;
  AsyncMutex& operator=(const AsyncMutex&) = delete;

  [[nodiscard]] Task<Lock> lock() {
    if (locked_) {
      auto wait = [this](Completion<bool> complete) { waiters_.push_back(std::move(complete)); };
      (void)co_await await_completion<bool>(std::move(wait));  // Handed over: locked_ stays true.
    }
    locked_ = true;
    co_return Lock(*this);
  }

 private:
  void unlock() {
    if (waiters_.empty()) {
      locked_ = false;
      return;
    }
    auto next = std::move(waiters_.front());
    waiters_.pop_front();
    next(true);
  }

  bool locked_ = false;
  std::deque<Completion<bool>> waiters_;
};

}  // namespace partwise
