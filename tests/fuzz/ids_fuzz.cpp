// Ids and routes: an id that parses is itself, is safe as a path and as a header, and is one kind
// of id only; a path finds at most one place in the table.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/routes.hpp"
#include "core/ids.hpp"
#include "fuzz/require.hpp"

namespace {

using partwise::test::require;

bool is_safe(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_';
}

template <class Id>
int count_kind(std::string_view text) {
  const auto id = Id::parse(text);
  if (!id) return 0;
  require(id->text == text && !text.empty() && text.size() <= 64);
  require(std::ranges::all_of(text, is_safe));
  return 1;
}

void check_route(std::string_view method, std::string_view path) {
  using namespace partwise::api;
  const RouteMatch match = match_route(method, path);
  require(match.id.size() <= path.size());
  if (match.route == nullptr) {
    const auto& methods = match.allowed_methods;
    require(std::ranges::find(methods, method) == methods.end());
    return;
  }
  require(match.route->method == method);
  const bool has_id = match.route->pattern.find('{') != std::string_view::npos;
  require(has_id == !match.id.empty());
  // As many separators as the pattern has, behind its mount: an escaped slash separates nothing.
  const auto rest =
      stands_below_mounts(match.route->access) ? below_mount(path) : std::optional(path);
  require(rest && std::ranges::count(*rest, '/') == std::ranges::count(match.route->pattern, '/'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const int kinds = count_kind<partwise::UploadId>(text) + count_kind<partwise::PartId>(text) +
                    count_kind<partwise::FileId>(text) + count_kind<partwise::KeyId>(text);
  require(kinds <= 1);
  (void)count_kind<partwise::ProjectId>(text);
  if (text.starts_with('/')) {
    for (const std::string_view method : {"GET", "POST", "DELETE", "HEAD"}) {
      check_route(method, text);
    }
  }
  return 0;
}
