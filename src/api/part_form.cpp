#include "api/part_form.hpp"

namespace partwise::api {

PartForm::PartForm(ByteSource& body, std::string_view boundary, const ApiLimits& limits)
    : form_(body, boundary,
            {.content = "data",
             .texts = {},
             .text_bytes_max = limits.form_text_bytes_max,
             .form_bytes_max = limits.part_bytes_max + limits.form_overhead_bytes_max}) {}

Task<Result<PartDigests>> PartForm::finish() {
  CO_CHECK(co_await form_.finish());
  co_return form_.digests();
}

}  // namespace partwise::api
