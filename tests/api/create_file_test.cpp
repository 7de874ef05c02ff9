// POST /v1/files

#include <gtest/gtest.h>

#include "api/harness.hpp"
#include "base/hash.hpp"

namespace partwise::test {
namespace {

std::string file_field(std::string_view filename, std::string_view content) {
  return "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
         std::string(filename) + "\"\r\nContent-Type: text/plain\r\n\r\n" + std::string(content) +
         "\r\n";
}

HttpReply send_form(const ApiHarness& api, const std::string& fields) {
  return api.send(file_request(fields + "--B--\r\n"));
}

void expect_refused(const ApiHarness& api, const std::string& fields, std::string_view message,
                    std::string_view param) {
  const auto reply = send_form(api, fields);
  EXPECT_EQ(reply.status, 400) << message;
  EXPECT_EQ(Json(reply.body).text("error.message"), message);
  EXPECT_EQ(Json(reply.body).text("error.param"), param);
  EXPECT_EQ(Json(reply.body).text("detail.message"), message);
  EXPECT_EQ(api.blob_count(), 0U);
}

// Objects: "File".
TEST(CreateFile, AnswersTheFileWithItsKeysInOrder) {
  const ApiHarness api;
  const auto reply =
      send_form(api, form_field("purpose", "assistants") + file_field("a b.txt", "hello"));
  EXPECT_EQ(reply.status, 200);
  const Json file(reply.body);
  EXPECT_EQ(file.keys(),
            (std::vector<std::string>{"object", "id", "purpose", "filename", "bytes", "created_at",
                                      "expires_at", "status", "status_details"}));
  EXPECT_EQ(file.text("filename"), "a b.txt");
  EXPECT_EQ(file.number("bytes"), 5);
  EXPECT_EQ(file.text("status"), "processed");
  EXPECT_TRUE(file.is_null("expires_at"));
  const std::string path = "/v1/files/" + file.text("id");
  EXPECT_EQ(api.get(path).body, reply.body);
  EXPECT_EQ(api.get(path + "/content").body, "hello");
}

// The Ruby SDK sends whatever is no text as JSON.
TEST(CreateFile, TakesTheExpiryAsOneObject) {
  const ApiHarness api;
  const std::string rest = form_field("purpose", "user_data") + file_field("x", "content");
  const std::string object =
      form_field("expires_after", R"({"anchor":"created_at","seconds":7200})");
  for (const std::string& fields : {object + rest, rest + object}) {
    const Json created(send_form(api, fields).body);
    EXPECT_EQ(created.number("expires_at"), created.number("created_at") + 7200);
  }
  const Json without(send_form(api, rest + form_field("expires_after", "null")).body);
  EXPECT_TRUE(without.is_null("expires_at"));
}

TEST(CreateFile, AnExpiryThatIsNoObjectOrIsSaidTwiceIsRefused) {
  const ApiHarness api;
  const std::string rest = form_field("purpose", "user_data") + file_field("x", "content");
  expect_refused(api, rest + form_field("expires_after", "3600"),
                 "3600 is not of type 'object' - 'expires_after'", "expires_after");
  expect_refused(api, form_field("expires_after", "{") + rest,
                 "'{' is not of type 'object' - 'expires_after'", "expires_after");
  const std::string both = form_field("expires_after[seconds]", "3600") +
                           form_field("expires_after", R"({"anchor":"created_at","seconds":3600})");
  expect_refused(api, both + rest,
                 "The form says 'expires_after' both as one field and as two. Send one of them.",
                 "expires_after");
}

TEST(CreateFile, FieldsStandInAnyOrderAndOthersAreIgnored) {
  const ApiHarness api;
  const std::string purpose = form_field("purpose", "user_data");
  const std::string anchor = form_field("expires_after[anchor]", "created_at");
  const std::string seconds = form_field("expires_after[seconds]", "3600");
  const std::string file = file_field("x", "content");
  const std::string other = form_field("metadata", "{}");
  for (const auto& fields :
       {purpose + anchor + seconds + file, file + seconds + other + anchor + purpose,
        anchor + file + purpose + seconds, other + seconds + purpose + file + anchor}) {
    const Json created(send_form(api, fields).body);
    EXPECT_EQ(created.text("purpose"), "user_data") << fields;
    EXPECT_EQ(created.number("expires_at"), created.number("created_at") + 3600);
  }
}

TEST(CreateFile, ABatchExpiresAfterThirtyDays) {
  const ApiHarness api;
  const Json file(send_form(api, form_field("purpose", "batch") + file_field("a.jsonl", "")).body);
  EXPECT_EQ(file.number("expires_at"), file.number("created_at") + 2'592'000);
}

TEST(CreateFile, AFieldWithoutANameOfItsFileIsCalledFile) {
  const ApiHarness api;
  const Json file(send_form(api, form_field("purpose", "vision") + form_field("file", "abc")).body);
  EXPECT_EQ(file.text("filename"), "file");
  EXPECT_EQ(file.number("bytes"), 3);
}

TEST(CreateFile, ADigestMustBeThatOfTheContent) {
  const ApiHarness api;
  const std::string purpose = form_field("purpose", "vision");
  const std::string file = file_field("x", "hello");
  const std::string md5_text = to_hex(md5(as_bytes("hello")));
  EXPECT_EQ(send_form(api, purpose + form_field("md5", md5_text) + file).status, 200);
  const std::string sha_text = to_hex(sha256(as_bytes("hello")));
  EXPECT_EQ(send_form(api, purpose + file + form_field("sha256", sha_text)).status, 200);
  const std::size_t blobs = api.blob_count();
  const auto wrong =
      send_form(api, purpose + file + form_field("sha256", to_hex(sha256(as_bytes("hullo")))));
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(Json(wrong.body).text("error.param"), "sha256");
  EXPECT_EQ(api.blob_count(), blobs);
  EXPECT_EQ(api.staged_count(), 0U);
}

// "bad purpose on `/files`"
TEST(CreateFile, ABadPurposeIsNamedWithTheChoices) {
  const ApiHarness api;
  constexpr std::string_view kMessage =
      "'x' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - "
      "'purpose'";
  expect_refused(api, form_field("purpose", "x") + file_field("a", "b"), kMessage, "purpose");
  expect_refused(api, file_field("a", "b") + form_field("purpose", "x"), kMessage, "purpose");
  EXPECT_EQ(send_form(api, form_field("purpose", "batch_output") + file_field("a", "b")).status,
            400);
}

// "missing field"
TEST(CreateFile, WhatIsMissingOrTwiceIsNamed) {
  const ApiHarness api;
  expect_refused(api, file_field("a", "b"), "'purpose' is a required property", "purpose");
  expect_refused(api, form_field("purpose", "vision"), "'file' is a required property", "file");
  const std::string purpose = form_field("purpose", "vision");
  expect_refused(api, purpose + file_field("a", "b") + file_field("c", "d"),
                 "The form has two fields 'file'. Send each of them in a request of its own.",
                 "file");
  expect_refused(api, purpose + purpose + file_field("a", "b"),
                 "The form has two fields 'purpose'.", "purpose");
}

// "`expires_after.seconds` outside 3600 … 2 592 000; anchor ≠ `created_at`"
TEST(CreateFile, AnExpiryIsWithinItsBounds) {
  const ApiHarness api;
  const std::string rest = form_field("purpose", "vision") + file_field("a", "b");
  const std::string anchor = form_field("expires_after[anchor]", "created_at");
  expect_refused(api, anchor + form_field("expires_after[seconds]", "60") + rest,
                 "60 is less than the minimum of 3600 - 'expires_after.seconds'",
                 "expires_after.seconds");
  expect_refused(api, rest + anchor + form_field("expires_after[seconds]", "2592001"),
                 "2592001 is greater than the maximum of 2592000 - 'expires_after.seconds'",
                 "expires_after.seconds");
  expect_refused(api, rest + anchor + form_field("expires_after[seconds]", "soon"),
                 "'soon' is not of type 'integer' - 'expires_after.seconds'",
                 "expires_after.seconds");
  expect_refused(api, rest + form_field("expires_after[seconds]", "3600"),
                 "'expires_after.anchor' is a required property", "expires_after.anchor");
  expect_refused(api,
                 form_field("expires_after[anchor]", "now") +
                     form_field("expires_after[seconds]", "60") + rest,
                 "'now' is not one of ['created_at'] - 'expires_after.anchor'",
                 "expires_after.anchor");
}

// "`POST /files` purpose batch / fine-tune, wrong extension"
TEST(CreateFile, BatchesAndTrainingDataAreJsonLines) {
  const ApiHarness api;
  const std::string batch = form_field("purpose", "batch");
  const std::string tune = form_field("purpose", "fine-tune");
  expect_refused(api, batch + file_field("a.csv", "x"),
                 "Invalid file format for Batch API. Must be .jsonl", "file");
  expect_refused(api, file_field("a.csv", "x") + tune,
                 "Invalid file format for Fine-Tuning API. Must be .jsonl", "file");
  EXPECT_EQ(send_form(api, batch + file_field("data", "x")).status, 200);
  EXPECT_EQ(send_form(api, tune + file_field("a.jsonl", "x")).status, 200);
}

TEST(CreateFile, ANameThatIsNoUtf8IsRefused) {
  const ApiHarness api;
  const auto reply = send_form(api, form_field("purpose", "vision") + file_field("\xff.txt", "x"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json(reply.body).text("error.param"), "file");
  const Json good(
      send_form(api, form_field("purpose", "vision") + file_field("\xc3\xa9.txt", "x")).body);
  EXPECT_EQ(good.text("filename"), "\xc3\xa9.txt");
}

// Limits: "`POST /files`".
TEST(CreateFile, WhatIsTooLargeIsSaidAsSoonAsItIsKnown) {
  ApiHarnessOptions options;
  options.core.file_bytes_max = options.api.file_bytes_max = 1000;
  options.core.batch_file_bytes_max = 100;
  options.api.form_overhead_bytes_max = 2000;
  const ApiHarness api(options);
  const auto post = [&](const std::string& purpose, std::size_t bytes, bool purpose_first) {
    const std::string field = form_field("purpose", purpose);
    const std::string file = file_field("a.jsonl", std::string(bytes, 'x'));
    return send_form(api, purpose_first ? field + file : file + field);
  };
  EXPECT_EQ(post("vision", 1000, true).status, 200);
  EXPECT_EQ(post("vision", 1001, true).status, 413);
  EXPECT_EQ(post("vision", 1001, false).status, 413);
  EXPECT_EQ(post("vision", 4000, true).status, 413);  // By its length alone.
  EXPECT_EQ(post("batch", 100, true).status, 200);
  for (const bool purpose_first : {true, false}) {
    const auto reply = post("batch", 101, purpose_first);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(Json(reply.body).text("error.message"), "File is too large.");
  }
  EXPECT_EQ(api.blob_count(), 2U);
  EXPECT_EQ(api.staged_count(), 0U);
}

TEST(CreateFile, ABodyThatIsNoFormIsRefused) {
  const ApiHarness api;
  EXPECT_EQ(api.post("/v1/files", "{}").status, 400);
  auto request = file_request("--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf");
  EXPECT_EQ(api.send(request).status, 400);
  EXPECT_EQ(api.blob_count(), 0U);
  EXPECT_EQ(api.staged_count(), 0U);
}

}  // namespace
}  // namespace partwise::test
