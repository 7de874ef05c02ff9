#include "api/routes.hpp"

#include <array>

#include "api/content.hpp"
#include "api/description.hpp"
#include "api/files.hpp"
#include "api/fsck.hpp"
#include "api/health.hpp"
#include "api/keys.hpp"
#include "api/metrics.hpp"
#include "api/parts.hpp"
#include "api/uploads.hpp"
#include "api/usage.hpp"

namespace partwise::api {

namespace {

// clang-format off
using enum Access;
using enum Body;

constexpr std::array kRoutes{
  Route{"POST",   "/uploads",               "create_upload",   key,  text,   run<create_upload>},
  Route{"GET",    "/uploads",               "list_uploads",    key,  none,   run<list_uploads>},
  Route{"GET",    "/uploads/{id}",          "get_upload",      key,  none,   run<get_upload>},
  Route{"POST",   "/uploads/{id}/parts",    "add_part",        key,  stream, run<add_part>},
  Route{"GET",    "/uploads/{id}/parts",    "list_parts",      key,  none,   run<list_parts>},
  Route{"POST",   "/uploads/{id}/complete", "complete_upload", key,  text,   run<complete_upload>},
  Route{"POST",   "/uploads/{id}/cancel",   "cancel_upload",   key,  none,   run<cancel_upload>},
  Route{"POST",   "/files",                 "create_file",     key,  stream, run<create_file>},
  Route{"GET",    "/files",                 "list_files",      key,  none,   run<list_files>},
  Route{"GET",    "/files/{id}",            "get_file",        key,  none,   run<get_file>},
  Route{"DELETE", "/files/{id}",            "delete_file",     key,  none,   run<delete_file>},
  Route{"GET",    "/files/{id}/content",    "get_content",     key,  none,   run<get_content>},
  Route{"HEAD",   "/files/{id}/content",    "head_content",    key,  none,   run<get_content>},
  Route{"GET",    "/usage",                 "get_usage",       key,  none,   run<get_usage>},
  Route{"GET",    "/keys",                  "list_keys",       admin, none,  run<list_keys>},
  Route{"POST",   "/keys",                  "create_key",      admin, text,  run<create_key>},
  Route{"DELETE", "/keys/{id}",             "revoke_key",      admin, none,  run<revoke_key>},
  Route{"POST",   "/fsck",                  "fsck",            admin, none,  run<fsck>},
  Route{"GET",    "/healthz",               "get_health",      open, none,   run<get_health>},
  Route{"HEAD",   "/healthz",               "head_health",     open, none,   run<get_health>},
  Route{"GET",    "/readyz",                "get_readiness",   open, none,   run<get_readiness>},
  Route{"HEAD",   "/readyz",                "head_readiness",  open, none,   run<get_readiness>},
  Route{"GET",    "/metrics",               "get_metrics",     root_admin, none, run<get_metrics>},
  Route{"GET",    "/openapi.yaml",          "get_description", open, none,   run<get_description>},
  Route{"HEAD",   "/openapi.yaml",          "head_description", open, none,  run<get_description>},
};
// clang-format on

// A mount that is the beginning of another stands after it.
constexpr std::array<std::string_view, 3> kMounts{"/v1", "/openai/v1", "/openai"};

// Cuts the first segment, with its slash, off `path`, which starts with one.
std::string_view take_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/', 1), path.size());
  const std::string_view segment = path.substr(1, end - 1);
  path.remove_prefix(end);
  return segment;
}

// The parameter as sent, empty where the pattern has none; nothing where the path does not fit.
std::optional<std::string_view> fit(std::string_view pattern, std::string_view path) {
  std::string_view parameter;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view segment = take_segment(path);
    if (wanted.starts_with('{')) {
      if (segment.empty()) return std::nullopt;
      parameter = segment;
    } else if (wanted != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameter;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

std::span<const std::string_view> mounts() { return kMounts; }

std::optional<std::string_view> below_mount(std::string_view path) {
  for (const std::string_view mount : kMounts) {
    if (!path.starts_with(mount)) continue;
    const std::string_view rest = path.substr(mount.size());
    if (rest.empty() || rest.starts_with('/')) return rest;
  }
  return std::nullopt;
}

bool is_files_path(std::string_view path) {
  const auto rest = below_mount(path);
  return rest && (*rest == "/files" || rest->starts_with("/files/"));
}

bool is_operation_path(std::string_view path) {
  return path == "/metrics" || path == "/healthz" || path == "/readyz";
}

RouteMatch match_route(std::string_view method, std::string_view path) {
  RouteMatch match;
  const auto mounted_path = below_mount(path);
  const auto parameter_of = [&](const Route& route) -> std::optional<std::string_view> {
    if (stands_below_mounts(route.access) != mounted_path.has_value()) return std::nullopt;
    return fit(route.pattern, mounted_path.value_or(path));
  };
  for (const Route& route : kRoutes) {
    if (route.method != method) continue;
    const auto parameter = parameter_of(route);
    if (!parameter) continue;
    match.route = &route;
    match.id = http::percent_decode(*parameter);
    return match;
  }
  for (const Route& route : kRoutes) {
    if (parameter_of(route)) match.allowed_methods.push_back(route.method);
  }
  return match;
}

}  // namespace partwise::api
