#pragma once

// Which pages of a browser may use the API (Cross-Origin Resource Sharing). Off unless origins are
// named. It protects nobody's data, which is what keys are for: it says whether a browser shows our
// answers to a page from elsewhere.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/exchange.hpp"

namespace partwise::api {

// A value: whose pages may.
struct CorsPolicy {
  bool any_origin = false;
  std::vector<std::string> origins;  // As browsers write them: https://app.example.com:8443.

  [[nodiscard]] bool is_on() const { return any_origin || !origins.empty(); }

  friend bool operator==(const CorsPolicy&, const CorsPolicy&) = default;
};

// `*`, `none`, or origins separated by commas. Error: invalid_request with the end of a sentence.
[[nodiscard]] Result<CorsPolicy> parse_cors_origins(std::string_view text);

// `handler`, and before it the answer to a browser that asks, without a key, whether it may send a
// request to one of our paths. All other answers get the headers that show them to the page, errors
// too: else it learns only that something failed. Changes nothing where the policy is off.
[[nodiscard]] http::Handler with_cors(const CorsPolicy& policy, http::Handler handler);
[[nodiscard]] http::ErrorRenderer with_cors(const CorsPolicy& policy, http::ErrorRenderer render);

}  // namespace partwise::api
