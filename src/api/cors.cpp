#include "api/cors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "api/headers.hpp"
#include "api/routes.hpp"

namespace partwise::api {

namespace {

// What pages may read beside the few headers that every browser shows.
constexpr std::string_view kExposed =
    "x-request-id, x-should-retry, openai-processing-ms, openai-version, openai-organization, "
    "openai-project, content-disposition, etag, accept-ranges, content-range, retry-after";

// How long a browser may keep the answer: what the most patient one allows.
constexpr std::string_view kMaxAgeSeconds = "7200";

// Of the headers that a page asks for: the SDKs have about twenty.
constexpr std::size_t kAskedHeadersBytesMax = 4096;

bool is_name_byte(unsigned char c) {
  return std::isalnum(c) != 0 || std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(c));
}

bool is_header_list(std::string_view text) {
  return text.size() <= kAskedHeadersBytesMax && std::ranges::all_of(text, [](unsigned char c) {
           return is_name_byte(c) || c == ',' || c == ' ';
         });
}

// SCHEME://HOST[:PORT], and nothing behind it: browsers compare the whole text.
bool is_origin(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == 0 || scheme_end == std::string_view::npos) return false;
  const auto scheme = text.substr(0, scheme_end);
  const auto host = text.substr(scheme_end + 3);
  const auto is_scheme_byte = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
  };
  const auto is_host_byte = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-._~:[]").contains(static_cast<char>(c));
  };
  return !host.empty() && std::ranges::all_of(scheme, is_scheme_byte) &&
         std::ranges::all_of(host, is_host_byte);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// The value of access-control-allow-origin; empty where the request's origin is not allowed.
std::string_view allowed_origin(const CorsPolicy& policy, const http::RequestHead& head) {
  if (policy.any_origin) return "*";
  const auto origin = head.header("origin");
  return std::ranges::find(policy.origins, origin) != policy.origins.end() ? origin
                                                                           : std::string_view{};
}

// Caches must not give the answer for one origin to another, also where none was named.
void add_origin_headers(const CorsPolicy& policy, const http::RequestHead& head,
                        http::Response& response) {
  const auto origin = allowed_origin(policy, head);
  if (!origin.empty()) {
    response.headers.push_back({"access-control-allow-origin", std::string(origin)});
  }
  if (!policy.any_origin) response.headers.push_back({"vary", "origin"});
}

// Nothing where this is no question of a browser, its origin is not allowed, or there is no such
// path: then it is a request as any other.
std::optional<http::Response> preflight_response(const CorsPolicy& policy,
                                                 const http::RequestHead& head) {
  if (head.method != "OPTIONS" || !head.has_header("origin") ||
      !head.has_header("access-control-request-method")) {
    return std::nullopt;
  }
  if (allowed_origin(policy, head).empty()) return std::nullopt;
  const auto methods = match_route(head.method, head.path).allowed_methods;
  if (methods.empty()) return std::nullopt;
  http::Response response;
  response.status = 204;
  add_common_headers(response);
  add_origin_headers(policy, head, response);
  response.headers.push_back(
      {"access-control-allow-methods", fmt::format("{}", fmt::join(methods, ", "))});
  // The list of what SDKs send grows with every release, and keeping one out would protect nobody.
  const auto asked = head.header("access-control-request-headers");
  if (!asked.empty() && is_header_list(asked)) {
    response.headers.push_back({"access-control-allow-headers", std::string(asked)});
    response.headers.push_back({"vary", "access-control-request-headers"});
  }
  response.headers.push_back({"access-control-max-age", std::string(kMaxAgeSeconds)});
  return response;
}

void add_cors_headers(const CorsPolicy& policy, const http::RequestHead& head,
                      http::Response& response) {
  add_origin_headers(policy, head, response);
  if (allowed_origin(policy, head).empty()) return;
  response.headers.push_back({"access-control-expose-headers", std::string(kExposed)});
}

// What is referred to lives as long as the handler that the server was built with.
Task<http::Response> answer(const CorsPolicy& policy, const http::Handler& handler,
                            http::Exchange& exchange) {
  if (auto preflight = preflight_response(policy, exchange.head())) {
    co_return std::move(*preflight);
  }
  http::Response response = co_await handler(exchange);
  add_cors_headers(policy, exchange.head(), response);
  co_return response;
}

}  // namespace

Result<CorsPolicy> parse_cors_origins(std::string_view text) {
  CorsPolicy policy;
  if (text == "none") return policy;
  if (trimmed(text) == "*") {
    policy.any_origin = true;
    return policy;
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    std::string origin(trimmed(text.substr(begin, end - begin)));
    begin = end + 1;
    if (!is_origin(origin)) {
      return fail(ErrorCode::invalid_request,
                  fmt::format("'{}' is not an origin, as https://app.example.com or "
                              "http://localhost:3000, without a path; or * alone for all.",
                              origin));
    }
    std::ranges::transform(origin, origin.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    policy.origins.push_back(std::move(origin));
  }
  return policy;
}

http::Handler with_cors(const CorsPolicy& policy, http::Handler handler) {
  if (!policy.is_on()) return handler;
  return [policy, handler = std::move(handler)](http::Exchange& exchange) {
    return answer(policy, handler, exchange);
  };
}

http::ErrorRenderer with_cors(const CorsPolicy& policy, http::ErrorRenderer render) {
  if (!policy.is_on()) return render;
  return [policy, render = std::move(render)](const Error& error, const http::RequestHead& head) {
    http::Response response = render(error, head);
    add_cors_headers(policy, head, response);
    return response;
  };
}

}  // namespace partwise::api
