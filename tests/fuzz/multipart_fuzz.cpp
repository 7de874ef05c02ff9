// MultipartReader: what a form means does not depend on the pieces in which it arrives.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/require.hpp"
#include "http/multipart.hpp"
#include "support/sliced_source.hpp"

namespace {

using partwise::ErrorCode;
using partwise::http::FieldHead;
using partwise::test::require;

struct Form {
  std::vector<FieldHead> heads;
  std::vector<std::string> contents;
  bool valid = false;

  friend bool operator==(const Form&, const Form&) = default;
};

// Reads every field, or only the start of each second one.
Form read_pieces(std::vector<std::string> pieces, bool skip) {
  const partwise::http::FormLimits limits{.fields_max = 8,
                                          .header_bytes_max = 512,
                                          .headers_max = 4,
                                          .preamble_bytes_max = 256,
                                          .epilogue_bytes_max = 256};
  partwise::test::SlicedSource body(std::move(pieces));
  partwise::http::MultipartReader reader(body, "b", limits);
  Form form;
  for (;;) {
    const auto head = reader.next_field_now();
    if (!head && head.error().code == ErrorCode::would_block) {
      body.arrive();
      continue;
    }
    if (!head) return form;
    if (!*head) {
      require(body.at_end());
      form.valid = true;
      return form;
    }
    form.heads.push_back(**head);
    std::string& content = form.contents.emplace_back();
    while (!skip || form.heads.size() % 2 == 0) {
      const auto piece = reader.pull_content_now();
      if (!piece && piece.error().code == ErrorCode::would_block) {
        body.arrive();
        continue;
      }
      if (!piece) return form;
      if (piece->empty()) break;
      content += partwise::as_text(*piece);
    }
  }
}

Form read(std::string_view text, std::size_t piece_bytes, bool skip) {
  return read_pieces(partwise::test::cut_every(text, piece_bytes), skip);
}

// Two pieces, cut at every byte, and every byte a piece of its own.
constexpr std::size_t kCutEverywhereMax = 160;

void check_same(const Form& whole, const Form& cut) {
  require(whole.valid == cut.valid && whole.heads == cut.heads);
  if (whole.valid) require(whole.contents == cut.contents);
}

void check_every_cut(std::string_view text, const Form& whole) {
  check_same(whole, read(text, 1, false));
  for (std::size_t at = 1; at < text.size(); ++at) {
    check_same(whole, read_pieces(partwise::test::cut_at(text, {at}), false));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Form whole = read(text, text.size() + 1, false);
  const Form pieces = read(text, 1U + data[0] % 16U, false);
  const Form skipped = read(text, 1U + data[0] / 16U, true);
  require(whole.valid == pieces.valid && whole.valid == skipped.valid);
  require(whole.heads == pieces.heads && whole.heads == skipped.heads);
  if (whole.valid) require(whole == pieces);
  if (text.size() <= kCutEverywhereMax) check_every_cut(text, whole);
  return 0;
}
