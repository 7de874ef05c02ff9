#include "load/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace partwise::load {
namespace {

using Duration = LatencyHistogram::Duration;

TEST(LatencyHistogram, NothingRecordedIsZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.5), Duration{0});
  EXPECT_EQ(histogram.mean(), Duration{0});
}

TEST(LatencyHistogram, SmallDurationsAreExact) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.record(Duration{i});
  EXPECT_EQ(histogram.quantile(0.5), Duration{50});
  EXPECT_EQ(histogram.quantile(0.99), Duration{99});
  EXPECT_EQ(histogram.quantile(1), Duration{100});
}

TEST(LatencyHistogram, AQuantileIsNeverMoreThanTheResolutionAboveTheTrueOne) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> spread(12, 3);
  LatencyHistogram histogram;
  std::vector<std::int64_t> all;
  for (int i = 0; i < 10'000; ++i) {
    all.push_back(static_cast<std::int64_t>(spread(random)));
    histogram.record(Duration{all.back()});
  }
  std::ranges::sort(all);
  for (const double fraction : {0.001, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * 10'000));
    const auto truth = static_cast<double>(all[rank - 1]);
    const auto reported = static_cast<double>(histogram.quantile(fraction).count());
    EXPECT_GE(reported, truth);
    EXPECT_LE(reported, truth * (1 + LatencyHistogram::kResolution));
  }
  EXPECT_EQ(histogram.max(), Duration{all.back()});
}

TEST(LatencyHistogram, AnOutlierIsSeenByTheHighQuantilesAlone) {
  LatencyHistogram histogram;
  for (int i = 0; i < 999; ++i) histogram.record(Duration{100});
  histogram.record(std::chrono::seconds{100});
  EXPECT_EQ(histogram.quantile(0.99), Duration{100});
  EXPECT_EQ(histogram.quantile(0.999), Duration{100});
  EXPECT_EQ(histogram.quantile(1), std::chrono::seconds{100});
}

TEST(LatencyHistogram, AddingIsRecordingEverythingInOne) {
  LatencyHistogram short_ones;
  LatencyHistogram long_ones;
  for (int i = 0; i < 10; ++i) short_ones.record(Duration{10});
  for (int i = 0; i < 10; ++i) long_ones.record(std::chrono::milliseconds{10});
  short_ones.add(long_ones);
  EXPECT_EQ(short_ones.count(), 20U);
  EXPECT_EQ(short_ones.quantile(0.5), Duration{10});
  EXPECT_EQ(short_ones.quantile(0.51), std::chrono::milliseconds{10});
  EXPECT_EQ(short_ones.mean(), Duration{5'000'005});
}

}  // namespace
}  // namespace partwise::load
