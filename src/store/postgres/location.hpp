#pragma once

// Which database: the URL of an operator, and what may be shown of it.

#include <string>

#include "store/postgres/libpq.hpp"

namespace partwise::postgres {

// A value.
struct Location {
  std::string url;    // As libpq reads it; may have a password in it.
  std::string shown;  // `postgres://host:port/database`, for messages and logs.

  // Errors: invalid_request, without the URL in the message.
  [[nodiscard]] static Result<Location> parse(const LibPq& pq, const std::string& url);
};

}  // namespace partwise::postgres
