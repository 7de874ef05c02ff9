#include "load/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace partwise::load {

using wire::JsonArray;
using wire::JsonObject;
using wire::JsonValue;

Result<JsonFields> JsonFields::of(const JsonValue& value, std::string where) {
  const auto* const object = std::get_if<JsonObject>(&value.value);
  if (object == nullptr) {
    return fail(ErrorCode::invalid_request, fmt::format("{} is not an object.", where));
  }
  return JsonFields(*object, std::move(where));
}

std::unexpected<Error> JsonFields::wrong(std::string_view name, std::string_view wanted) const {
  return fail(ErrorCode::invalid_request, fmt::format("{}.{} is not {}.", where_, name, wanted));
}

const JsonValue* JsonFields::find(std::string_view name) {
  asked_.push_back(name);
  const JsonValue* const value = wire::find_member(*object_, name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<std::string> JsonFields::text(std::string_view name) {
  const JsonValue* const value = find(name);
  const auto* const text = value ? std::get_if<std::string>(&value->value) : nullptr;
  if (text == nullptr) return wrong(name, "a text");
  return *text;
}

Result<std::string> JsonFields::text(std::string_view name, std::string_view otherwise) {
  if (find(name) == nullptr) return std::string(otherwise);
  return text(name);
}

Result<std::uint64_t> JsonFields::size(std::string_view name, std::uint64_t otherwise) {
  TRY(const auto found, optional_size(name));
  return found.value_or(otherwise);
}

Result<std::optional<std::uint64_t>> JsonFields::optional_size(std::string_view name) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return std::optional<std::uint64_t>{};
  const auto* const number = std::get_if<std::int64_t>(&value->value);
  if (number == nullptr || *number < 0) return wrong(name, "a whole number of 0 or more");
  return std::optional(static_cast<std::uint64_t>(*number));
}

Result<std::optional<double>> JsonFields::optional_number(std::string_view name) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return std::optional<double>{};
  if (const auto* const whole = std::get_if<std::int64_t>(&value->value)) {
    return std::optional(static_cast<double>(*whole));
  }
  const auto* const number = std::get_if<double>(&value->value);
  if (number == nullptr) return wrong(name, "a number");
  return std::optional(*number);
}

Result<bool> JsonFields::flag(std::string_view name, bool otherwise) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return otherwise;
  const auto* const flag = std::get_if<bool>(&value->value);
  if (flag == nullptr) return wrong(name, "true or false");
  return *flag;
}

Result<JsonArray> JsonFields::array(std::string_view name) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return JsonArray{};
  const auto* const array = std::get_if<JsonArray>(&value->value);
  if (array == nullptr) return wrong(name, "an array");
  return *array;
}

Result<JsonObject> JsonFields::object(std::string_view name) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return JsonObject{};
  const auto* const object = std::get_if<JsonObject>(&value->value);
  if (object == nullptr) return wrong(name, "an object");
  return *object;
}

Result<> JsonFields::require_nothing_else() const {
  for (const wire::JsonMember& member : *object_) {
    if (std::ranges::find(asked_, member.key) == asked_.end()) {
      return fail(ErrorCode::invalid_request, fmt::format("{} has no '{}'.", where_, member.key));
    }
  }
  return {};
}

}  // namespace partwise::load
