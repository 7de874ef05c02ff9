#include "api/content_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "wire/digest_text.hpp"
#include "wire/refusals.hpp"

namespace partwise::api {

namespace {

constexpr std::string_view kMd5 = "md5";
constexpr std::string_view kSha256 = "sha256";

http::FormLimits form_limits(std::uint64_t form_bytes_max) {
  http::FormLimits limits;
  limits.form_bytes_max = form_bytes_max;
  return limits;
}

Error named_twice(std::string_view name, std::string_view advice) {
  return {ErrorCode::invalid_request, fmt::format("The form has two fields '{}'.{}", name, advice),
          std::string(name)};
}

}  // namespace

ContentForm::ContentForm(ByteSource& body, std::string_view boundary, ContentFormShape shape)
    : shape_(std::move(shape)),
      form_(body, boundary, form_limits(shape_.form_bytes_max)),
      content_(form_) {}

Task<Result<>> ContentForm::find_content() {
  CO_TRY(const bool found, co_await read_to_content());
  if (!found) co_return fail(wire::missing_property(shape_.content));
  co_return Result<>{};
}

Task<Result<>> ContentForm::finish() {
  const http::FieldHead head = content_head_;
  CO_TRY(const bool found, co_await read_to_content());
  if (found) {
    co_return fail(named_twice(shape_.content, " Send each of them in a request of its own."));
  }
  content_head_ = head;
  co_return Result<>{};
}

std::optional<std::string> ContentForm::text(std::string_view name) const {
  const auto found = texts_.find(name);
  if (found == texts_.end()) return std::nullopt;
  return found->second;
}

Task<Result<bool>> ContentForm::read_to_content() {
  for (;;) {
    CO_TRY(auto field, co_await form_.next_field());
    if (!field) co_return false;
    if (field->name == shape_.content) {
      content_head_ = std::move(*field);
      co_return true;
    }
    const bool is_digest = field->name == kMd5 || field->name == kSha256;
    if (is_digest || std::ranges::find(shape_.texts, field->name) != shape_.texts.end()) {
      CO_CHECK(co_await read_text(std::move(field->name)));
    }
  }
}

Task<Result<>> ContentForm::read_text(std::string name) {
  if (texts_.contains(name)) co_return fail(named_twice(name, ""));
  auto text = co_await form_.read_field_text(shape_.text_bytes_max);
  if (!text && text.error().code == ErrorCode::too_large) {
    co_return fail(
        ErrorCode::invalid_request,
        fmt::format("The field '{}' has more than {} bytes.", name, shape_.text_bytes_max), name);
  }
  if (!text) co_return fail(std::move(text).error());
  texts_.emplace(std::move(name), std::move(*text));
  co_return note_digests();
}

Result<> ContentForm::note_digests() {
  TRY(digests_.md5, wire::parse_md5(text(kMd5).value_or(""), kMd5));
  TRY(digests_.sha256, wire::parse_sha256(text(kSha256).value_or(""), kSha256));
  return {};
}

}  // namespace partwise::api
