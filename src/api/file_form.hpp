#pragma once

// The form of `POST /files`: one field `file` with the content, and `purpose`,
// `expires_after[anchor]` and `expires_after[seconds]` or `expires_after` as one JSON object, `md5`
// and `sha256` before or after it.

#include <optional>
#include <span>
#include <string_view>

#include "api/content_form.hpp"
#include "api/limits.hpp"
#include "core/file_service.hpp"

namespace partwise::api {

class FileForm final : public IncomingFile {
 public:
  // `body` outlives the form; `purposes` are those that the key may ask for, and live as long.
  FileForm(ByteSource& body, std::string_view boundary, std::span<const std::string_view> purposes,
           const ApiLimits& limits);

  // Reads up to the content of `file`, and judges what stands before it. Called once, before
  // everything else. Errors: as in ContentForm; invalid_request for a text that is not what its
  // field takes.
  [[nodiscard]] Task<Result<>> find_file();

  [[nodiscard]] ByteSource& bytes() override { return form_.bytes(); }
  [[nodiscard]] PartDigests expected_so_far() const override { return form_.digests(); }
  [[nodiscard]] std::optional<CreateFileRequest> request() const override { return request_; }
  // Errors: as in find_file; invalid_request without `purpose`.
  [[nodiscard]] Task<Result<PartDigests>> finish() override;

 private:
  [[nodiscard]] Result<std::optional<std::int64_t>> expires_after_seconds(bool complete) const;
  // Reads request_ from the texts; `complete`: no more of them will come.
  [[nodiscard]] Result<> note_request(bool complete);

  ContentForm form_;
  const std::span<const std::string_view> purposes_;
  std::optional<CreateFileRequest> request_;
};

}  // namespace partwise::api
