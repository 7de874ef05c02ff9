#pragma once

// An answer with a JSON body.

#include <string>
#include <utility>

#include "http/response.hpp"
#include "wire/objects.hpp"

namespace partwise::api {

// Status 200.
template <class WireObject>
[[nodiscard]] http::Response json_response(const WireObject& object) {
  http::Response response;
  response.headers.push_back({"content-type", "application/json"});
  response.text = wire::to_json(object);
  return response;
}

}  // namespace partwise::api
