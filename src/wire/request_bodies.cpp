#include "wire/request_bodies.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "wire/digest_text.hpp"
#include "wire/json_reader.hpp"
#include "wire/refusals.hpp"

namespace partwise::wire {

namespace {

constexpr std::array<std::string_view, 1> kAnchors{"created_at"};

Result<JsonObject> as_object(JsonValue value) {
  if (auto* object = std::get_if<JsonObject>(&value.value)) return std::move(*object);
  return fail(ErrorCode::invalid_request,
              fmt::format("{} is not of type 'object': send a JSON object.", shown_value(value)));
}

Result<> require(const JsonObject& object, std::span<const std::string_view> keys,
                 std::string_view prefix = {}) {
  for (const std::string_view key : keys) {
    if (find_member(object, key) != nullptr) continue;
    Error missing = missing_property(key);
    missing.param = fmt::format("{}{}", prefix, key);
    return fail(std::move(missing));
  }
  return {};
}

// A text that can be kept: databases cannot hold U+0000.
Result<std::string> text_of(const JsonValue& value, std::string_view path) {
  const auto* text = std::get_if<std::string>(&value.value);
  if (text == nullptr) return fail(wrong_type(shown_value(value), "string", path));
  if (text->find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_request,
                fmt::format("The character U+0000 is not allowed - '{}'", path), std::string(path));
  }
  return *text;
}

Result<std::uint64_t> unsigned_of(const JsonValue& value, std::string_view path) {
  if (const auto* number = std::get_if<std::uint64_t>(&value.value)) return *number;
  const auto* number = std::get_if<std::int64_t>(&value.value);
  if (number == nullptr) return fail(wrong_type(shown_value(value), "integer", path));
  if (*number < 0) return fail(below_minimum(shown_value(value), 0, path));
  return static_cast<std::uint64_t>(*number);
}

Result<std::int64_t> signed_of(const JsonValue& value, std::string_view path) {
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) return *number;
  if (!std::holds_alternative<std::uint64_t>(value.value)) {
    return fail(wrong_type(shown_value(value), "integer", path));
  }
  return fail(above_maximum(shown_value(value), std::numeric_limits<std::int64_t>::max(), path));
}

Result<std::string> choice_of(const JsonValue& value, std::span<const std::string_view> choices,
                              std::string_view path) {
  TRY(std::string text, text_of(value, path));
  for (const std::string_view choice : choices) {
    if (text == choice) return text;
  }
  return fail(not_one_of(text, choices, path));
}

Result<std::optional<std::int64_t>> expires_after_of(const JsonValue* value) {
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto* object = std::get_if<JsonObject>(&value->value);
  if (object == nullptr) return fail(wrong_type(shown_value(*value), "object", "expires_after"));
  constexpr std::array<std::string_view, 2> kRequired{"anchor", "seconds"};
  CHECK(require(*object, kRequired, "expires_after."));
  CHECK(choice_of(*find_member(*object, "anchor"), kAnchors, "expires_after.anchor"));
  TRY(const std::int64_t seconds,
      signed_of(*find_member(*object, "seconds"), "expires_after.seconds"));
  return seconds;
}

Result<std::vector<std::string>> part_ids_of(const JsonValue& value) {
  const auto* items = std::get_if<JsonArray>(&value.value);
  if (items == nullptr) return fail(wrong_type(shown_value(value), "array", "part_ids"));
  if (items->size() > kPartIdsMax) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} ids are more than the maximum of {} - 'part_ids'", items->size(),
                            kPartIdsMax),
                "part_ids");
  }
  std::vector<std::string> ids;
  ids.reserve(items->size());
  for (const JsonValue& item : *items) {
    auto id = text_of(item, fmt::format("part_ids.{}", ids.size()));
    if (!id) {
      id.error().param = "part_ids";
      return fail(std::move(id).error());
    }
    ids.push_back(std::move(*id));
  }
  return ids;
}

Result<std::optional<Md5Digest>> md5_of(const JsonValue* value) {
  if (value == nullptr || value->is_null()) return std::nullopt;
  TRY(const std::string text, text_of(*value, "md5"));
  return parse_md5(text, "md5");
}

}  // namespace

Result<CreateUploadBody> parse_create_upload_body(std::string_view json,
                                                  std::span<const std::string_view> purposes) {
  TRY(JsonValue root, parse_json(json));
  TRY(const JsonObject object, as_object(std::move(root)));
  constexpr std::array<std::string_view, 4> kRequired{"filename", "purpose", "bytes", "mime_type"};
  CHECK(require(object, kRequired));
  CreateUploadBody body;
  TRY(body.filename, text_of(*find_member(object, "filename"), "filename"));
  TRY(body.purpose, choice_of(*find_member(object, "purpose"), purposes, "purpose"));
  TRY(body.bytes, unsigned_of(*find_member(object, "bytes"), "bytes"));
  TRY(body.mime_type, text_of(*find_member(object, "mime_type"), "mime_type"));
  TRY(body.expires_after_seconds, expires_after_of(find_member(object, "expires_after")));
  return body;
}

Result<CreateKeyBody> parse_create_key_body(std::string_view json,
                                            std::span<const std::string_view> roles) {
  TRY(JsonValue root, parse_json(json));
  TRY(const JsonObject object, as_object(std::move(root)));
  constexpr std::array<std::string_view, 1> kRequired{"project"};
  CHECK(require(object, kRequired));
  CreateKeyBody body;
  body.role = roles.front();
  TRY(body.project, text_of(*find_member(object, "project"), "project"));
  if (const auto* name = find_member(object, "name"); name != nullptr && !name->is_null()) {
    TRY(body.name, text_of(*name, "name"));
  }
  if (const auto* role = find_member(object, "role"); role != nullptr && !role->is_null()) {
    TRY(body.role, choice_of(*role, roles, "role"));
  }
  if (const auto* time = find_member(object, "expires_in"); time != nullptr && !time->is_null()) {
    TRY(body.expires_in_seconds, signed_of(*time, "expires_in"));
  }
  return body;
}

Result<CompleteUploadBody> parse_complete_upload_body(std::string_view json) {
  TRY(JsonValue root, parse_json(json));
  TRY(const JsonObject object, as_object(std::move(root)));
  constexpr std::array<std::string_view, 1> kRequired{"part_ids"};
  CHECK(require(object, kRequired));
  CompleteUploadBody body;
  TRY(body.part_ids, part_ids_of(*find_member(object, "part_ids")));
  TRY(body.md5, md5_of(find_member(object, "md5")));
  return body;
}

Result<std::optional<std::int64_t>> parse_expires_after_object(std::string_view json) {
  auto value = parse_json(json);
  if (!value) return fail(wrong_type(shown_text(json), "object", "expires_after"));
  return expires_after_of(&*value);
}

}  // namespace partwise::wire
