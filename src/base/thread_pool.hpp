#pragma once

// The WorkerPool of the server: a fixed number of threads over one queue.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/worker_pool.hpp"

namespace partwise {

class ThreadPool final : public WorkerPool {
 public:
  explicit ThreadPool(std::size_t threads);
  // Runs what is queued, then joins.
  ~ThreadPool() override;

  void post(Job job) override;
  [[nodiscard]] bool is_busy() const override { return load().queued > 0; }

  struct Load {
    std::size_t threads = 0;
    std::size_t busy = 0;    // Threads that run a job.
    std::size_t queued = 0;  // Jobs that wait for a thread.
  };
  // Thread-safe.
  [[nodiscard]] Load load() const;

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::deque<Job> queue_;
  std::size_t idle_ = 0;  // Threads that wait for a job.
  bool stopping_ = false;
  // Constant after construction.
  std::vector<std::jthread> threads_;
};

}  // namespace partwise
