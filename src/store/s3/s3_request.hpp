#pragma once

// One request to the object store and its answer, as values: no network here.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/result.hpp"

namespace partwise::s3 {

// What a request sends: read in order, and again from its begin where it has to be sent again.
class RequestBody {
 public:
  virtual ~RequestBody() = default;
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  // Fills all of `out`, which lies within the body.
  [[nodiscard]] virtual Result<> read_at(std::uint64_t offset, MutableBytes out) = 0;
};

class TextBody final : public RequestBody {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] std::uint64_t bytes() const override { return text_.size(); }
  [[nodiscard]] Result<> read_at(std::uint64_t offset, MutableBytes out) override;

 private:
  const std::string text_;
};

struct Request {
  std::string method;
  std::string name = {};  // Of the object; empty: the bucket.
  std::vector<std::pair<std::string, std::string>> query = {};
  std::vector<std::string> headers = {};         // "name: value"
  RequestBody* body = nullptr;                   // Outlives the request.
  std::optional<Sha256Digest> body_sha256 = {};  // Of the body, where there is one.
};

struct Answer {
  long status = 0;
  std::string body = {};  // Not of content that is streamed.
  std::uint64_t content_length = 0;
  std::uint32_t retry_after_s = 0;
  std::string content_sha256 = {};  // As it was given to `put`; empty where nothing was.

  [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
};

// Takes one line of an answer's head into `answer`, where it says something that we need.
void note_header(Answer& answer, std::string_view line);

// A query as the signature wants it: sorted, encoded, and every name with its `=`.
[[nodiscard]] std::string query_text(std::vector<std::pair<std::string, std::string>> query);

// Standard base64 with its padding.
[[nodiscard]] std::string base64_text(Bytes bytes);

// The header under which an object keeps the digest of its content.
inline constexpr std::string_view kSha256Header = "x-amz-meta-partwise-sha256";

}  // namespace partwise::s3
