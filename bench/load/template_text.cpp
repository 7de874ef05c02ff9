#include "load/template_text.hpp"

#include <fmt/format.h>

namespace partwise::load {

void Variables::begin_iteration(std::uint64_t number) {
  iteration_ = number;
  iteration_text_ = std::to_string(number);
  captured_.clear();
}

void Variables::capture(std::string_view name, std::string_view value) {
  for (auto& [known, text] : captured_) {
    if (known == name) {
      text = value;
      return;
    }
  }
  captured_.emplace_back(name, value);
}

const std::string* Variables::find(std::string_view name) const {
  for (const auto& [known, text] : captured_) {
    if (known == name) return &text;
  }
  if (name == "n") return &iteration_text_;
  if (name == "c") return &connection_;
  const auto list = lists_->find(name);
  if (list == lists_->end() || list->second.empty()) return nullptr;
  return &list->second[iteration_ % list->second.size()];
}

Result<TemplateText> TemplateText::parse(std::string_view text) {
  TemplateText parsed;
  while (!text.empty()) {
    const std::size_t hole = text.find("${");
    if (hole != 0) parsed.pieces_.push_back({std::string(text.substr(0, hole)), false});
    if (hole == std::string_view::npos) break;
    const std::size_t end = text.find('}', hole);
    if (end == std::string_view::npos) {
      return fail(ErrorCode::invalid_request, fmt::format("'{}' has a '${{' without '}}'.", text));
    }
    parsed.pieces_.push_back({std::string(text.substr(hole + 2, end - hole - 2)), true});
    text.remove_prefix(end + 1);
  }
  return parsed;
}

Result<> TemplateText::append_to(std::string& out, const Variables& variables) const {
  for (const Piece& piece : pieces_) {
    if (!piece.is_hole) {
      out += piece.text;
      continue;
    }
    const std::string* const value = variables.find(piece.text);
    if (value == nullptr) {
      return fail(ErrorCode::not_found, fmt::format("Nothing fills ${{{}}}.", piece.text));
    }
    out += *value;
  }
  return {};
}

Result<std::string> TemplateText::render(const Variables& variables) const {
  std::string out;
  CHECK(append_to(out, variables));
  return out;
}

}  // namespace partwise::load
