#pragma once

// The members of one JSON object, each asked for once by its name and type. What nobody asked for
// is an error: a misspelt setting must not silently measure something else.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/json_reader.hpp"

namespace partwise::load {

// Refers to the object, which outlives it. Errors of every member: invalid_request.
class JsonFields {
 public:
  // `where` names the object in errors.
  [[nodiscard]] static Result<JsonFields> of(const wire::JsonValue& value, std::string where);

  // nullptr if there is none; null counts as none.
  [[nodiscard]] const wire::JsonValue* find(std::string_view name);
  [[nodiscard]] Result<std::string> text(std::string_view name);
  [[nodiscard]] Result<std::string> text(std::string_view name, std::string_view otherwise);
  [[nodiscard]] Result<std::uint64_t> size(std::string_view name, std::uint64_t otherwise);
  [[nodiscard]] Result<std::optional<std::uint64_t>> optional_size(std::string_view name);
  // Whole or not.
  [[nodiscard]] Result<std::optional<double>> optional_number(std::string_view name);
  [[nodiscard]] Result<bool> flag(std::string_view name, bool otherwise);
  // Empty where it is absent.
  [[nodiscard]] Result<wire::JsonArray> array(std::string_view name);
  [[nodiscard]] Result<wire::JsonObject> object(std::string_view name);

  // To be called last.
  [[nodiscard]] Result<> require_nothing_else() const;
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  JsonFields(const wire::JsonObject& object, std::string where)
      : object_(&object), where_(std::move(where)) {}

  [[nodiscard]] std::unexpected<Error> wrong(std::string_view name, std::string_view wanted) const;

  const wire::JsonObject* object_;
  std::string where_;
  std::vector<std::string_view> asked_;
};

}  // namespace partwise::load
