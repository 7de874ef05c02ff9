#include "core/usage.hpp"

namespace partwise {

namespace {

void add(Tally& sum, const Tally& more) {
  sum.count += more.count;
  sum.bytes += more.bytes;
}

}  // namespace

std::uint64_t count_of_files(const Usage& usage) {
  std::uint64_t count = 0;
  for (const Tally& tally : usage.files) count += tally.count;
  return count;
}

Usage sum_of(std::span<const Usage> usages) {
  Usage sum;
  for (const Usage& usage : usages) {
    sum.project.stored_bytes += usage.project.stored_bytes;
    add(sum.pending, usage.pending);
    add(sum.completed, usage.completed);
    add(sum.cancelled, usage.cancelled);
    add(sum.expired, usage.expired);
    sum.pending_stored_bytes += usage.pending_stored_bytes;
    for (std::size_t i = 0; i < sum.files.size(); ++i) add(sum.files.at(i), usage.files.at(i));
    add(sum.reclaimable, usage.reclaimable);
    const auto& oldest = usage.oldest_pending;
    if (!oldest) continue;
    const bool older = !sum.oldest_pending || oldest->created_at < sum.oldest_pending->created_at;
    if (older) sum.oldest_pending = oldest;
  }
  return sum;
}

}  // namespace partwise
