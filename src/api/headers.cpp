#include "api/headers.hpp"

#include <string>

namespace partwise::api {

namespace {
// The live service names the owner of the key here. A server of Partwise belongs to one
// organization.
constexpr const char* kOrganization = "partwise";
constexpr const char* kApiVersion = "2020-10-01";
}  // namespace

void add_common_headers(http::Response& response) {
  response.headers.push_back({"x-content-type-options", "nosniff"});
  // The key may come in a header of which a cache on the way knows nothing.
  response.headers.push_back({"cache-control", "private, no-store"});
}

void add_success_headers(http::Response& response, const ProjectId& project,
                         std::chrono::milliseconds elapsed) {
  response.headers.push_back({"openai-processing-ms", std::to_string(elapsed.count())});
  response.headers.push_back({"openai-version", kApiVersion});
  response.headers.push_back({"openai-organization", kOrganization});
  response.headers.push_back({"openai-project", project.text});
}

}  // namespace partwise::api
