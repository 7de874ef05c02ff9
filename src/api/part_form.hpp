#pragma once

// The form of `POST /uploads/{id}/parts`: one field `data` with the content of the part, and `md5`
// and `sha256` before or after it.

#include <string_view>

#include "api/content_form.hpp"
#include "api/limits.hpp"
#include "core/incoming_content.hpp"

namespace partwise::api {

// A form that its limits let through has `data` of at most part_bytes_max bytes and a bounded rest:
// the domain still has to refuse content that is larger.
class PartForm final : public IncomingContent {
 public:
  // `body` outlives the form.
  PartForm(ByteSource& body, std::string_view boundary, const ApiLimits& limits);

  // Reads up to the content of `data`. Called once, before everything else. Errors: as in
  // ContentForm.
  [[nodiscard]] Task<Result<>> find_data() { return form_.find_content(); }

  [[nodiscard]] ByteSource& bytes() override { return form_.bytes(); }
  [[nodiscard]] PartDigests expected_so_far() const override { return form_.digests(); }
  [[nodiscard]] Task<Result<PartDigests>> finish() override;

 private:
  ContentForm form_;
};

}  // namespace partwise::api
