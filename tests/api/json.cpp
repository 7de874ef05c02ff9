#include <cstdint>

#include "api/harness.hpp"

namespace partwise::test {

Json::Json(std::string_view text) {
  if (auto parsed = wire::parse_json(text, {.values_max = SIZE_MAX})) root_ = std::move(*parsed);
}

const wire::JsonValue* Json::find(std::string_view path) const {
  const wire::JsonValue* value = &root_;
  while (value != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const auto* object = std::get_if<wire::JsonObject>(&value->value);
    value = object == nullptr ? nullptr : wire::find_member(*object, path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value;
}

std::vector<std::string> Json::keys(std::string_view path) const {
  std::vector<std::string> names;
  const wire::JsonValue* value = find(path);
  const auto* object = value == nullptr ? nullptr : std::get_if<wire::JsonObject>(&value->value);
  if (object == nullptr) return names;
  for (const wire::JsonMember& member : *object) names.push_back(member.key);
  return names;
}

std::string Json::text(std::string_view path) const {
  const wire::JsonValue* value = find(path);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(&value->value);
  return text == nullptr ? std::string() : *text;
}

std::int64_t Json::number(std::string_view path) const {
  const wire::JsonValue* value = find(path);
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(&value->value);
  return number == nullptr ? -1 : *number;
}

bool Json::truth(std::string_view path) const {
  const wire::JsonValue* value = find(path);
  const auto* truth = value == nullptr ? nullptr : std::get_if<bool>(&value->value);
  return truth != nullptr && *truth;
}

bool Json::is_null(std::string_view path) const {
  const wire::JsonValue* value = find(path);
  return value != nullptr && value->is_null();
}

std::vector<std::string> Json::texts(std::string_view path, std::string_view key) const {
  std::vector<std::string> found;
  const wire::JsonValue* value = find(path);
  const auto* items = value == nullptr ? nullptr : std::get_if<wire::JsonArray>(&value->value);
  if (items == nullptr) return found;
  for (const wire::JsonValue& item : *items) {
    const auto* object = std::get_if<wire::JsonObject>(&item.value);
    const auto* member = object == nullptr ? nullptr : wire::find_member(*object, key);
    const auto* text = member == nullptr ? nullptr : std::get_if<std::string>(&member->value);
    found.push_back(text == nullptr ? std::string() : *text);
  }
  return found;
}

}  // namespace partwise::test
