#include "wire/json_lines.hpp"

#include <fmt/format.h>
#include <simdjson.h>

namespace partwise::wire {

namespace {

std::unexpected<Error> wrong_line(std::uint64_t number, std::string_view reason) {
  return fail(ErrorCode::invalid_request,
              fmt::format("Line {} of the file {}. Each line must be one JSON object in UTF-8.",
                          number, reason),
              "file");
}

}  // namespace

struct JsonLines::Parser {
  simdjson::dom::parser dom;
};

JsonLines::JsonLines(JsonLinesLimits limits)
    : limits_(limits), parser_(std::make_unique<Parser>()) {}

JsonLines::~JsonLines() = default;

Result<> JsonLines::update(Bytes piece) {
  std::string_view text = as_text(piece);
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    CHECK(append(text.substr(0, end)));
    CHECK(end_line());
    text.remove_prefix(end + 1);
  }
  return append(text);
}

Result<> JsonLines::append(std::string_view text) {
  if (text.size() > limits_.line_bytes_max - line_.size()) {
    return wrong_line(line_number_, fmt::format("has more than {} bytes", limits_.line_bytes_max));
  }
  line_.append(text);
  return {};
}

Result<> JsonLines::end_line() {
  const bool is_blank = line_.find_first_not_of(" \t\r") == std::string::npos;
  if (!is_blank) {
    // The parser reads a little beyond the text.
    line_.reserve(line_.size() + simdjson::SIMDJSON_PADDING);
    if (parser_->dom.allocate(line_.size(), limits_.depth_max) != simdjson::SUCCESS) {
      return fail(ErrorCode::overloaded, "There is no memory to look into the file.");
    }
    const auto parsed = parser_->dom.parse(line_.data(), line_.size(), false);
    if (parsed.error() != simdjson::SUCCESS) return wrong_line(line_number_, "is not valid JSON");
    if (!parsed.value_unsafe().is_object()) return wrong_line(line_number_, "is no JSON object");
    has_object_ = true;
  }
  line_.clear();
  ++line_number_;
  return {};
}

Result<> JsonLines::finish() {
  CHECK(end_line());
  if (has_object_) return {};
  return wrong_line(1, "is missing: the file is empty");
}

}  // namespace partwise::wire
