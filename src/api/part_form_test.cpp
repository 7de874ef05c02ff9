#include "api/part_form.hpp"

#include <gtest/gtest.h>

#include "support/run_task.hpp"
#include "support/scripted_byte_source.hpp"

namespace partwise::api {
namespace {

using test::run_task;
using test::ScriptedByteSource;

constexpr std::string_view kHelloMd5 = "5d41402abc4b2a76b9719d911017c592";

std::string field(std::string_view name, std::string_view content) {
  return "--B\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(content) + "\r\n";
}

// What a service does with a form: to the data, through it, and past it.
Task<Result<std::pair<std::string, PartDigests>>> read_whole(PartForm& form) {
  CO_CHECK(co_await form.find_data());
  std::string content;
  for (;;) {
    const auto piece = form.bytes().pull_now();
    if (!piece && piece.error().code == ErrorCode::would_block) {
      CO_CHECK(co_await form.bytes().wait());
      continue;
    }
    if (!piece) co_return fail(piece.error());
    if (piece->empty()) break;
    content += as_text(*piece);
  }
  CO_TRY(const auto digests, co_await form.finish());
  co_return std::pair(content, digests);
}

Result<std::pair<std::string, PartDigests>> read_form(const std::string& fields,
                                                      ApiLimits limits = {},
                                                      std::size_t piece_bytes = 7) {
  ScriptedByteSource body;
  body.pieces(fields + "--B--\r\n", piece_bytes);
  PartForm form(body, "B", limits);
  return run_task(read_whole(form));
}

void expect_refused(const std::string& fields, std::string_view message, std::string_view param) {
  const auto read = read_form(fields);
  ASSERT_FALSE(read.has_value()) << fields;
  EXPECT_EQ(read.error(),
            (Error{ErrorCode::invalid_request, std::string(message), std::string(param)}));
}

TEST(PartForm, TheContentOfDataIsThePart) {
  const auto read = read_form(field("data", "hello"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->first, "hello");
  EXPECT_EQ(read->second, PartDigests{});
}

TEST(PartForm, AnEmptyPartIsAPart) {
  const auto read = read_form(field("data", ""));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->first, "");
}

TEST(PartForm, DigestsStandBeforeOrAfterTheData) {
  const std::string md5_field = field("md5", kHelloMd5);
  const std::string sha_field = field("sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
  const PartDigests expected{.md5 = md5(as_bytes("hello")), .sha256 = sha256(as_bytes("hello"))};
  for (const auto& fields : {md5_field + sha_field + field("data", "hello"),
                             field("data", "hello") + md5_field + sha_field,
                             sha_field + field("data", "hello") + md5_field}) {
    const auto read = read_form(fields);
    ASSERT_TRUE(read.has_value()) << fields;
    EXPECT_EQ(read->second, expected);
  }
}

TEST(PartForm, OnlyDigestsBeforeTheDataAreKnownWhileItArrives) {
  ScriptedByteSource body;
  body.piece(field("md5", kHelloMd5) + field("data", "hello") + field("sha256", "") + "--B--\r\n");
  PartForm form(body, "B", ApiLimits{});
  ASSERT_TRUE(run_task(form.find_data()).has_value());
  EXPECT_TRUE(form.expected_so_far().md5.has_value());
  EXPECT_FALSE(form.expected_so_far().sha256.has_value());
}

TEST(PartForm, AnEmptyDigestIsNone) {
  const auto read = read_form(field("md5", "") + field("data", "hello") + field("sha256", ""));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->second, PartDigests{});
}

TEST(PartForm, UnknownFieldsAreIgnoredWhereverTheyStand) {
  const auto read = read_form(field("purpose", "x") + field("", "y") + field("data", "hello") +
                              field("metadata", std::string(3000, 'z')));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->first, "hello");
}

TEST(PartForm, AFormWithoutDataIsRefused) {
  expect_refused(field("file", "hello"), "'data' is a required property", "data");
  expect_refused(field("Data", "hello"), "'data' is a required property", "data");
}

TEST(PartForm, TwoFieldsOfDataAreRefused) {
  expect_refused(field("data", "a") + field("data", "b"),
                 "The form has two fields 'data'. Send each of them in a request of its own.",
                 "data");
}

TEST(PartForm, ADigestThatIsNamedTwiceIsRefused) {
  expect_refused(field("md5", kHelloMd5) + field("data", "hello") + field("md5", kHelloMd5),
                 "The form has two fields 'md5'.", "md5");
  const std::string sha = field("sha256", to_hex(sha256(as_bytes("hello"))));
  expect_refused(sha + sha + field("data", "hello"), "The form has two fields 'sha256'.", "sha256");
}

TEST(PartForm, AMalformedDigestIsRefused) {
  expect_refused(
      field("md5", "xyz") + field("data", "hello"),
      "'xyz' is not an MD5 digest. Send 32 hexadecimal digits, or the base64 of the 16 bytes - "
      "'md5'",
      "md5");
  expect_refused(field("data", "hello") + field("sha256", std::string(300, 'a')),
                 "The field 'sha256' has more than 256 bytes.", "sha256");
}

TEST(PartForm, AFormBeyondItsLimitIsTooLarge) {
  ApiLimits limits;
  limits.part_bytes_max = 10;
  limits.form_overhead_bytes_max = 200;
  EXPECT_TRUE(read_form(field("data", "0123456789"), limits).has_value());
  const auto read =
      read_form(field("data", "0123456789") + field("more", std::string(300, 'x')), limits);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::too_large);
}

TEST(PartForm, ACutWhileTheFormArrivesIsPassedOn) {
  ScriptedByteSource body;
  body.piece("--B\r\nContent-Dis").fail_wait({ErrorCode::cut, "Ended."});
  PartForm form(body, "B", ApiLimits{});
  const auto found = run_task(form.find_data());
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::cut);
}

}  // namespace
}  // namespace partwise::api
