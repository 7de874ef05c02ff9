// parse_json and the bodies of requests: what was read is written and read again the same, and what
// is accepted keeps the contract of its type.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/require.hpp"
#include "wire/json_reader.hpp"
#include "wire/json_writer.hpp"
#include "wire/request_bodies.hpp"
#include "wire/utf8.hpp"

namespace {

using partwise::test::require;
using namespace partwise::wire;

constexpr std::size_t kDepthMax = 8;

// A number with a fraction is written as a text: how it was spelled does not matter here.
void write(JsonWriter& out, const JsonValue& value, std::size_t depth) {
  require(depth <= kDepthMax);
  if (value.is_null()) out.null();
  if (const auto* truth = std::get_if<bool>(&value.value)) out.boolean(*truth);
  if (const auto* number = std::get_if<std::int64_t>(&value.value)) out.number(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value.value)) out.number(*number);
  if (const auto* number = std::get_if<double>(&value.value)) out.text(fmt::format("{}", *number));
  if (const auto* text = std::get_if<std::string>(&value.value)) {
    require(is_utf8(*text));
    out.text(*text);
  }
  if (const auto* items = std::get_if<JsonArray>(&value.value)) {
    out.begin_array();
    for (const JsonValue& item : *items) write(out, item, depth + 1);
    out.end_array();
  }
  if (const auto* members = std::get_if<JsonObject>(&value.value)) {
    out.begin_object();
    for (const auto& [key, member] : *members) {
      require(find_member(*members, key) == &member);  // No key stands twice.
      write(out.key(key), member, depth + 1);
    }
    out.end_object();
  }
}

std::string written(const JsonValue& value) {
  JsonWriter out;
  write(out, value, 0);
  return out.take();
}

bool is_keepable(std::string_view text) {
  return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

void check_bodies(std::string_view text) {
  if (const auto body = parse_create_upload_body(text, kInputPurposes)) {
    require(is_keepable(body->filename) && is_keepable(body->mime_type));
    require(std::ranges::find(kInputPurposes, body->purpose) != kInputPurposes.end());
  }
  if (const auto body = parse_complete_upload_body(text)) {
    require(body->part_ids.size() <= kPartIdsMax);
    require(std::ranges::all_of(body->part_ids, is_keepable));
  }
  constexpr std::string_view kRoles[]{"user", "admin"};
  if (const auto body = parse_create_key_body(text, kRoles)) {
    require(is_keepable(body->project) && is_keepable(body->name));
    require(body->role == kRoles[0] || body->role == kRoles[1]);
  }
  (void)parse_expires_after_object(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_bodies(text);
  const auto value = parse_json(text, {.depth_max = kDepthMax});
  if (!value) {
    require(is_utf8(value.error().message) || !is_utf8(text));
    return 0;
  }
  require(is_utf8(text));
  const std::string once = written(*value);
  require(std::ranges::none_of(once, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }));
  const auto again = parse_json(once, {.depth_max = kDepthMax});
  require(again && written(*again) == once);
  return 0;
}
