#include "api/part_form.hpp"

#include <fmt/format.h>

#include "wire/digest_text.hpp"
#include "wire/refusals.hpp"

namespace partwise::api {

namespace {

http::FormLimits form_limits(const ApiLimits& limits) {
  http::FormLimits form;
  form.form_bytes_max = limits.part_bytes_max + limits.form_overhead_bytes_max;
  return form;
}

}  // namespace

PartForm::PartForm(ByteSource& body, std::string_view boundary, const ApiLimits& limits)
    : digest_field_bytes_max_(limits.digest_field_bytes_max),
      form_(body, boundary, form_limits(limits)),
      data_(form_) {}

Task<Result<>> PartForm::find_data() {
  CO_TRY(const bool found, co_await read_to_data());
  if (!found) co_return fail(wire::missing_property("data"));
  co_return Result<>{};
}

Task<Result<PartDigests>> PartForm::finish() {
  CO_TRY(const bool found, co_await read_to_data());
  if (found) {
    co_return fail(ErrorCode::invalid_request,
                   "The form has two fields 'data'. Send each part in a request of its own.",
                   "data");
  }
  co_return digests_;
}

Task<Result<bool>> PartForm::read_to_data() {
  for (;;) {
    CO_TRY(const auto field, co_await form_.next_field());
    if (!field) co_return false;
    if (field->name == "data") co_return true;
    if (field->name == "md5") {
      CO_TRY(const std::string text, co_await read_digest("md5", digests_.md5.has_value()));
      CO_TRY(digests_.md5, wire::parse_md5(text, "md5"));
    } else if (field->name == "sha256") {
      CO_TRY(const std::string text, co_await read_digest("sha256", digests_.sha256.has_value()));
      CO_TRY(digests_.sha256, wire::parse_sha256(text, "sha256"));
    }
  }
}

Task<Result<std::string>> PartForm::read_digest(std::string_view name, bool known) {
  if (known) {
    co_return fail(ErrorCode::invalid_request, fmt::format("The form has two fields '{}'.", name),
                   std::string(name));
  }
  auto text = co_await form_.read_field_text(digest_field_bytes_max_);
  if (!text && text.error().code == ErrorCode::too_large) {
    co_return fail(ErrorCode::invalid_request,
                   fmt::format("The field '{}' is longer than any digest.", name),
                   std::string(name));
  }
  co_return text;
}

}  // namespace partwise::api
