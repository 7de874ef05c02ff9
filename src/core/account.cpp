#include "core/account.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace partwise {

namespace {
constexpr std::array<std::pair<Role, std::string_view>, 3> kTexts{{
    {Role::user, "user"},
    {Role::service, "service"},
    {Role::admin, "admin"},
}};

// In messages, so that a hostile id cannot flood a log or an answer.
std::string_view shown(std::string_view id) { return id.substr(0, 128); }
}  // namespace

std::string_view role_text(Role role) { return kTexts.at(static_cast<std::size_t>(role)).second; }

std::optional<Role> parse_role(std::string_view text) {
  for (const auto& [role, word] : kTexts) {
    if (word == text) return role;
  }
  return std::nullopt;
}

bool is_valid(const ApiKey& key, Timestamp now) {
  return !key.revoked_at && (!key.expires_at || now < *key.expires_at);
}

Error no_such_key(std::string_view id) {
  return {ErrorCode::not_found, fmt::format("No such API key: {}", shown(id)), "id"};
}

Error no_such_project(std::string_view id) {
  return {ErrorCode::not_found, fmt::format("No such project: {}", shown(id)), "project"};
}

Error project_exists(const ProjectId& id) {
  return {ErrorCode::state_conflict, fmt::format("The project {} exists already.", id.text),
          "project"};
}

Result<std::uint64_t> judge_room(const Project& project, std::uint64_t bytes) {
  const std::uint64_t most = project.quotas.bytes.value_or(kNoQuota);
  const bool is_over = project.stored_bytes > most;
  if (is_over || bytes > most - project.stored_bytes) {
    return fail(over_quota_of_bytes(project.stored_bytes, most));
  }
  return project.quotas.bytes ? most - project.stored_bytes : kNoQuota;
}

Error over_quota_of_bytes(std::uint64_t stored_bytes, std::uint64_t quota_bytes) {
  return {ErrorCode::quota_exceeded,
          fmt::format("The project stores {} bytes of its quota of {}, which leaves no room for "
                      "this content. Delete files or cancel uploads first.",
                      stored_bytes, quota_bytes)};
}

Error over_room_of_quota(std::uint64_t room_bytes) {
  return {ErrorCode::quota_exceeded,
          fmt::format("The quota of the project has room for {} bytes, and this content is larger. "
                      "Delete files or cancel uploads first.",
                      room_bytes)};
}

Error over_quota_of_open_uploads(std::uint64_t open, std::uint64_t quota) {
  return {ErrorCode::quota_exceeded,
          fmt::format("The project has {} pending uploads; its quota is {}. Complete or cancel one "
                      "first.",
                      open, quota)};
}

}  // namespace partwise
