// Where the body's buffers end must not matter: the same forms in every cut, against a reader that
// sees the whole text at once and shares no code with ours.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "http/multipart.hpp"
#include "support/sliced_source.hpp"

namespace partwise::http {
namespace {

using test::cut_at;
using test::cut_every;
using test::SlicedSource;

constexpr std::string_view kHead = "Content-Disposition: form-data; name=\"f\"\r\n\r\n";

struct Contents {
  std::vector<std::string> fields;
  bool valid = false;

  friend bool operator==(const Contents&, const Contents&) = default;
};

// Drives the two verbs that never wait, as a worker thread would.
Contents read(std::vector<std::string> pieces, std::string_view boundary) {
  SlicedSource body(std::move(pieces));
  MultipartReader form(body, boundary);
  Contents contents;
  for (;;) {
    const auto field = form.next_field_now();
    if (!field) {
      if (field.error().code != ErrorCode::would_block) return contents;
      body.arrive();
      continue;
    }
    if (!*field) {
      contents.valid = body.at_end();
      return contents;
    }
    std::string& content = contents.fields.emplace_back();
    for (;;) {
      const auto piece = form.pull_content_now();
      if (!piece) {
        if (piece.error().code != ErrorCode::would_block) return contents;
        body.arrive();
        continue;
      }
      if (piece->empty()) break;
      content += as_text(*piece);
    }
  }
}

// The length of the delimiter line at `at`, with its CR LF in front; 0 if there is none.
std::size_t naive_delimiter(std::string_view text, std::size_t at, std::string_view boundary,
                            bool& last) {
  const std::string start = "\r\n--" + std::string(boundary);
  if (text.substr(at, start.size()) != start) return 0;
  std::size_t end = at + start.size();
  last = text.substr(end, 2) == "--";
  if (last) end += 2;
  const std::size_t padding_end = std::min(text.find_first_not_of(" \t", end), text.size());
  if (padding_end - end > kDelimiterPaddingMax) return 0;
  if (text.substr(padding_end, 2) == "\r\n") return padding_end + 2 - at;
  return last && padding_end == text.size() ? padding_end - at : 0;
}

// The same by looking at every place of the whole text. The fields have kHead as their headers.
Contents read_naively(std::string_view form, std::string_view boundary) {
  const std::string text = "\r\n" + std::string(form);
  Contents contents;
  bool last = false;
  bool in_field = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t length = naive_delimiter(text, at, boundary, last);
    if (length == 0) continue;
    if (in_field) {
      // A delimiter right after the headers shares their CR LF.
      contents.fields.push_back(at < begin ? "" : text.substr(begin, at - begin));
    }
    if (last) {
      contents.valid = true;
      return contents;
    }
    begin = at + length;
    if (text.substr(begin, kHead.size()) != kHead) return contents;
    begin += kHead.size();
    in_field = true;
    at = begin - 3;  // The loop goes on at the CR LF of the empty line.
  }
  if (in_field) contents.fields.push_back(text.substr(begin));
  return contents;
}

std::string form_of(const std::vector<std::string>& contents, std::string_view boundary) {
  std::string form;
  for (const std::string& content : contents) {
    form += "--" + std::string(boundary) + "\r\n" + std::string(kHead) + content + "\r\n";
  }
  return form + "--" + std::string(boundary) + "--\r\n";
}

TEST(MultipartEdges, EveryPairOfCutsGivesTheSameForm) {
  const std::vector<std::string> contents = {"x\r\n--boundarX\r\r\n--", "", "\r\n--boundary\r"};
  const std::string form = form_of(contents, "boundary");
  const Contents expected{contents, true};
  ASSERT_EQ(read_naively(form, "boundary"), expected);
  for (std::size_t first = 0; first <= form.size(); ++first) {
    for (std::size_t second = first; second <= form.size(); ++second) {
      ASSERT_EQ(read(cut_at(form, {first, second}), "boundary"), expected)
          << first << " " << second;
    }
  }
}

TEST(MultipartEdges, EveryPieceSizeGivesTheSameForm) {
  const std::vector<std::string> contents = {"preamble?\r\n--bx", std::string(300, '\r'),
                                             "\r\n\r\n--b-\r\n--b --\r\n"};
  const std::string form = "text\r\n" + form_of(contents, "b") + "epilogue\r\n--b\r\n";
  for (std::size_t bytes = 1; bytes <= form.size(); ++bytes) {
    ASSERT_EQ(read(cut_every(form, bytes), "b"), (Contents{contents, true})) << bytes;
  }
}

TEST(MultipartEdges, TheBoundaryMayStraddleEveryOffsetOfALargeBuffer) {
  constexpr std::size_t kBuffer = 4096;
  const std::string boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
  const std::size_t head_bytes = 2 + boundary.size() + 2 + kHead.size();
  const std::size_t delimiter_bytes = 4 + boundary.size() + 4;
  for (std::size_t before = 0; before <= delimiter_bytes; ++before) {
    const std::vector<std::string> contents = {std::string(kBuffer - head_bytes - before, '-'),
                                               "x"};
    ASSERT_EQ(read(cut_every(form_of(contents, boundary), kBuffer), boundary),
              (Contents{contents, true}))
        << before;
  }
}

TEST(MultipartEdges, RandomFormsInRandomCutsReadAsAWholeTextDoes) {
  std::mt19937 random(20261124);
  const std::vector<std::string> boundaries = {"b", "--", "a-b", "bb-b"};
  int valid_forms = 0;
  for (int round = 0; round < 30'000; ++round) {
    const std::string& boundary = boundaries[random() % boundaries.size()];
    const std::vector<std::string> shreds = {"\r",
                                             "\n",
                                             "-",
                                             "--",
                                             "\r\n",
                                             "\r\n--",
                                             "\r\n--" + boundary,
                                             "--" + boundary,
                                             boundary,
                                             "x",
                                             " ",
                                             "\t",
                                             "\r\n--" + boundary.substr(0, boundary.size() - 1),
                                             std::string(70, ' '),
                                             "\r\n--" + boundary + "\r\n" + std::string(kHead)};
    std::string form = "--" + boundary + "\r\n" + std::string(kHead);
    for (std::size_t i = random() % 12; i > 0; --i) form += shreds[random() % shreds.size()];
    if (random() % 4 != 0) form += "\r\n--" + boundary + "--";
    if (random() % 4 == 0) form += shreds[random() % shreds.size()];

    const Contents expected = read_naively(form, boundary);
    const Contents in_one = read({form}, boundary);
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < form.size();) {
      const std::size_t bytes = 1 + random() % 9;
      pieces.push_back(form.substr(at, bytes));
      at += bytes;
    }
    const Contents in_pieces = read(pieces, boundary);
    ASSERT_EQ(in_one.valid, expected.valid) << round << "\n" << form;
    ASSERT_EQ(in_pieces.valid, expected.valid) << round << "\n" << form;
    if (!expected.valid) continue;  // How much of a broken form is seen is no promise.
    ++valid_forms;
    ASSERT_EQ(in_one, expected) << round << "\n" << form;
    ASSERT_EQ(in_pieces, expected) << round << "\n" << form;
  }
  EXPECT_GT(valid_forms, 15'000);
}

}  // namespace
}  // namespace partwise::http
