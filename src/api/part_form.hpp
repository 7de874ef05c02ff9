#pragma once

// The form of `POST /uploads/{id}/parts`: one field `data` with the content of the part, and `md5`
// and `sha256` before or after it. Other fields are ignored, because gateways add some.

#include <string_view>

#include "api/limits.hpp"
#include "core/upload_service.hpp"
#include "http/multipart.hpp"

namespace partwise::api {

// A form that its limits let through has `data` of at most part_bytes_max bytes and a bounded rest:
// the domain still has to refuse content that is larger.
class PartForm final : public PartContent {
 public:
  // `body` outlives the form.
  PartForm(ByteSource& body, std::string_view boundary, const ApiLimits& limits);

  // Reads up to the content of `data`. Called once, before everything else.
  // Errors: invalid_request (no `data`, a malformed digest or form); those of the body.
  [[nodiscard]] Task<Result<>> find_data();

  [[nodiscard]] ByteSource& bytes() override { return data_; }
  [[nodiscard]] PartDigests expected_so_far() const override { return digests_; }
  // Errors: as find_data; invalid_request for a second `data`.
  [[nodiscard]] Task<Result<PartDigests>> finish() override;

 private:
  // Reads fields until one is called `data`; false if the form ended before.
  [[nodiscard]] Task<Result<bool>> read_to_data();
  // A digest that is named twice is invalid_request.
  [[nodiscard]] Task<Result<std::string>> read_digest(std::string_view name, bool known);

  const std::size_t digest_field_bytes_max_;
  http::MultipartReader form_;
  http::FieldSource data_;
  PartDigests digests_;
};

}  // namespace partwise::api
