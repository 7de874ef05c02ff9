#include "api/description.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "api/routes.hpp"

namespace partwise::api {
namespace {

// "GET /uploads/{} get_upload": a path without the names of its parameters, and without the mount.
using Operations = std::set<std::string>;

std::string with_unnamed_parameters(std::string path) {
  const auto open = path.find('{');
  if (open == std::string::npos) return path;
  return path.erase(open + 1, path.find('}') - open - 1);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Reads the few lines that matter by their indent: paths, methods and the ids of operations.
Operations described_operations(std::string_view yaml) {
  Operations found;
  std::string path;
  std::string method;
  for (const std::string& line : lines_of(yaml)) {
    if (line == "components:") break;
    if (line.starts_with("  /")) path = line.substr(2, line.rfind(':') - 2);
    if (line.starts_with("    ") && line[4] != ' ') method = line.substr(4, line.find(':') - 4);
    constexpr std::string_view kId = "      operationId: ";
    if (!line.starts_with(kId)) continue;
    std::ranges::transform(method, method.begin(),
                           [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    found.insert(method + ' ' + with_unnamed_parameters(path) + ' ' + line.substr(kId.size()));
  }
  return found;
}

Operations routed_operations() {
  Operations found;
  for (const Route& route : routes()) {
    const std::string path = with_unnamed_parameters(std::string(route.pattern));
    const std::string filled = std::regex_replace(path, std::regex("\\{\\}"), "x");
    const bool mounted = match_route(route.method, "/v1" + filled).route == &route;
    found.insert(std::string(route.method) + (mounted ? " /v1" : " ") + path + ' ' +
                 std::string(route.name));
  }
  return found;
}

TEST(Description, HasEveryRouteAndNoOther) {
  const Operations described = described_operations(description_text());
  const Operations routed = routed_operations();
  for (const std::string& operation : routed) {
    EXPECT_TRUE(described.contains(operation)) << "not described: " << operation;
  }
  for (const std::string& operation : described) {
    EXPECT_TRUE(routed.contains(operation)) << "not in the table of routes: " << operation;
  }
}

TEST(Description, AChangedMethodPathOrNameWouldShow) {
  const Operations found = described_operations(
      "paths:\n  /v1/a/{a_id}:\n    get:\n      operationId: get_a\ncomponents:\n  /v1/b:\n");
  EXPECT_EQ(found, Operations{"GET /v1/a/{} get_a"});
}

}  // namespace
}  // namespace partwise::api
