#pragma once

// A form with one field of bulk content and some short texts before or after it, among them `md5`
// and `sha256` of the content. Other fields are ignored, because gateways add some.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/part.hpp"
#include "http/multipart.hpp"

namespace partwise::api {

// What one kind of form consists of.
struct ContentFormShape {
  // The field of the content, as `data`.
  std::string_view content;
  // The short texts that are wanted beside the digests, and the longest that any text may be.
  std::vector<std::string_view> texts;
  std::size_t text_bytes_max;
  // Of the whole form.
  std::uint64_t form_bytes_max;
};

// Used by one Task at a time. Errors of every verb, beside those named: those of the body;
// invalid_request for a malformed form, a malformed digest, and a text that is named twice or too
// long.
class ContentForm {
 public:
  // `body` outlives the form.
  ContentForm(ByteSource& body, std::string_view boundary, ContentFormShape shape);

  // Reads up to the content. Called once, before everything else. Errors: invalid_request where the
  // form has no such field.
  [[nodiscard]] Task<Result<>> find_content();
  // Above the content: its name and type.
  [[nodiscard]] const http::FieldHead& content_head() const { return content_head_; }
  [[nodiscard]] ByteSource& bytes() { return content_; }
  // Reads what follows the content. Errors: invalid_request for a second content.
  [[nodiscard]] Task<Result<>> finish();

  // What has been read so far.
  [[nodiscard]] const PartDigests& digests() const { return digests_; }
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

 private:
  // Reads fields until one is the content; false if the form ended before.
  [[nodiscard]] Task<Result<bool>> read_to_content();
  [[nodiscard]] Task<Result<>> read_text(std::string name);
  [[nodiscard]] Result<> note_digests();

  const ContentFormShape shape_;
  http::MultipartReader form_;
  http::FieldSource content_;
  http::FieldHead content_head_;
  std::map<std::string, std::string, std::less<>> texts_;
  PartDigests digests_;
};

}  // namespace partwise::api
