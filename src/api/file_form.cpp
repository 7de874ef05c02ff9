#include "api/file_form.hpp"

#include <utility>

#include "wire/form_values.hpp"
#include "wire/refusals.hpp"
#include "wire/request_bodies.hpp"
#include "wire/utf8.hpp"

namespace partwise::api {

namespace {

constexpr std::string_view kExpiresAfter = "expires_after";
constexpr std::string_view kAnchor = "expires_after[anchor]";
constexpr std::string_view kSeconds = "expires_after[seconds]";
constexpr std::string_view kPurpose = "purpose";

// A name that can be kept: JSON has UTF-8 only, and databases cannot hold U+0000.
Result<std::string> filename_of(const http::FieldHead& head) {
  // Some clients send none.
  std::string filename = head.filename.value_or("file");
  if (wire::is_utf8(filename) && filename.find('\0') == std::string::npos) return filename;
  return fail(ErrorCode::invalid_request,
              "The file name is not UTF-8 text. Send it as UTF-8, or as filename*.", "file");
}

}  // namespace

FileForm::FileForm(ByteSource& body, std::string_view boundary,
                   std::span<const std::string_view> purposes, const ApiLimits& limits)
    : form_(body, boundary,
            {.content = "file",
             .texts = {kPurpose, kExpiresAfter, kAnchor, kSeconds},
             .text_bytes_max = limits.form_text_bytes_max,
             .form_bytes_max = limits.file_bytes_max + limits.form_overhead_bytes_max}),
      purposes_(purposes) {}

Task<Result<>> FileForm::find_file() {
  CO_CHECK(co_await form_.find_content());
  co_return note_request(/*complete=*/false);
}

Task<Result<PartDigests>> FileForm::finish() {
  CO_CHECK(co_await form_.finish());
  CO_CHECK(note_request(/*complete=*/true));
  co_return form_.digests();
}

Result<std::optional<std::int64_t>> FileForm::expires_after_seconds(bool complete) const {
  const auto object = form_.text(kExpiresAfter);
  const auto anchor = form_.text(kAnchor);
  const auto seconds = form_.text(kSeconds);
  if (object && (anchor || seconds)) {
    return fail(ErrorCode::invalid_request,
                "The form says 'expires_after' both as one field and as two. Send one of them.",
                std::string(kExpiresAfter));
  }
  if (object) return wire::parse_expires_after_object(*object);
  // One without the other may still get it.
  if (!complete && !(anchor && seconds)) return std::nullopt;
  return wire::parse_expires_after(anchor, seconds);
}

Result<> FileForm::note_request(bool complete) {
  TRY(const auto expires_after, expires_after_seconds(complete));
  const auto purpose = form_.text(kPurpose);
  if (!purpose && complete) return fail(wire::missing_property(kPurpose));
  TRY(auto filename, filename_of(form_.content_head()));
  if (!purpose) return {};
  TRY(const auto word, wire::parse_choice(*purpose, purposes_, kPurpose));
  request_ = CreateFileRequest{.filename = std::move(filename),
                               .purpose = parse_purpose(word).value(),  // One of those allowed.
                               .expires_after = {}};
  if (expires_after) request_->expires_after.emplace(*expires_after);
  return {};
}

}  // namespace partwise::api
