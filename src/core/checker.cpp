#include "core/checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/blob_finding.hpp"

namespace partwise {

namespace {

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
    CHECK(check_orphans());
    CHECK(check_charges());
    CHECK(check_strays());
    return std::move(report_);
  }

 private:
  // Only keys are remembered: ten million blobs fit into memory, their rows would not.
  Result<> check_references() {
    CHECK(catalog_.visit_blobs([this](const CatalogBlob& blob) {
      owned_.push_back(blob.ref.key);
      if (blob.owner != CatalogBlob::Owner::garbage) check_content(blob);
    }));
    std::ranges::sort(owned_);
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
    CHECK(catalog_.visit_blobs([&](const CatalogBlob& blob) {
      if (const auto found = shared.find(blob.ref.key); found != shared.end()) {
        found->second.push_back(describe(blob));
      }
    }));
    for (const auto& [key, owners] : shared) {
      add(FindingKind::shared_blob, key.text(),
          fmt::format("The blob has {} owners: {}.", owners.size(), fmt::join(owners, ", ")));
    }
    return {};
  }

  Result<> check_orphans() {
    TRY(const auto keys, inventory_.keys());
    for (const BlobKey& key : keys) {
      if (std::ranges::binary_search(owned_, key)) continue;
      bool repaired = false;
      if (rows_agree_) {
        TRY(repaired, set_aside(key));
      }
      add(FindingKind::orphan_blob, key.text(),
          "No part, no file and no garbage row knows this blob.", repaired);
    }
    return {};
  }

  Result<> check_charges() {
    TRY(const auto charges, catalog_.charges());
    for (const CatalogCharge& charge : charges) {
      if (charge.recorded_bytes == charge.actual_bytes) continue;
      add(FindingKind::wrong_charge, charge.project.text,
          fmt::format("The project is billed {} bytes and stores {}.", charge.recorded_bytes,
                      charge.actual_bytes));
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

  Result<> check_strays() {
    TRY(const auto foreign, inventory_.foreign_names());
    for (const std::string& name : foreign) {
      TRY(const bool repaired, set_aside(name));
      add(FindingKind::foreign_file, name, "This lies among the blobs and is none.", repaired);
    }
    TRY(const auto staged, inventory_.staged_names());
    for (const std::string& name : staged) {
      TRY(const bool repaired, set_aside(name));
      add(FindingKind::staging_leftover, name, "This is in staging, though nothing is at work.",
          repaired);
    }
    return {};
  }

  // Whether it was set aside.
  template <class Subject>
  Result<bool> set_aside(const Subject& subject) {
    if (repair_ == Repair::no) return false;
    CHECK(inventory_.set_aside(subject));
    return true;
  }

  void add(FindingKind kind, std::string subject, std::string sentence, bool repaired = false) {
    add({.kind = kind,
         .subject = std::move(subject),
         .sentence = std::move(sentence),
         .repaired = repaired});
  }

  void add(Finding finding) {
    ++report_.findings_total;
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
  bool rows_agree_ = true;
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
    case FindingKind::wrong_charge:
      return "wrong_charge";
    case FindingKind::contradiction:
      return "contradiction";
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
