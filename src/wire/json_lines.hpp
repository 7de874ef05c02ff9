#pragma once

// Whether content is JSON Lines: one JSON object on each line, as batches and training data have
// to be. Lines that are blank are passed over.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace partwise::wire {

struct JsonLinesLimits {
  // Of one line: more than any model takes in, and bounded.
  std::size_t line_bytes_max = 16 * kMiB;
  std::size_t depth_max = 128;
};

// Used on one thread at a time. Errors: invalid_request, param `file`, naming the line. The first
// one is final.
class JsonLines {
 public:
  explicit JsonLines(JsonLinesLimits limits = {});
  ~JsonLines();
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  [[nodiscard]] Result<> update(Bytes piece);
  // Errors also where there was no line at all.
  [[nodiscard]] Result<> finish();

 private:
  struct Parser;

  [[nodiscard]] Result<> end_line();
  [[nodiscard]] Result<> append(std::string_view text);

  const JsonLinesLimits limits_;
  const std::unique_ptr<Parser> parser_;
  std::string line_;
  std::uint64_t line_number_ = 1;
  bool has_object_ = false;
};

}  // namespace partwise::wire
