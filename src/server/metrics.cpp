#include "server/metrics.hpp"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <iterator>
#include <utility>

#include "server/metric_families.hpp"
#include "server/request_metrics.hpp"

namespace partwise {

struct Metrics::Counted {
  prometheus::Registry registry;
  RequestMetrics requests{registry};
};

Metrics::Metrics(FigureSources sources, WorkerPool& workers)
    : sources_(std::move(sources)), workers_(workers), counted_(std::make_unique<Counted>()) {}

Metrics::~Metrics() = default;

http::RequestObserver& Metrics::request_observer() { return counted_->requests; }

Task<std::string> Metrics::text() const {
  Figures figures = take_figures(sources_);
  if (sources_.storage) figures.storage = co_await sources_.storage();
  auto write = [this, figures] {
    auto families = counted_->registry.Collect();
    auto looked_at = metric_families(figures);
    families.insert(families.end(), std::make_move_iterator(looked_at.begin()),
                    std::make_move_iterator(looked_at.end()));
    return prometheus::TextSerializer().Serialize(families);
  };
  co_return co_await run_on(workers_, std::move(write));
}

}  // namespace partwise
