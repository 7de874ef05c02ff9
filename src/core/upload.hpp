#pragma once

// An upload: the intention to make one file out of parts, and the only object of Partwise with a
// state.
//
//   pending --complete--> completed        one row, one compare-and-set decides;
//      |------cancel----> cancelled        terminal states absorb
//      '------time------> expired

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "core/file.hpp"
#include "core/idempotency.hpp"
#include "core/ids.hpp"
#include "core/purpose.hpp"

namespace partwise {

struct Pending {
  friend bool operator==(const Pending&, const Pending&) = default;
};
struct Completed {
  Timestamp ended_at{};
  StoredFile file;               // As it was answered: a replay gets it even after its deletion.
  Sha256Digest request{};        // Of the part ids, in order; see `fingerprint_of`.
  std::optional<Md5Digest> md5;  // That the winning request asked for.
  friend bool operator==(const Completed&, const Completed&) = default;
};
struct Cancelled {
  Timestamp ended_at{};
  friend bool operator==(const Cancelled&, const Cancelled&) = default;
};
struct Expired {
  Timestamp ended_at{};
  friend bool operator==(const Expired&, const Expired&) = default;
};
using UploadState = std::variant<Pending, Completed, Cancelled, Expired>;

// The word on the wire and in SQL: pending, completed, cancelled, expired.
[[nodiscard]] std::string_view status_text(const UploadState& state);

struct Upload {
  UploadId id;
  ProjectId project;
  std::uint64_t bytes = 0;  // Declared by the client.
  std::string filename;     // UTF-8, as the client gave it.
  Purpose purpose = Purpose::assistants;
  std::string mime_type;
  Timestamp created_at{};
  Timestamp expires_at{};                        // Of the upload; does not change when it ends.
  std::optional<std::chrono::seconds> file_ttl;  // Of the file to be, counted from created_at.
  std::uint32_t part_count = 0;                  // Accepted parts, orphan copies of retries too.
  std::uint64_t stored_bytes = 0;                // Their bytes.
  std::uint64_t sequence = 0;                    // Order of creation in its store.
  UploadState state;

  friend bool operator==(const Upload&, const Upload&) = default;
};

struct NewUpload {
  UploadId id;
  ProjectId project;
  std::uint64_t bytes = 0;
  std::string filename;
  Purpose purpose = Purpose::assistants;
  std::string mime_type;
  std::chrono::seconds ttl{};  // Until the upload expires.
  std::optional<std::chrono::seconds> file_ttl;
  std::optional<IdempotencyClaim> idempotency = {};
};

}  // namespace partwise
