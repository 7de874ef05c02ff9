#include "http/header_parameters.hpp"

#include <algorithm>

#include "http/grammar.hpp"

namespace partwise::http {

HeaderParameters::HeaderParameters(std::string_view value) : rest_(value) {
  front_ = trim(cut_front(rest_, ';'));
}

Result<std::optional<HeaderParameter>> HeaderParameters::next() {
  rest_ = trim(rest_);
  while (rest_.starts_with(';')) rest_ = trim(rest_.substr(1));
  if (rest_.empty()) return std::nullopt;

  const std::size_t name_end = std::min(rest_.find_first_of("=;"), rest_.size());
  HeaderParameter parameter{.name = trim(rest_.substr(0, name_end)), .value = {}};
  if (!is_token(parameter.name) || name_end == rest_.size() || rest_[name_end] != '=') {
    return fail(ErrorCode::invalid_request,
                "A parameter of a header must be a name, '=' and a value.");
  }
  rest_ = trim(rest_.substr(name_end + 1));
  if (!rest_.starts_with('"')) {
    parameter.value = trim(cut_front(rest_, ';'));
    return parameter;
  }
  parameter.quoted = true;
  TRY(parameter.value, take_quoted());
  rest_ = trim(rest_);
  if (!rest_.empty() && rest_.front() != ';') {
    return fail(ErrorCode::invalid_request, "A quoted value of a header must end before ';'.");
  }
  return parameter;
}

Result<std::string> HeaderParameters::take_quoted() {
  std::string value;
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    if (rest_[i] == '"') {
      rest_.remove_prefix(i + 1);
      return value;
    }
    const bool escape =
        rest_[i] == '\\' && i + 1 < rest_.size() && (rest_[i + 1] == '"' || rest_[i + 1] == '\\');
    if (escape) ++i;
    value.push_back(rest_[i]);
  }
  return fail(ErrorCode::invalid_request, "A quoted value of a header is not closed.");
}

}  // namespace partwise::http
