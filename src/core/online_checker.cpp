#include "core/online_checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "core/blob_finding.hpp"

namespace partwise {

namespace {

// The blobs of one group, and which of them an owner was seen for.
struct ListedGroup {
  std::vector<BlobKey> keys;
  std::vector<std::uint64_t> bytes;  // Of each, or none of them.
  std::vector<bool> seen;
};

struct ForeignName {
  std::uint32_t group = 0;
  std::string name;
};

// A blob that looked wrong once, with what is to be said if it does again.
struct Suspect {
  CatalogBlob blob;
  Finding finding;
};

Finding finding_of(FindingKind kind, std::string subject, std::string sentence) {
  return {.kind = kind, .subject = std::move(subject), .sentence = std::move(sentence)};
}

Error stopping() { return {ErrorCode::unavailable, "The server is stopping. Try again later."}; }

// One check, from its begin to its end. Its owner outlives it.
class Check {
 public:
  Check(LiveCatalog& catalog, LiveBlobs& blobs, const OnlineCheckLimits& limits, MayGoOn may_go_on)
      : catalog_(catalog), blobs_(blobs), limits_(limits), may_go_on_(std::move(may_go_on)) {}

  Task<Result<OnlineReport>> run() {
    while (end_group_ < kBlobGroups) {
      // The disk first: whoever is on it was named by a row before, and is until it is reaped.
      CO_CHECK(co_await list_groups());
      CO_CHECK(co_await walk(Sizes::checked));
      CO_CHECK(co_await look_again_at_orphans());
      CO_CHECK(co_await look_again_at_foreign_names());
    }
    co_return std::move(report_);
  }

 private:
  enum class Sizes : std::uint8_t { checked, ignored };

  Task<Result<>> list_groups() {
    first_group_ = end_group_;
    groups_.clear();
    foreign_.clear();
    for (std::size_t keys = 0; end_group_ < kBlobGroups && keys < limits_.keys_max; ++end_group_) {
      CO_CHECK(may_go_on_());
      CO_TRY(BlobGroup group, co_await blobs_.list(end_group_));
      keys += group.keys.size();
      for (std::string& name : group.foreign_names) {
        foreign_.push_back({.group = end_group_, .name = std::move(name)});
      }
      std::vector<bool> seen(group.keys.size());
      groups_.push_back({.keys = std::move(group.keys),
                         .bytes = std::move(group.bytes),
                         .seen = std::move(seen)});
    }
    for (const ListedGroup& group : groups_) report_.blobs_listed += group.keys.size();
    co_return Result<>{};
  }

  // Over all owners, of which those of other groups are passed over.
  Task<Result<>> walk(Sizes sizes) {
    OwnerCursor cursor;
    while (!cursor.at_end()) {
      CO_CHECK(may_go_on_());
      CO_TRY(OwnerPage page, co_await catalog_.owners(cursor, limits_.page_blobs_max));
      cursor = page.next;
      std::erase_if(page.blobs,
                    [this](const CatalogBlob& blob) { return !is_listed(blob.ref.key); });
      for (const CatalogBlob& blob : page.blobs) note_owner(blob.ref.key);
      if (sizes == Sizes::ignored) continue;
      std::erase_if(page.blobs, [](const CatalogBlob& blob) {
        return blob.owner == CatalogBlob::Owner::garbage;
      });
      CO_CHECK(co_await check_sizes(std::move(page.blobs)));
    }
    co_return Result<>{};
  }

  // Whether the key is of a group of this pass.
  bool is_listed(const BlobKey& key) const {
    return group_of(key) >= first_group_ && group_of(key) < end_group_;
  }

  static std::optional<std::size_t> place_in(const ListedGroup& group, const BlobKey& key) {
    const auto found = std::ranges::lower_bound(group.keys, key);
    if (found == group.keys.end() || *found != key) return std::nullopt;
    return static_cast<std::size_t>(found - group.keys.begin());
  }

  void note_owner(const BlobKey& key) {
    ListedGroup& group = groups_[group_of(key) - first_group_];
    if (const auto place = place_in(group, key)) group.seen[*place] = true;
  }

  // What the list of its group said of a blob. A blob never changes its size.
  std::optional<std::uint64_t> listed_bytes(const BlobKey& key) const {
    const ListedGroup& group = groups_[group_of(key) - first_group_];
    const auto place = group.bytes.empty() ? std::nullopt : place_in(group, key);
    return place ? std::optional(group.bytes[*place]) : std::nullopt;
  }

  Task<Result<std::vector<Result<std::uint64_t>>>> sizes_of(std::vector<BlobKey> keys) {
    std::vector<Result<std::uint64_t>> sizes;
    sizes.reserve(keys.size());
    for (std::size_t begin = 0; begin < keys.size(); begin += limits_.sizes_max) {
      CO_CHECK(may_go_on_());
      const std::size_t end = std::min(begin + limits_.sizes_max, keys.size());
      std::vector<BlobKey> some(keys.begin() + static_cast<std::ptrdiff_t>(begin),
                                keys.begin() + static_cast<std::ptrdiff_t>(end));
      CO_TRY(auto of_some, co_await blobs_.sizes(std::move(some)));
      std::ranges::move(of_some, std::back_inserter(sizes));
    }
    co_return sizes;
  }

  // The row was seen before the blob is looked for, and is looked at again where that is not there:
  // in between the blob was the row's, unless both were removed.
  Task<Result<>> check_sizes(std::vector<CatalogBlob> blobs) {
    std::vector<BlobKey> unlisted;
    for (const CatalogBlob& blob : blobs) {
      if (!listed_bytes(blob.ref.key)) unlisted.push_back(blob.ref.key);
    }
    CO_TRY(const auto asked, co_await sizes_of(std::move(unlisted)));
    std::vector<Suspect> suspects;
    for (std::size_t i = 0, next = 0; i < blobs.size(); ++i) {
      const auto listed = listed_bytes(blobs[i].ref.key);
      const Result<std::uint64_t> size = listed ? Result<std::uint64_t>(*listed) : asked[next++];
      ++report_.blobs_checked;
      report_.bytes_checked += size.value_or(0);
      if (auto finding = judge_size(blobs[i], size)) {
        suspects.push_back({.blob = std::move(blobs[i]), .finding = std::move(*finding)});
      }
    }
    co_return co_await look_again_at_owners(std::move(suspects));
  }

  // By the size alone: the content counts as what it should be.
  static std::optional<Finding> judge_size(const CatalogBlob& blob,
                                           const Result<std::uint64_t>& size) {
    Result<BlobContent> content = BlobContent{.bytes = size.value_or(0), .crc64 = blob.ref.crc64};
    if (!size) content = fail(size.error());
    auto found = judge(blob, content);
    if (!found) return std::nullopt;
    Finding finding = finding_of(found->kind, blob.ref.key.text(), std::move(found->sentence));
    finding.blob = blob;
    return finding;
  }

  Task<Result<>> look_again_at_owners(std::vector<Suspect> suspects) {
    if (suspects.empty()) co_return Result<>{};
    std::vector<CatalogBlob> blobs;
    for (const Suspect& suspect : suspects) blobs.push_back(suspect.blob);
    CO_TRY(const auto owned, co_await catalog_.still_owned(std::move(blobs)));
    std::vector<BlobKey> keys;
    for (const CatalogBlob& blob : owned) keys.push_back(blob.ref.key);
    std::ranges::sort(keys);
    for (Suspect& suspect : suspects) {
      const bool is_owned = std::ranges::binary_search(keys, suspect.blob.ref.key);
      if (is_owned) add(std::move(suspect.finding));
    }
    co_return Result<>{};
  }

  std::vector<BlobKey> unseen() const {
    std::vector<BlobKey> keys;
    for (const ListedGroup& group : groups_) {
      for (std::size_t i = 0; i < group.keys.size(); ++i) {
        if (!group.seen[i]) keys.push_back(group.keys[i]);
      }
    }
    return keys;
  }

  // Those of `keys` that are there now.
  Task<Result<std::vector<BlobKey>>> still_there(std::vector<BlobKey> keys) {
    CO_TRY(const auto sizes, co_await sizes_of(keys));
    std::vector<BlobKey> there;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const bool is_gone = !sizes[i] && sizes[i].error().code == ErrorCode::not_found;
      if (!is_gone) there.push_back(keys[i]);
    }
    co_return there;
  }

  Task<Result<>> look_again_at_orphans() {
    // Most of these were reaped since they were listed: only for others is a second walk worth it.
    CO_TRY(const auto suspects, co_await still_there(unseen()));
    if (suspects.empty()) co_return Result<>{};
    CO_CHECK(co_await walk(Sizes::ignored));
    std::vector<BlobKey> missed;
    std::ranges::set_intersection(suspects, unseen(), std::back_inserter(missed));
    CO_TRY(const auto orphans, co_await still_there(std::move(missed)));
    for (const BlobKey& key : orphans) {
      add(finding_of(FindingKind::orphan_blob, key.text(),
                     "No part, no file and no garbage row knows this blob."));
    }
    co_return Result<>{};
  }

  Task<Result<>> look_again_at_foreign_names() {
    BlobGroup group;
    std::optional<std::uint32_t> listed;
    for (const ForeignName& foreign : foreign_) {
      if (listed != foreign.group) {
        CO_CHECK(may_go_on_());
        CO_TRY(group, co_await blobs_.list(foreign.group));
        listed = foreign.group;
      }
      const bool is_there =
          std::ranges::find(group.foreign_names, foreign.name) != group.foreign_names.end();
      if (!is_there) continue;
      add(finding_of(FindingKind::foreign_file, foreign.name,
                     "This lies among the blobs and is none."));
    }
    co_return Result<>{};
  }

  void add(Finding finding) {
    ++report_.findings_total;
    if (report_.findings.size() < limits_.findings_max) {
      report_.findings.push_back(std::move(finding));
    }
  }

  LiveCatalog& catalog_;
  LiveBlobs& blobs_;
  const OnlineCheckLimits& limits_;
  const MayGoOn may_go_on_;
  OnlineReport report_;
  // Of this pass: the groups from first_group_ on, up to end_group_.
  std::uint32_t first_group_ = 0;
  std::uint32_t end_group_ = 0;
  std::vector<ListedGroup> groups_;
  std::vector<ForeignName> foreign_;
};

}  // namespace

Task<Result<OnlineReport>> OnlineChecker::check(MayGoOn may_go_on) {
  if (stopping_) co_return fail(stopping());
  if (std::exchange(running_, true)) {
    co_return fail(ErrorCode::already_running, "A check is under way already. Wait for its end.");
  }
  // Also where an exception leaves, or the loop ends before the check does.
  struct EndOfRun {
    bool& running;
    ~EndOfRun() { running = false; }
  } const end{running_};
  auto ask = [this, asked = std::move(may_go_on)]() -> Result<> {
    if (stopping_) return fail(stopping());
    return asked();
  };
  Check check(catalog_, blobs_, limits_, std::move(ask));
  co_return co_await check.run();
}

}  // namespace partwise
