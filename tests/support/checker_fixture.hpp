#pragma once

// Metadata and blobs that a test of the checker lays out as it likes.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/checker.hpp"
#include "support/blob_keys.hpp"
#include "support/memory_inventory.hpp"

namespace partwise::test {

// Metadata that a test lays out as it likes.
class ListedCatalog final : public Catalog {
 public:
  std::vector<CatalogBlob> blobs;
  std::vector<CatalogCharge> billed;
  std::vector<WrongCounter> wrong;
  std::vector<std::string> sentences;
  int mendings = 0;
  std::optional<Error> damage;  // What every walk over blobs and sums ends with.

  [[nodiscard]] Result<> visit_blobs(
      const std::function<void(const CatalogBlob&)>& visit) override {
    for (const CatalogBlob& blob : blobs) visit(blob);
    if (damage) return fail(*damage);
    return {};
  }
  [[nodiscard]] Result<std::vector<CatalogCharge>> charges() override {
    if (damage) return fail(*damage);
    return billed;
  }
  [[nodiscard]] Result<std::vector<WrongCounter>> wrong_counters() override {
    if (damage) return fail(*damage);
    return wrong;
  }
  [[nodiscard]] Result<> mend_counters() override {
    ++mendings;
    wrong.clear();
    for (CatalogCharge& charge : billed) {
      charge.recorded_bytes = static_cast<std::int64_t>(charge.actual_bytes);
    }
    return {};
  }
  [[nodiscard]] Result<std::vector<std::string>> contradictions() override { return sentences; }
};

class CheckerTest : public ::testing::Test {
 protected:
  CheckerTest() {
    own(inventory_.put(key_of(1), "one"), CatalogBlob::Owner::part, "part_1",
        {.upload_id = "upload_7", .number = 4});
    own(inventory_.put(key_of(2), "two"), CatalogBlob::Owner::file, "file-2",
        {.upload_id = {}, .number = 2, .count = 3, .offset = 100});
    inventory_.put(key_of(3), "three");
    own({.key = key_of(3)}, CatalogBlob::Owner::garbage, "");
    catalog_.billed.push_back({.project = {"default"}, .recorded_bytes = 6, .actual_bytes = 6});
  }

  void own(BlobRef ref, CatalogBlob::Owner owner, std::string id, BlobPlace place = {}) {
    catalog_.blobs.push_back(
        {.ref = ref, .owner = owner, .owner_id = std::move(id), .place = std::move(place)});
  }

  CheckReport run(Repair repair = Repair::no) {
    return check(catalog_, inventory_, repair).value();
  }

  void miscount(std::string sentence) {
    catalog_.wrong.push_back({.project = {"default"}, .sentence = std::move(sentence)});
  }

  // The only finding of a run.
  Finding only_finding(Repair repair = Repair::no) {
    const auto report = run(repair);
    EXPECT_EQ(report.findings_total, 1U);
    return report.findings.empty() ? Finding{} : report.findings.front();
  }

  ListedCatalog catalog_;
  MemoryInventory inventory_;
};

}  // namespace partwise::test
