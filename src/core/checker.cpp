#include "core/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/blob_finding.hpp"

namespace partwise {

namespace {

// What no row knows is in the account, and a difference in spite of that is one more finding.
bool explains_a_difference(FindingKind kind) {
  switch (kind) {
    case FindingKind::missing_blob:
    case FindingKind::damaged_blob:
    case FindingKind::unreadable_blob:
    case FindingKind::shared_blob:
    case FindingKind::contradiction:
    case FindingKind::wrong_counter:
      return true;
    case FindingKind::unexplained_bytes:
    case FindingKind::orphan_blob:
    case FindingKind::foreign_file:
    case FindingKind::staging_leftover:
      return false;
  }
  std::unreachable();
}

class Check {
 public:
  Check(Catalog& catalog, BlobInventory& inventory, Repair repair, CheckLimits limits)
      : catalog_(catalog), inventory_(inventory), repair_(repair), limits_(limits) {}

  Result<CheckReport> run() {
    // The rows first: where they contradict each other, a blob that they do not name may still be
    // needed.
    CHECK(check_rows());
    CHECK(check_references());
    CHECK(check_sharing());
    CHECK(check_counters());
    // Before anything is moved there.
    count_set_aside();
    CHECK(check_blobs());
    CHECK(check_strays());
    CHECK(check_unknown());
    if (repair_ == Repair::yes) CHECK(inventory_.sync_moves());
    check_account();
    return std::move(report_);
  }

 private:
  // Only keys are remembered: ten million blobs fit into memory, their rows would not.
  Result<> check_references() {
    const auto visited = catalog_.visit_blobs([this](const CatalogBlob& blob) {
      const bool is_garbage = blob.owner == CatalogBlob::Owner::garbage;
      owned_.push_back(blob.ref.key);
      if (is_garbage) {
        garbage_.push_back(blob.ref.key);
      } else {
        check_content(blob);
      }
    });
    CHECK(note_damage("Not every owner of a blob", visited));
    knows_all_owners_ = visited.has_value();
    std::ranges::sort(owned_);
    std::ranges::sort(garbage_);
    return {};
  }

  void check_content(const CatalogBlob& blob) {
    const auto content = inventory_.read(blob.ref.key);
    if (content) {
      ++report_.blobs_read;
      report_.bytes_read += content->bytes;
    }
    auto found = judge(blob, content);
    if (!found) return;
    add({.kind = found->kind,
         .subject = blob.ref.key.text(),
         .sentence = std::move(found->sentence),
         .blob = blob});
  }

  Result<> check_sharing() {
    std::map<BlobKey, std::vector<std::string>> shared;
    for (auto twin = owned_.begin();
         (twin = std::ranges::adjacent_find(twin, owned_.end())) != owned_.end(); ++twin) {
      shared[*twin];
    }
    if (shared.empty()) return {};
    has_shared_ = true;
    const auto visited = catalog_.visit_blobs([&](const CatalogBlob& blob) {
      if (const auto found = shared.find(blob.ref.key); found != shared.end()) {
        found->second.push_back(describe(blob));
      }
    });
    // What could not be read was found before.
    if (!visited && knows_all_owners_) return visited;
    for (const auto& [key, owners] : shared) {
      add(FindingKind::shared_blob, key.text(),
          fmt::format("The blob has {} owners: {}.", owners.size(), fmt::join(owners, ", ")));
    }
    return {};
  }

  // Every blob that is there: to whom it belongs, and how large it is.
  Result<> check_blobs() {
    TRY(const auto keys, inventory_.keys());
    for (const BlobKey& key : keys) {
      const bool is_orphan = !std::ranges::binary_search(owned_, key);
      const bool is_garbage = std::ranges::binary_search(garbage_, key);
      const auto bytes = inventory_.bytes_of(key);
      // The blob of a part or a file was found unreadable before, and an orphan is one anyway.
      if (!bytes && is_garbage) {
        add(FindingKind::unreadable_blob, key.text(),
            fmt::format("The size of the blob cannot be read: {}", bytes.error().message));
      }
      report_.account.on_disk += bytes.value_or(0);
      if (is_garbage) report_.account.garbage += bytes.value_or(0);
      if (!is_orphan) continue;
      report_.account.orphaned += bytes.value_or(0);
      add_set_aside(key, {.kind = FindingKind::orphan_blob,
                          .subject = key.text(),
                          .sentence = knows_all_owners_
                                          ? "No part, no file and no garbage row knows this blob."
                                          : "No row that can be read knows this blob."});
    }
    return {};
  }

  Result<> check_counters() {
    const auto charged = catalog_.charges();
    CHECK(note_damage("Not every charge", charged));
    const auto counted = catalog_.wrong_counters();
    CHECK(note_damage("Not every counter", counted));
    const auto charges = charged.value_or(std::vector<CatalogCharge>{});
    auto wrong = counted.value_or(std::vector<WrongCounter>{});
    for (const CatalogCharge& charge : charges) {
      report_.account.billed +=
          static_cast<std::uint64_t>(std::max<std::int64_t>(charge.recorded_bytes, 0));
      if (charge.is_wrong()) wrong.push_back(wrong_counter_of(charge));
    }
    // Sums of rows that contradict each other may be as wrong.
    const bool repaired = repair_ == Repair::yes && rows_agree_ && !wrong.empty();
    if (repaired) CHECK(catalog_.mend_counters());
    for (WrongCounter& counter : wrong) {
      add(FindingKind::wrong_counter, std::move(counter.project.text), std::move(counter.sentence),
          repaired);
    }
    return {};
  }

  Result<> check_rows() {
    TRY(auto sentences, catalog_.contradictions());
    rows_agree_ = sentences.empty();
    for (std::string& sentence : sentences) {
      add(FindingKind::contradiction, "metadata", std::move(sentence));
    }
    return {};
  }

  // Metadata that are damaged are a finding, and what can be read of them is compared.
  template <class Value>
  Result<> note_damage(std::string_view what, const Result<Value>& read) {
    if (read) return {};
    const ErrorCode code = read.error().code;
    if (code != ErrorCode::io_failure && code != ErrorCode::internal) return fail(read.error());
    rows_agree_ = false;
    add(FindingKind::contradiction, "metadata",
        fmt::format("{} can be read: {}", what, read.error().message));
    return {};
  }

  Result<> check_strays() {
    TRY(const auto foreign, inventory_.foreign());
    for (const Stray& stray : foreign) {
      Finding finding{.kind = FindingKind::foreign_file,
                      .subject = stray.name,
                      .sentence = "This lies among the blobs and is none." + problem_of(stray)};
      report_.account.foreign += stray.bytes;
      report_.account.on_disk += stray.bytes;
      if (stray.is_movable && !is_asked_for(stray.name)) {
        add_set_aside(stray.name, std::move(finding));
      } else {
        add(std::move(finding));
      }
    }
    TRY(const auto staged, inventory_.staged());
    for (const Stray& stray : staged) {
      report_.account.staging += stray.bytes;
      report_.account.on_disk += stray.bytes;
      if (stray.is_expected) continue;
      add_set_aside(stray.name, {.kind = FindingKind::staging_leftover,
                                 .subject = stray.name,
                                 .sentence = "This is in staging, though nothing is at work." +
                                             problem_of(stray)});
    }
    return {};
  }

  static std::string problem_of(const Stray& stray) {
    if (stray.problem.empty()) return {};
    return " Its size cannot be read: " + stray.problem;
  }

  void count_set_aside() {
    Stray aside = inventory_.lost_and_found();
    report_.account.set_aside = aside.bytes;
    report_.account.on_disk += aside.bytes;
    if (!aside.problem.empty()) report_.unknown.push_back(std::move(aside));
  }

  Result<> check_unknown() {
    TRY(auto unknown, inventory_.unknown());
    for (Stray& stray : unknown) {
      report_.account.foreign += stray.bytes;
      report_.account.on_disk += stray.bytes;
      if (report_.unknown.size() < limits_.findings_max) {
        report_.unknown.push_back(std::move(stray));
      }
    }
    return {};
  }

  void check_account() {
    const ByteAccount& account = report_.account;
    if (may_differ_ || account.known() == account.on_disk) return;
    add(FindingKind::unexplained_bytes, "blobs",
        fmt::format("There are {} bytes on the disk, and {} that are billed, garbage, in staging, "
                    "orphaned, foreign or set aside.",
                    account.on_disk, account.known()));
  }

  // Whether a row names the blob that `name` ends with, though it lies in a wrong place or is no
  // file.
  bool is_asked_for(const std::string& name) const {
    const auto key = BlobKey::parse(name.substr(name.find_last_of('/') + 1));
    return key && std::ranges::binary_search(owned_, *key);
  }

  // And sets it aside before, if it may: never while the rows that would decide it are not to be
  // trusted. Of two rows that name one blob, one has lost its own, and that may be what no row
  // names.
  template <class Subject>
  void add_set_aside(const Subject& subject, Finding finding) {
    if (repair_ == Repair::yes && rows_agree_ && !has_shared_) {
      const auto moved = inventory_.set_aside(subject);
      finding.repaired = moved.has_value();
      if (!moved) finding.sentence += " It could not be moved: " + moved.error().message;
    }
    add(std::move(finding));
  }

  void add(FindingKind kind, std::string subject, std::string sentence, bool repaired = false) {
    add({.kind = kind,
         .subject = std::move(subject),
         .sentence = std::move(sentence),
         .repaired = repaired});
  }

  void add(Finding finding) {
    ++report_.findings_total;
    may_differ_ = may_differ_ || explains_a_difference(finding.kind);
    if (finding.repaired) ++report_.repaired_total;
    if (report_.findings.size() == limits_.findings_max) return;
    report_.findings.push_back(std::move(finding));
  }

  Catalog& catalog_;
  BlobInventory& inventory_;
  const Repair repair_;
  const CheckLimits limits_;
  CheckReport report_;
  std::vector<BlobKey> owned_;
  std::vector<BlobKey> garbage_;  // Those of them that are to be removed.
  bool knows_all_owners_ = true;
  bool rows_agree_ = true;
  bool has_shared_ = false;  // Blobs with more than one owner.
  bool may_differ_ = false;  // A finding explains why the account need not come out.
};

}  // namespace

std::string_view name_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::missing_blob:
      return "missing_blob";
    case FindingKind::damaged_blob:
      return "damaged_blob";
    case FindingKind::unreadable_blob:
      return "unreadable_blob";
    case FindingKind::shared_blob:
      return "shared_blob";
    case FindingKind::contradiction:
      return "contradiction";
    case FindingKind::unexplained_bytes:
      return "unexplained_bytes";
    case FindingKind::wrong_counter:
      return "wrong_counter";
    case FindingKind::orphan_blob:
      return "orphan_blob";
    case FindingKind::foreign_file:
      return "foreign_file";
    case FindingKind::staging_leftover:
      return "staging_leftover";
  }
  std::unreachable();
}

Result<CheckReport> check(Catalog& catalog, BlobInventory& inventory, Repair repair,
                          CheckLimits limits) {
  return Check(catalog, inventory, repair, limits).run();
}

}  // namespace partwise
