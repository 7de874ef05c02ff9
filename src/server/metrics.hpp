#pragma once

// The figures of the server as one text for Prometheus. What happens is counted as it happens
// (request_metrics.hpp); levels are looked at when somebody asks.

#include <memory>
#include <string>

#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "http/request_record.hpp"
#include "server/figures.hpp"

namespace partwise {

// Lives on the loop. What it is given outlives it.
class Metrics {
 public:
  Metrics(FigureSources sources, WorkerPool& workers);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  [[nodiscard]] http::RequestObserver& request_observer();
  // Looks on the loop, and writes the text on a worker.
  [[nodiscard]] Task<std::string> text() const;

 private:
  struct Counted;

  const FigureSources sources_;
  WorkerPool& workers_;
  const std::unique_ptr<Counted> counted_;
};

}  // namespace partwise
