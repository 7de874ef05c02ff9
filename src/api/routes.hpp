#pragma once

// The table of contents of the API. Dispatch, 405 with its Allow, authentication and the labels of
// metrics derive from it; nothing else knows a path.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/services.hpp"

namespace partwise::api {

enum class Access : std::uint8_t {
  open,        // Stands at the root, and needs no key.
  key,         // Stands below every mount, and needs a key.
  admin,       // The same, and the key needs the role admin.
  root_admin,  // Stands at the root, and needs a key with the role admin.
};

[[nodiscard]] constexpr bool stands_below_mounts(Access access) {
  return access == Access::key || access == Access::admin;
}
[[nodiscard]] constexpr bool needs_admin(Access access) {
  return access == Access::admin || access == Access::root_admin;
}

enum class Body : std::uint8_t {
  none,    // Whatever is sent is dropped.
  text,    // JSON under its limit, read before the handler is called.
  stream,  // The handler reads it, or refuses before it was read.
};

struct Route {
  std::string_view method;
  // `{id}` stands for one segment that is not empty.
  std::string_view pattern;
  // The handler's name; labels metrics and lines of the log. Unique in the table.
  std::string_view name;
  Access access;
  Body body;
  Endpoint endpoint;
};

[[nodiscard]] std::span<const Route> routes();

// Where the API stands: `/v1`, and where Azure's clients look for it.
[[nodiscard]] std::span<const std::string_view> mounts();

// The path below its mount, as `/uploads`; nothing for a path outside of them.
[[nodiscard]] std::optional<std::string_view> below_mount(std::string_view path);

// Whether the path belongs to the Files API, whose errors have a key more.
[[nodiscard]] bool is_files_path(std::string_view path);

// Whether the path is served on the listener for operation, where nobody needs a key.
[[nodiscard]] bool is_operation_path(std::string_view path);

// What the table says about one request.
struct RouteMatch {
  const Route* route = nullptr;  // Null: no such path, or not with this method.
  std::string id;                // The decoded path parameter.
  // Of the path, where it has no route with this method; empty: no such path.
  std::vector<std::string_view> allowed_methods;
};

// `path` is as sent, not decoded: an escaped slash never separates.
[[nodiscard]] RouteMatch match_route(std::string_view method, std::string_view path);

}  // namespace partwise::api
