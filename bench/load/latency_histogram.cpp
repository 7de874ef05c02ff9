#include "load/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace partwise::load {

std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  if (value < kSubBuckets) return value;
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1 - kPrecisionBits;
  return (exponent + 1) * kSubBuckets + ((value >> exponent) - kSubBuckets);
}

std::uint64_t LatencyHistogram::last_value_of(std::size_t bucket) {
  if (bucket < kSubBuckets) return bucket;
  const std::size_t exponent = bucket / kSubBuckets - 1;
  const std::uint64_t leading = kSubBuckets + bucket % kSubBuckets;
  return ((leading + 1) << exponent) - 1;
}

void LatencyHistogram::record(Duration duration) {
  duration = std::max(duration, Duration{0});
  const std::size_t bucket = bucket_of(static_cast<std::uint64_t>(duration.count()));
  if (bucket >= buckets_.size()) buckets_.resize(bucket + kSubBuckets);
  ++buckets_[bucket];
  ++count_;
  sum_ += duration;
  max_ = std::max(max_, duration);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  buckets_.resize(std::max(buckets_.size(), other.buckets_.size()));
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

LatencyHistogram::Duration LatencyHistogram::mean() const {
  return count_ == 0 ? Duration{0} : sum_ / static_cast<std::int64_t>(count_);
}

LatencyHistogram::Duration LatencyHistogram::quantile(double fraction) const {
  const auto rank = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size() && rank > 0; ++i) {
    seen += buckets_[i];
    if (seen >= rank) {
      return std::min(max_, Duration{static_cast<std::int64_t>(last_value_of(i))});
    }
  }
  return max_;
}

}  // namespace partwise::load
