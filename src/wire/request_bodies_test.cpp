#include "wire/request_bodies.hpp"

#include <gtest/gtest.h>

namespace partwise::wire {
namespace {

// A body of `POST /uploads` with one member replaced, or removed where `value` is empty.
std::string create_json(std::string_view key = {}, std::string_view value = {}) {
  std::string json = "{";
  bool replaced = key.empty();
  const auto add = [&](std::string_view name, std::string_view json_value) {
    if (json_value.empty()) return;
    if (json.size() > 1) json += ",";
    json += "\"" + std::string(name) + "\":" + std::string(json_value);
  };
  for (const auto& [name, json_value] :
       {std::pair{"filename", R"("a.jsonl")"}, std::pair{"purpose", R"("fine-tune")"},
        std::pair{"bytes", "8"}, std::pair{"mime_type", R"("pdf")"}}) {
    replaced = replaced || name == key;
    add(name, name == key ? value : json_value);
  }
  if (!replaced) add(key, value);
  return json + "}";
}

Result<CreateUploadBody> create(std::string_view key = {}, std::string_view value = {}) {
  return parse_create_upload_body(create_json(key, value), kInputPurposes);
}

template <class T>
void expect_refused(const Result<T>& result, std::string_view message, std::string_view param) {
  ASSERT_FALSE(result.has_value()) << message;
  EXPECT_EQ(result.error(),
            (Error{ErrorCode::invalid_request, std::string(message), std::string(param)}));
}

TEST(CreateUploadBody, HoldsWhatWasSent) {
  const auto body = create();
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->filename, "a.jsonl");
  EXPECT_EQ(body->purpose, "fine-tune");
  EXPECT_EQ(body->bytes, 8U);
  EXPECT_EQ(body->mime_type, "pdf");
  EXPECT_FALSE(body->expires_after_seconds.has_value());
}

TEST(CreateUploadBody, EveryInputPurposeIsAccepted) {
  for (const std::string_view purpose : kInputPurposes) {
    EXPECT_TRUE(create("purpose", "\"" + std::string(purpose) + "\"").has_value()) << purpose;
  }
}

TEST(CreateUploadBody, OtherPurposesAreRefusedWithTheListOfTheLiveService) {
  expect_refused(create("purpose", R"("x")"),
                 "'x' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', "
                 "'evals'] - 'purpose'",
                 "purpose");
  EXPECT_FALSE(create("purpose", R"("batch_output")").has_value());
  EXPECT_FALSE(create("purpose", R"("")").has_value());
}

TEST(CreateUploadBody, EveryFieldIsRequired) {
  for (const std::string key : {"filename", "purpose", "bytes", "mime_type"}) {
    expect_refused(create(key, ""), "'" + key + "' is a required property", key);
  }
  expect_refused(parse_create_upload_body("{}", kInputPurposes),
                 "'filename' is a required property", "filename");
}

TEST(CreateUploadBody, AMissingFieldIsNamedBeforeAWrongOne) {
  expect_refused(
      parse_create_upload_body(R"({"filename":5,"purpose":"x","bytes":-1})", kInputPurposes),
      "'mime_type' is a required property", "mime_type");
}

TEST(CreateUploadBody, WrongTypesAreNamed) {
  expect_refused(create("filename", "5"), "5 is not of type 'string' - 'filename'", "filename");
  expect_refused(create("purpose", "null"), "null is not of type 'string' - 'purpose'", "purpose");
  expect_refused(create("bytes", R"("8")"), "'8' is not of type 'integer' - 'bytes'", "bytes");
  expect_refused(create("bytes", "true"), "true is not of type 'integer' - 'bytes'", "bytes");
  expect_refused(create("bytes", "null"), "null is not of type 'integer' - 'bytes'", "bytes");
  expect_refused(create("mime_type", "[1]"), "[...] is not of type 'string' - 'mime_type'",
                 "mime_type");
}

TEST(CreateUploadBody, BytesIsAnInteger) {
  EXPECT_EQ(create("bytes", "0")->bytes, 0U);
  EXPECT_EQ(create("bytes", "18446744073709551615")->bytes, 18446744073709551615ULL);
  expect_refused(create("bytes", "-1"), "-1 is less than the minimum of 0 - 'bytes'", "bytes");
  expect_refused(create("bytes", "1.5"), "1.5 is not of type 'integer' - 'bytes'", "bytes");
  for (const std::string_view whole : {"1000.0", "1e3", "0.0", "-0.0"}) {
    EXPECT_FALSE(create("bytes", whole).has_value()) << whole;
  }
}

TEST(CreateUploadBody, UnknownKeysAreIgnored) {
  EXPECT_TRUE(create("metadata", R"({"a":[1,2]})").has_value());
}

TEST(CreateUploadBody, AFileNameIsAnyTextWithoutNul) {
  EXPECT_EQ(create("filename", "\"\xE6\x97\xA5 ../\\\\x\\n\"")->filename, "\xE6\x97\xA5 ../\\x\n");
  expect_refused(create("filename", R"("a\u0000b")"),
                 "The character U+0000 is not allowed - 'filename'", "filename");
}

TEST(CreateUploadBody, OnlyAnObjectIsABody) {
  expect_refused(parse_create_upload_body("[]", kInputPurposes),
                 "[] is not of type 'object': send a JSON object.", "");
  EXPECT_FALSE(parse_create_upload_body("", kInputPurposes).has_value());
}

TEST(CreateUploadBody, ExpiresAfterGivesItsSeconds) {
  EXPECT_EQ(
      create("expires_after", R"({"anchor":"created_at","seconds":60})")->expires_after_seconds,
      60);
  EXPECT_EQ(
      create("expires_after", R"({"anchor":"created_at","seconds":-1})")->expires_after_seconds,
      -1);
  EXPECT_EQ(create("expires_after", "null")->expires_after_seconds, std::nullopt);
}

TEST(CreateUploadBody, ExpiresAfterIsCheckedToItsLeaves) {
  expect_refused(create("expires_after", "3600"), "3600 is not of type 'object' - 'expires_after'",
                 "expires_after");
  expect_refused(create("expires_after", R"({"seconds":3600})"), "'anchor' is a required property",
                 "expires_after.anchor");
  expect_refused(create("expires_after", R"({"anchor":"created_at"})"),
                 "'seconds' is a required property", "expires_after.seconds");
  expect_refused(create("expires_after", R"({"anchor":"now","seconds":3600})"),
                 "'now' is not one of ['created_at'] - 'expires_after.anchor'",
                 "expires_after.anchor");
  expect_refused(create("expires_after", R"({"anchor":"created_at","seconds":"3600"})"),
                 "'3600' is not of type 'integer' - 'expires_after.seconds'",
                 "expires_after.seconds");
  expect_refused(
      create("expires_after", R"({"anchor":"created_at","seconds":18446744073709551615})"),
      "18446744073709551615 is greater than the maximum of 9223372036854775807 - "
      "'expires_after.seconds'",
      "expires_after.seconds");
}

TEST(CompleteUploadBody, HoldsPartIdsInTheirOrder) {
  const auto body = parse_complete_upload_body(R"({"part_ids":["b","a","b"]})");
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->part_ids, (std::vector<std::string>{"b", "a", "b"}));
  EXPECT_FALSE(body->md5.has_value());
  EXPECT_TRUE(parse_complete_upload_body(R"({"part_ids":[]})")->part_ids.empty());
}

TEST(CompleteUploadBody, Md5IsHexInAnyCaseOrBase64) {
  const Md5Digest expected = md5(as_bytes("hello"));
  for (const std::string_view text :
       {"5d41402abc4b2a76b9719d911017c592", "5D41402ABC4B2A76B9719D911017C592",
        "XUFAKrxLKna5cZ2REBfFkg=="}) {
    const auto body =
        parse_complete_upload_body(R"({"part_ids":[],"md5":")" + std::string(text) + "\"}");
    ASSERT_TRUE(body.has_value()) << text;
    EXPECT_EQ(body->md5, expected) << text;
  }
}

TEST(CompleteUploadBody, AnEmptyOrNullMd5IsNone) {
  for (const std::string json : {R"({"part_ids":[],"md5":""})", R"({"part_ids":[],"md5":null})"}) {
    const auto body = parse_complete_upload_body(json);
    ASSERT_TRUE(body.has_value()) << json;
    EXPECT_FALSE(body->md5.has_value()) << json;
  }
}

TEST(CompleteUploadBody, AMalformedMd5IsRefused) {
  expect_refused(parse_complete_upload_body(R"({"part_ids":[],"md5":"xyz"})"),
                 "'xyz' is not an MD5 digest. Send 32 hexadecimal digits, or the base64 of the 16 "
                 "bytes - 'md5'",
                 "md5");
  expect_refused(parse_complete_upload_body(R"({"part_ids":[],"md5":5})"),
                 "5 is not of type 'string' - 'md5'", "md5");
}

TEST(CompleteUploadBody, PartIdsAreRequiredAndTexts) {
  expect_refused(parse_complete_upload_body("{}"), "'part_ids' is a required property", "part_ids");
  expect_refused(parse_complete_upload_body(R"({"part_ids":"part_1"})"),
                 "'part_1' is not of type 'array' - 'part_ids'", "part_ids");
  expect_refused(parse_complete_upload_body(R"({"part_ids":["a",null]})"),
                 "null is not of type 'string' - 'part_ids.1'", "part_ids");
}

TEST(CompleteUploadBody, PartIdsAreLimited) {
  const auto ids = [](std::size_t count) {
    std::string json = R"({"part_ids":["x")";
    for (std::size_t i = 1; i < count; ++i) json += R"(,"x")";
    return parse_complete_upload_body(json + "]}");
  };
  EXPECT_EQ(ids(kPartIdsMax)->part_ids.size(), kPartIdsMax);
  expect_refused(ids(kPartIdsMax + 1), "10001 ids are more than the maximum of 10000 - 'part_ids'",
                 "part_ids");
}

TEST(RequestBodies, AnExpiryCanBeAnObjectOfItsOwn) {
  EXPECT_EQ(parse_expires_after_object(R"({"anchor":"created_at","seconds":60})").value(), 60);
  EXPECT_EQ(parse_expires_after_object("null").value(), std::nullopt);
  EXPECT_EQ(parse_expires_after_object(R"({"anchor":"created_at"})").error().param,
            "expires_after.seconds");
  for (const char* text : {"", "3600", "{", "[]", R"({"seconds":1,"seconds":2})"}) {
    const auto parsed = parse_expires_after_object(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().param, "expires_after") << text;
  }
}

}  // namespace
}  // namespace partwise::wire
