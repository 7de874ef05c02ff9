#pragma once

// Compares the metadata with the bytes: every reference has its blob, whole and undamaged; every
// blob has one owner; what is billed is what is there; nothing is left in staging. Garbage is an
// owner, so a data directory is clean also between a kill and the recovery from it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "core/blob_inventory.hpp"
#include "core/catalog.hpp"

namespace partwise {

enum class FindingKind {
  missing_blob,      // A part or file refers to a blob that is not there.
  damaged_blob,      // It is there with another size or another CRC64.
  unreadable_blob,   // It is there and cannot be read.
  shared_blob,       // It has more than one owner.
  wrong_charge,      // A project is billed for other bytes than it stores.
  contradiction,     // Rows contradict each other.
  orphan_blob,       // No row knows it. Repaired by setting it aside.
  foreign_file,      // Something that is no blob lies among the blobs. Repaired as above.
  staging_leftover,  // Something is in staging at rest. Repaired as above.
};

[[nodiscard]] std::string_view name_of(FindingKind kind);

struct Finding {
  FindingKind kind = FindingKind::contradiction;
  std::string subject;  // The id, key or name that it is about.
  std::string sentence;
  bool repaired = false;
  // What the blob belongs to that is missing, damaged or unreadable: which bytes are lost.
  std::optional<CatalogBlob> blob = {};
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct CheckLimits {
  // Findings that are kept in words; more are counted.
  std::size_t findings_max = 10'000;
};

struct CheckReport {
  std::vector<Finding> findings;
  std::uint64_t findings_total = 0;
  std::uint64_t repaired_total = 0;
  std::uint64_t blobs_read = 0;
  std::uint64_t bytes_read = 0;

  [[nodiscard]] bool is_clean() const { return findings_total == 0; }
  // Whether something was found that setting aside cannot cure.
  [[nodiscard]] bool is_damaged() const { return findings_total != repaired_total; }
};

enum class Repair { no, yes };

// Reads every blob that a part or file refers to. With Repair::yes sets aside what no row knows; it
// never changes a row or a blob that has an owner. Errors: those of `catalog` and `inventory`, when
// they cannot even be listed.
[[nodiscard]] Result<CheckReport> check(Catalog& catalog, BlobInventory& inventory, Repair repair,
                                        CheckLimits limits = {});

}  // namespace partwise
