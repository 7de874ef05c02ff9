#include "http/multipart.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/run_task.hpp"
#include "support/sliced_source.hpp"

namespace partwise::http {
namespace {

using test::cut_every;
using test::run_task;
using test::SlicedSource;

struct Field {
  FieldHead head;
  std::string content;

  friend bool operator==(const Field&, const Field&) = default;
};

Field plain(std::string name, std::string content) {
  return {.head = {std::move(name), std::nullopt, std::nullopt}, .content = std::move(content)};
}

Task<Result<std::vector<Field>>> read_all(MultipartReader& form) {
  std::vector<Field> fields;
  for (;;) {
    CO_TRY(auto head, co_await form.next_field());
    if (!head) co_return fields;
    CO_TRY(auto content, co_await form.read_field_text(kMiB));
    fields.push_back({std::move(*head), std::move(content)});
  }
}

Result<std::vector<Field>> read_form(std::string_view text, std::string_view boundary = "b",
                                     FormLimits limits = {}) {
  SlicedSource body(cut_every(text, 1024));
  MultipartReader form(body, boundary, limits);
  auto fields = run_task(read_all(form));
  if (fields) {
    EXPECT_TRUE(body.at_end());
  }
  return fields;
}

void expect_form(std::string_view text, const std::vector<Field>& expected,
                 std::string_view boundary = "b") {
  const auto fields = read_form(text, boundary);
  ASSERT_TRUE(fields.has_value()) << text << fields.error().message;
  EXPECT_EQ(*fields, expected) << text;
}

void expect_refused(std::string_view text, FormLimits limits = {},
                    ErrorCode code = ErrorCode::invalid_request) {
  const auto fields = read_form(text, "b", limits);
  ASSERT_FALSE(fields.has_value()) << text.substr(0, 200);
  EXPECT_EQ(fields.error().code, code) << fields.error().message;
  EXPECT_TRUE(fields.error().message.ends_with('.')) << fields.error().message;
}

// A field of a form with the boundary `b`, with its delimiter in front.
std::string field(std::string_view name, std::string_view content) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(content) + "\r\n";
}

TEST(Multipart, ReadsTheFormOfThePythonSdk) {
  expect_form(
      "--6f1e0d\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n"
      "--6f1e0d\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n{\"a\": 1}\n\r\n--6f1e0d--\r\n",
      {plain("purpose", "fine-tune"),
       {{"file", "a.jsonl", "application/octet-stream"}, "{\"a\": 1}\n"}},
      "6f1e0d");
}

TEST(Multipart, ReadsTheFormOfCurl) {
  expect_form(
      "--------------------------abcdef\r\n"
      "Content-Disposition: form-data; name=\"data\"; filename=\"a \\\"b\\\".bin\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\nxyz\r\n"
      "--------------------------abcdef--\r\n",
      {{{"data", "a \"b\".bin", "application/octet-stream"}, "xyz"}},
      "------------------------abcdef");
}

TEST(Multipart, ReadsTheFormOfABrowser) {
  expect_form(
      "------WebKitFormBoundaryX\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"п %22x%22.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n"
      "------WebKitFormBoundaryX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch"
      "\r\n------WebKitFormBoundaryX--\r\n",
      {{{"file", "п \"x\".txt", "text/plain"}, ""}, plain("purpose", "batch")},
      "----WebKitFormBoundaryX");
}

TEST(Multipart, ReadsTheFormsOfJavaAndRuby) {
  expect_form(
      "------=_Part_3_1.2\r\nContent-Type: application/octet-stream; name=f\r\n"
      "Content-Transfer-Encoding: binary\r\nContent-Disposition: form-data; name=file; "
      "filename=f\r\n"
      "\r\nxyz\r\n------=_Part_3_1.2--",
      {{{"file", "f", "application/octet-stream; name=f"}, "xyz"}}, "----=_Part_3_1.2");
  expect_form(
      "-------------RubyMultipartPost-1\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"f\"\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n"
      "Content-Transfer-Encoding: binary\r\n\r\nxyz\r\n-------------RubyMultipartPost-1--\r\n\r\n",
      {{{"file", "f", "text/plain"}, "xyz"}}, "-----------RubyMultipartPost-1");
}

TEST(Multipart, ReadsAFilenameOfRfc8187) {
  expect_form(
      "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"_.txt\"; "
      "filename*=UTF-8''%E2%82%AC.txt\r\n\r\nx\r\n--b--\r\n",
      {{{"file", "€.txt", std::nullopt}, "x"}});
}

TEST(Multipart, SkipsPreambleEpilogueAndPadding) {
  expect_form("This is a form.\r\n--bb\r\n" + field("a", "1") + "--b \t\r\n" +
                  field("c", "2").substr(5) + "--b--\t\r\nThe end.\r\n--b\r\n",
              {plain("a", "1"), plain("c", "2")});
  expect_form("\r\n" + field("a", "1") + "--b--", {plain("a", "1")});
}

TEST(Multipart, MayHaveNoFields) {
  expect_form("--b--", {});
  expect_form("--b--\r\n", {});
  expect_form("preamble\r\n--b--\r\n", {});
}

TEST(Multipart, KeepsContentThatLooksLikeADelimiter) {
  for (std::string_view content : {"\r",
                                   "\n",
                                   "\r\n",
                                   "\r\n\r\n",
                                   "-",
                                   "--",
                                   "\r\n-",
                                   "\r\n--",
                                   "\r\n--\r\n",
                                   "\r\n--c",
                                   "\r\n--bX",
                                   "\r\n--b-",
                                   "\r\n--b-X",
                                   "\r\n--b--X",
                                   "\r\n--b X",
                                   "\r\n--b\rX",
                                   "\r\n--b\nX",
                                   "\r\n--b \r\r\n",
                                   "\r\r\n--bX",
                                   "\n--b\n",
                                   "\n--b--\n",
                                   "\r--b--\r",
                                   "x--b\r\n",
                                   "x--b--",
                                   "--bX",
                                   "--b-",
                                   "--b--X",
                                   "-b",
                                   "\r\n--B--\r\n",
                                   "\r\n --b--\r\n",
                                   "\r\n--b\r\r\n--b\r"}) {
    expect_form(field("a", content) + "--b--\r\n", {plain("a", std::string(content))});
  }
}

TEST(Multipart, EndsAFieldAtADelimiterAfterAnotherLineEnd) {
  expect_form(field("a", "x\r") + "--b--", {plain("a", "x\r")});
  expect_form(field("a", "x\r\n") + "--b--", {plain("a", "x\r\n")});
  expect_form(field("a", "x\n\r\r") + "--b--", {plain("a", "x\n\r\r")});
}

TEST(Multipart, EndsAFieldWithoutContentAtTheLineAfterItsHeaders) {
  expect_form("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b\r\n" +
                  field("c", "1").substr(5) + "--b--",
              {plain("a", ""), plain("c", "1")});
}

TEST(Multipart, TakesANestedMultipartAsContent) {
  const std::string nested = "--inner\r\nContent-Disposition: file\r\n\r\nx\r\n--inner--\r\n";
  expect_form(
      "--b\r\nContent-Disposition: form-data; name=files\r\n"
      "Content-Type: multipart/mixed; boundary=inner\r\n\r\n" +
          nested + "\r\n--b--\r\n",
      {{{"files", std::nullopt, "multipart/mixed; boundary=inner"}, nested}});
}

TEST(Multipart, TakesTheLongestBoundaryAndContentOfAnyBytes) {
  const std::string boundary(70, '-');
  std::string content;
  for (int c = 0; c < 256; ++c) content.push_back(static_cast<char>(c));
  expect_form("--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\n" + content +
                  "\r\n--" + boundary + "--",
              {plain("a", content)}, boundary);
}

TEST(Multipart, RefusesAFormWithoutItsLastBoundary) {
  const std::string whole = field("a", "content") + "--b--";
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    expect_refused(std::string_view(whole).substr(0, bytes));
  }
  expect_refused("{\"purpose\": \"batch\"}");
  expect_refused(whole + "\r");
  expect_refused(whole + "X");
}

TEST(Multipart, RefusesMalformedFields) {
  const std::string end = "\r\n\r\nx\r\n--b--\r\n";
  expect_refused("--b\r\n\r\nx\r\n--b--\r\n");
  expect_refused("--b\r\n--b--\r\n");
  expect_refused("--b\r\nContent-Type: text/plain" + end);
  expect_refused("--b\r\nContent-Disposition: form-data" + end);
  expect_refused("--b\r\nContent-Disposition: form-data; name=\"a" + end);
  expect_refused("--b\r\nContent-Disposition: form-data; name=a\n\nx\r\n--b--\r\n");
  expect_refused("--b\r\nContent-Disposition: form-data; name=a\n\r\nx\r\n--b--\r\n");
  expect_refused("--b\r\nContent-Disposition: form-data; name=a\nX: y" + end);
  expect_refused(std::string("--b\r\nContent-Disposition: form-data; name=\"\0\"", 44) + end);
}

TEST(Multipart, LimitsFields) {
  std::string text;
  std::vector<Field> expected;
  for (int i = 0; i < 64; ++i) {
    text += field("a", "");
    expected.push_back(plain("a", ""));
  }
  expect_form(text + "--b--", expected);
  expect_refused(text + field("a", "") + "--b--");
  for (int i = 0; i < 100'000; ++i) text += "--b\r\n\r\n\r\n";
  expect_refused(text);
}

TEST(Multipart, LimitsHeadersOfAField) {
  const std::string start = "--b\r\nContent-Disposition: form-data; name=a\r\nX: ";
  const std::string end = "\r\n\r\nx\r\n--b--";
  const std::size_t used = start.size() - 5 + 4;
  expect_form(start + std::string(8192 - used, 'x') + end, {plain("a", "x")});
  expect_refused(start + std::string(8192 - used + 1, 'x') + end);
  expect_refused(start + std::string(1'000'000, 'x'));
  expect_refused(start + std::string(1'000'000, '\n'));
}

TEST(Multipart, LimitsPreambleAndEpilogue) {
  const std::string text = field("a", "1") + "--b--\r\n";
  const std::string allowed(64 * kKiB, 'x');
  expect_form(allowed + "\r\n" + text + allowed, {plain("a", "1")});
  expect_refused(std::string(64 * kKiB + 1, 'x') + "\r\n" + text);
  expect_refused(text + std::string(64 * kKiB + 1, 'x'));
  expect_refused(text + std::string(1'000'000, '\r'));
}

TEST(Multipart, LimitsAllThatIsReadFromTheBody) {
  const std::string text = field("ignored", std::string(5000, 'x')) + "--b--";
  FormLimits limits{.form_bytes_max = text.size()};
  EXPECT_TRUE(read_form(text, "b", limits).has_value());
  limits.form_bytes_max = text.size() - 1;
  expect_refused(text, limits, ErrorCode::too_large);
}

TEST(Multipart, LimitsTheContentThatNobodyAskedFor) {
  const std::string text =
      field("a", std::string(600, 'x')) + field("b", std::string(400, 'x')) + "--b--";
  const auto skip_all = [&text](FormLimits limits) -> Result<> {
    SlicedSource body(cut_every(text, 100));
    MultipartReader form(body, "b", limits);
    for (;;) {
      TRY(const auto next, run_task(form.next_field()));
      if (!next) return {};
    }
  };
  EXPECT_TRUE(skip_all({.skipped_content_bytes_max = 1000}));
  const auto refused = skip_all({.skipped_content_bytes_max = 999});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
}

TEST(Multipart, SkipsTheRestOfAField) {
  SlicedSource body(cut_every(field("a", "0123456789") + field("c", "x") + "--b--", 3));
  MultipartReader form(body, "b");
  const auto first = run_task(form.next_field());
  ASSERT_TRUE(first.has_value() && first->has_value());
  const auto second = run_task(form.next_field());
  ASSERT_TRUE(second.has_value() && second->has_value());
  EXPECT_EQ((*second)->name, "c");
  EXPECT_EQ(run_task(form.read_field_text(1)), "x");
  const auto end = run_task(form.next_field());
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->has_value());
  EXPECT_FALSE(run_task(form.next_field())->has_value());
}

TEST(Multipart, HasNoContentOutsideOfFields) {
  SlicedSource body({field("a", "x") + "--b--"});
  MultipartReader form(body, "b");
  EXPECT_TRUE(form.pull_content_now()->empty());
  ASSERT_TRUE(run_task(form.next_field()).has_value());
  EXPECT_EQ(run_task(form.read_field_text(10)), "x");
  EXPECT_TRUE(form.pull_content_now()->empty());
  ASSERT_TRUE(run_task(form.next_field()).has_value());
  EXPECT_TRUE(form.pull_content_now()->empty());
}

TEST(Multipart, LimitsTheTextOfAField) {
  SlicedSource body(cut_every(field("a", "0123456789") + "--b--", 60));
  MultipartReader form(body, "b");
  ASSERT_TRUE(run_task(form.next_field()).has_value());
  const auto text = run_task(form.read_field_text(9));
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::too_large);
}

TEST(Multipart, GivesBulkAsItLiesInTheBody) {
  // 5 KiB of content in one piece: all of it but the line end that may start a delimiter.
  const std::string content(5 * kKiB, 'x');
  SlicedSource body({field("a", content), "--b--\r\n"});
  MultipartReader form(body, "b");
  ASSERT_TRUE(run_task(form.next_field()).has_value());
  EXPECT_EQ(form.pull_content_now()->size(), content.size());
  EXPECT_EQ(form.pull_content_now().error().code, ErrorCode::would_block);
  body.arrive();
  EXPECT_TRUE(form.pull_content_now()->empty());
}

TEST(Multipart, StaysFailed) {
  SlicedSource body({"--b\r\n\r\n", field("a", "x") + "--b--"});
  MultipartReader form(body, "b");
  const auto first = run_task(form.next_field());
  ASSERT_FALSE(first.has_value());
  body.arrive();
  EXPECT_EQ(form.next_field_now().error(), first.error());
  EXPECT_EQ(form.pull_content_now().error(), first.error());
}

TEST(Multipart, StaysFailedInTheMiddleOfAField) {
  const std::string start = field("a", "x");
  SlicedSource body({start, "more", "\r\n--b--\r\n"});
  MultipartReader form(body, "b", {.form_bytes_max = start.size() + 3});
  ASSERT_TRUE(run_task(form.next_field()).has_value());
  const auto text = run_task(form.read_field_text(100));
  ASSERT_FALSE(text.has_value());
  body.arrive();
  EXPECT_EQ(form.pull_content_now().error(), text.error());
  EXPECT_EQ(form.next_field_now().error(), text.error());
}

TEST(FieldSource, IsTheContentOfTheCurrentField) {
  SlicedSource body(cut_every(field("a", "01\r\n--23") + field("c", "x") + "--b--", 4));
  MultipartReader form(body, "b");
  FieldSource source(form);
  ASSERT_TRUE(run_task(form.next_field()).has_value());
  std::string content;
  for (;;) {
    const auto piece = source.pull_now();
    if (!piece) {
      ASSERT_EQ(piece.error().code, ErrorCode::would_block);
      ASSERT_TRUE(run_task(source.wait()).has_value());
      continue;
    }
    if (piece->empty()) break;
    content += as_text(*piece);
  }
  EXPECT_EQ(content, "01\r\n--23");
  EXPECT_TRUE(source.pull_now()->empty());
}

}  // namespace
}  // namespace partwise::http
