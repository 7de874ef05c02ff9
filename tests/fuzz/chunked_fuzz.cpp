// ChunkedBody: the content, the error and what is left for the next request do not depend on the
// pieces.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "fuzz/require.hpp"
#include "http/body_source.hpp"
#include "support/scripted_input.hpp"

namespace {

using partwise::ErrorCode;
using partwise::test::require;

struct Outcome {
  std::string content;
  std::optional<ErrorCode> error;
  std::string rest;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view wire, std::size_t piece_bytes) {
  partwise::test::ScriptedInput input(partwise::test::cut_every(wire, piece_bytes));
  partwise::http::ChunkedBody body(input);
  Outcome outcome;
  for (;;) {
    const auto piece = body.pull_now();
    if (!piece && piece.error().code == ErrorCode::would_block) {
      input.arrive();
      continue;
    }
    if (!piece) {
      require(!body.finished());
      outcome.error = piece.error().code;
      return outcome;
    }
    if (piece->empty()) {
      require(body.finished());
      outcome.rest = input.rest();
      return outcome;
    }
    outcome.content += partwise::as_text(*piece);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read(wire, wire.size() + 1);
  require(whole == read(wire, 1U + data[0] % 16U));
  return 0;
}
