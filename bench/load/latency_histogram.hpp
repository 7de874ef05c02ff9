#pragma once

// Durations in buckets whose width grows with them, as in HdrHistogram: a value is known to
// 1/128 of itself, and recording one needs no search.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace partwise::load {

// A value. Not thread-safe: each thread has its own, and they are added up in the end.
class LatencyHistogram {
 public:
  using Duration = std::chrono::nanoseconds;

  static constexpr unsigned kPrecisionBits = 7;
  // What a reported quantile may be away from the true one, relative to it.
  static constexpr double kResolution = 1.0 / (1U << kPrecisionBits);

  void record(Duration duration);
  void add(const LatencyHistogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Exact.
  [[nodiscard]] Duration max() const { return max_; }
  [[nodiscard]] Duration mean() const;
  // The smallest duration that `fraction` of all do not exceed, rounded up to the end of its
  // bucket, but not above max(); zero if nothing was recorded. `fraction` is in (0, 1].
  [[nodiscard]] Duration quantile(double fraction) const;

 private:
  static constexpr std::size_t kSubBuckets = std::size_t{1} << kPrecisionBits;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t value);
  [[nodiscard]] static std::uint64_t last_value_of(std::size_t bucket);

  // Below kSubBuckets each value has its bucket; above, each power of two has kSubBuckets of them.
  // Only as long as it has to be.
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  Duration sum_{0};
  Duration max_{0};
};

}  // namespace partwise::load
