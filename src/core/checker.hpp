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
  missing_blob,       // A part or file refers to a blob that is not there.
  damaged_blob,       // It is there with another size or another CRC64.
  unreadable_blob,    // It is there and cannot be read.
  shared_blob,        // It has more than one owner.
  contradiction,      // Rows contradict each other.
  unexplained_bytes,  // The bytes on the disk are not those that are known, and nothing says why.
  wrong_counter,      // A sum beside the rows is not theirs. Repaired by summing up anew.
  orphan_blob,        // No row knows it. Repaired by setting it aside.
  foreign_file,       // Something that is no blob lies among the blobs. Repaired as above.
  staging_leftover,   // Something is in staging at rest. Repaired as above.
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

// Where the bytes are, as they were found. Of sound data on_disk is the sum of the others.
struct ByteAccount {
  std::uint64_t billed = 0;     // What all projects are charged.
  std::uint64_t garbage = 0;    // In blobs that a reap job or an intent names.
  std::uint64_t staging = 0;    // In staging.
  std::uint64_t orphaned = 0;   // In blobs that no row knows.
  std::uint64_t foreign = 0;    // In what is no blob and lies among them, or is unknown.
  std::uint64_t set_aside = 0;  // By earlier checks.
  // In all of these, by the sizes that the disk gives: all files of a data directory but the
  // metadata and the small files beside them.
  std::uint64_t on_disk = 0;

  [[nodiscard]] std::uint64_t known() const {
    return billed + garbage + staging + orphaned + foreign + set_aside;
  }
  friend bool operator==(const ByteAccount&, const ByteAccount&) = default;
};

struct CheckReport {
  std::vector<Finding> findings;
  ByteAccount account;
  // Beside everything that Partwise has put into the directory. No findings: they harm nothing,
  // and stay where they are. As many as findings are kept.
  std::vector<Stray> unknown;
  std::uint64_t findings_total = 0;
  std::uint64_t repaired_total = 0;
  std::uint64_t blobs_read = 0;
  std::uint64_t bytes_read = 0;

  [[nodiscard]] bool is_clean() const { return findings_total == 0; }
  // Whether something was found that was not repaired.
  [[nodiscard]] bool is_damaged() const { return findings_total != repaired_total; }
};

enum class Repair { no, yes };

// Reads every blob that a part or file refers to. With Repair::yes sets aside what no row knows,
// and mends counters, both only while no row contradicts another, the former only while no two rows
// share a blob; it never changes an upload, a part, a file or a blob that has an owner. Metadata
// that are damaged are findings, and the rest is checked. Errors: those of `catalog`, but no such
// damage, and of `inventory`, when they cannot even be listed or mended.
[[nodiscard]] Result<CheckReport> check(Catalog& catalog, BlobInventory& inventory, Repair repair,
                                        CheckLimits limits = {});

}  // namespace partwise
