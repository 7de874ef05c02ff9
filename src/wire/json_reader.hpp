#pragma once

// Untrusted text becomes a JSON value, or an error. Nothing of the parser behind it shows.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace partwise::wire {

struct JsonMember;
struct JsonValue;
using JsonArray = std::vector<JsonValue>;
// In the order of the document; no key stands in it twice.
using JsonObject = std::vector<JsonMember>;

struct JsonValue {
  // An integer is int64_t where it fits, else uint64_t. A number with a fraction or an exponent is
  // a double, also where its value is whole. monostate is null. Text is UTF-8.
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, JsonArray,
               JsonObject>
      value;

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value); }
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

struct JsonLimits {
  std::size_t depth_max = 32;
  // Three times as many as the longest list of parts. The loop converts them, and nobody is
  // answered meanwhile.
  std::size_t values_max = 32'768;
};

// Null if there is none.
[[nodiscard]] const JsonValue* find_member(const JsonObject& object, std::string_view key);

// The value as an error message shows it: texts in single quotes, cut after 64 bytes; arrays and
// objects without their content.
[[nodiscard]] std::string shown_value(const JsonValue& value);

// Errors: invalid_request, in the words of the live service, for anything but exactly one JSON
// value: text that is not UTF-8, a byte order mark, trailing garbage, a key that stands twice in
// one object (at any level), an integer beyond 64 bits, more than the limits allow.
[[nodiscard]] Result<JsonValue> parse_json(std::string_view text, JsonLimits limits = {});

}  // namespace partwise::wire
