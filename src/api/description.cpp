#include "api/description.hpp"

namespace partwise::api {

Task<Result<http::Response>> get_description(Call&) {
  http::Response response;
  response.headers.push_back({"content-type", "application/yaml"});
  response.text = description_text();
  co_return response;
}

}  // namespace partwise::api
