#pragma once

// Writes one JSON document, member by member, in the order of the calls. Compact: no white space.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace partwise::wire {

// A value. The calls must nest: inside an object each value follows a `key`. Text is UTF-8 and
// passes through; bytes that are not UTF-8 become U+FFFD, so that the document is well formed
// whatever it is given.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& number(std::integral auto value) {
    separate();
    out_ += std::to_string(value);
    return *this;
  }
  // `value` is finite.
  JsonWriter& decimal(double value, int digits_after_point);
  JsonWriter& boolean(bool value);
  JsonWriter& null();

  JsonWriter& text_or_null(const std::optional<std::string>& value) {
    return value ? text(*value) : null();
  }
  JsonWriter& number_or_null(const std::optional<std::int64_t>& value) {
    return value ? number(*value) : null();
  }

  // Of what is written so far.
  [[nodiscard]] std::size_t bytes() const { return out_.size(); }
  // The document. The writer is done with.
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void separate();
  void append_quoted(std::string_view value);

  std::string out_;
};

}  // namespace partwise::wire
