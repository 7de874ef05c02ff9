#pragma once

// Who we are for the object store. Never part of a message or a log line.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise::s3 {

struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // Empty for keys that last.

  // From the text of a credentials file as the tools of AWS write it, its profile `default`:
  //   [default]
  //   aws_access_key_id = ...
  //   aws_secret_access_key = ...
  // Error: invalid_request (the two are not both there), without any text of the file.
  [[nodiscard]] static Result<S3Credentials> parse(std::string_view text);

  [[nodiscard]] bool are_whole() const { return !access_key.empty() && !secret_key.empty(); }
};

}  // namespace partwise::s3
