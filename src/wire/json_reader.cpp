#include "wire/json_reader.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "wire/refusals.hpp"

namespace partwise::wire {

namespace {

namespace dom = simdjson::dom;

std::unexpected<Error> unparsable(std::string_view reason) {
  return fail(
      ErrorCode::invalid_request,
      fmt::format("We could not parse the JSON body of your request. The API expects one JSON "
                  "object in UTF-8, but {}.",
                  reason));
}

std::string_view reason_of(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY:
      return "the body is empty";
    case simdjson::DEPTH_ERROR:
      return "the body is nested too deeply";
    case simdjson::NUMBER_ERROR:
      return "the body has a number that is malformed or too large";
    case simdjson::STRING_ERROR:
      return "the body has a malformed string";
    case simdjson::UTF8_ERROR:
      return "the body is not UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "the body has a string without an end";
    default:
      return "what was sent is not valid JSON";
  }
}

bool has_duplicates(const JsonObject& object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const JsonMember& member : object) keys.push_back(member.key);
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

// Recursion is bounded by the depth that the parser accepted. The getters cannot fail: the type is
// known.
class Converter {
 public:
  explicit Converter(std::size_t values_max) : values_left_(values_max) {}

  Result<JsonValue> convert(const dom::element& element) {
    if (values_left_-- == 0) return unparsable("the body has too many values");
    switch (element.type()) {
      case dom::element_type::ARRAY:
        return convert_array(element.get_array().value_unsafe());
      case dom::element_type::OBJECT:
        return convert_object(element.get_object().value_unsafe());
      case dom::element_type::INT64:
        return JsonValue{element.get_int64().value_unsafe()};
      case dom::element_type::UINT64:
        return JsonValue{element.get_uint64().value_unsafe()};
      case dom::element_type::DOUBLE:
        return JsonValue{element.get_double().value_unsafe()};
      case dom::element_type::BOOL:
        return JsonValue{element.get_bool().value_unsafe()};
      case dom::element_type::NULL_VALUE:
        return JsonValue{};
      case dom::element_type::STRING:
        return JsonValue{std::string(element.get_string().value_unsafe())};
    }
    return fail(ErrorCode::internal, "The JSON parser gave a value of no known type.");
  }

 private:
  // What follows one that is too many is not looked at, so that nothing is reserved for it.
  Result<JsonValue> convert_array(const dom::array& array) {
    JsonArray items;
    items.reserve(std::min(array.size(), values_left_));
    for (const dom::element item : array) {
      TRY(JsonValue value, convert(item));
      items.push_back(std::move(value));
    }
    return JsonValue{std::move(items)};
  }

  Result<JsonValue> convert_object(const dom::object& object) {
    JsonObject members;
    members.reserve(std::min(object.size(), values_left_));
    for (const dom::key_value_pair member : object) {
      TRY(JsonValue value, convert(member.value));
      members.push_back({std::string(member.key), std::move(value)});
    }
    if (has_duplicates(members)) {
      return unparsable("the body has an object with the same key twice");
    }
    return JsonValue{std::move(members)};
  }

  std::size_t values_left_;
};

}  // namespace

const JsonValue* find_member(const JsonObject& object, std::string_view key) {
  const auto found = std::ranges::find(object, key, &JsonMember::key);
  return found == object.end() ? nullptr : &found->value;
}

std::string shown_value(const JsonValue& value) {
  struct Shown {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(std::uint64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(const std::string& text) const { return shown_text(text); }
    std::string operator()(const JsonArray& items) const { return items.empty() ? "[]" : "[...]"; }
    std::string operator()(const JsonObject& members) const {
      return members.empty() ? "{}" : "{...}";
    }
  };
  return std::visit(Shown{}, value.value);
}

Result<JsonValue> parse_json(std::string_view text, JsonLimits limits) {
  if (text.starts_with("\xEF\xBB\xBF")) return unparsable("the body starts with a byte order mark");
  dom::parser parser;
  if (const auto error = parser.allocate(std::max<std::size_t>(text.size(), 1), limits.depth_max)) {
    return fail(ErrorCode::overloaded,
                fmt::format("The body of {} bytes could not be parsed for want of memory: {}.",
                            text.size(), simdjson::error_message(error)));
  }
  dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root)) {
    return unparsable(reason_of(error));
  }
  return Converter(limits.values_max).convert(root);
}

}  // namespace partwise::wire
