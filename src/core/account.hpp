#pragma once

// Projects, and the API keys that may use them. The text of a key is never stored: only its SHA-256
// is.

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"
#include "core/ids.hpp"

namespace partwise {

// What a key may do within its own project, and beyond it.
enum class Role : std::uint8_t {
  user,     // Uploads and files of its project.
  service,  // Also files of the output purposes, as a batch runner or a trainer stores them.
  admin,    // As user; and the usage and the keys of all projects, but none of their content.
};

// The word on the wire, in SQL and on the command line.
[[nodiscard]] std::string_view role_text(Role role);
[[nodiscard]] std::optional<Role> parse_role(std::string_view text);

struct ApiKey {
  KeyId id;
  ProjectId project;
  std::string name;  // Free text of the operator; may be empty.
  Role role = Role::user;
  Sha256Digest digest{};
  Timestamp created_at{};
  std::optional<Timestamp> expires_at;  // From this moment on it is as good as unknown.
  std::optional<Timestamp> revoked_at;

  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

// Neither revoked nor expired.
[[nodiscard]] bool is_valid(const ApiKey& key, Timestamp now);

struct NewKey {
  KeyId id;
  ProjectId project;
  std::string name;
  Role role = Role::user;
  Sha256Digest digest{};
  std::optional<std::chrono::seconds> ttl = {};  // Until it expires; none: never.
};

// What a project may hold at the same time; none: as much as there is.
struct Quotas {
  std::optional<std::uint64_t> bytes =
      {};  // Parts of pending uploads, orphan copies too, and files.
  std::optional<std::uint64_t> open_uploads = {};  // Pending uploads.

  friend bool operator==(const Quotas&, const Quotas&) = default;
};

struct Project {
  ProjectId id;
  std::uint64_t stored_bytes = 0;  // What is charged against its quota.
  Quotas quotas = {};

  friend bool operator==(const Project&, const Project&) = default;
};

// not_found.
[[nodiscard]] Error no_such_key(std::string_view id);
[[nodiscard]] Error no_such_project(std::string_view id);
// state_conflict.
[[nodiscard]] Error project_exists(const ProjectId& id);

inline constexpr std::uint64_t kNoQuota = std::numeric_limits<std::uint64_t>::max();

// What the project's quota has room for; kNoQuota where it has none. Errors:
// quota_exceeded, where that is less than `bytes`.
[[nodiscard]] Result<std::uint64_t> judge_room(const Project& project, std::uint64_t bytes);

// All are quota_exceeded. `stored_bytes`: without what was refused.
[[nodiscard]] Error over_quota_of_bytes(std::uint64_t stored_bytes, std::uint64_t quota_bytes);
// The content is larger than what the quota had room for when it began.
[[nodiscard]] Error over_room_of_quota(std::uint64_t room_bytes);
[[nodiscard]] Error over_quota_of_open_uploads(std::uint64_t open, std::uint64_t quota);

}  // namespace partwise
