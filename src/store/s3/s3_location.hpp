#pragma once

// Where blobs lie in an object store, as an operator writes it:
//   s3://BUCKET[/PREFIX]?region=REGION[&endpoint=URL][&addressing=path|host]
// Credentials are never part of it.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise::s3 {

struct S3Location {
  std::string bucket;
  std::string prefix;    // Without slashes at its ends; may be empty.
  std::string endpoint;  // https://host[:port], without a path.
  std::string region;
  // host: the bucket is part of the host's name, as AWS wants it; path: the first part of the path,
  // as others do. Where nothing is said: host without an endpoint, else path.
  enum class Addressing { path, host };
  Addressing addressing = Addressing::path;

  // Errors: invalid_request with the end of a sentence: "'s3://' names no bucket."
  [[nodiscard]] static Result<S3Location> parse(std::string_view text);

  // The URL of an object, or of the bucket where `name` is empty. `name` consists of characters
  // that stand for themselves in a URL.
  [[nodiscard]] std::string url_of(std::string_view name) const;
  // The name of an object below the prefix: "PREFIX/rest", or "rest".
  [[nodiscard]] std::string name_of(std::string_view rest) const;
  // s3://bucket/prefix: what the same place is called whatever way leads there.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const S3Location&, const S3Location&) = default;
};

}  // namespace partwise::s3
