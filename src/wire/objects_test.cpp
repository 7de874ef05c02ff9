#include "wire/objects.hpp"

#include <gtest/gtest.h>

// The rows of the table of objects, key by key and in order.

namespace partwise::wire {
namespace {

WireUpload an_upload() {
  WireUpload upload;
  upload.id = "upload_1";
  upload.bytes = 8;
  upload.created_at = 1'700'000'000;
  upload.filename = "r\xC3\xA9sum\xC3\xA9 \"1\".jsonl";
  upload.purpose = "fine-tune";
  upload.status = "pending";
  upload.expires_at = 1'700'003'600;
  return upload;
}

WireFile a_file() {
  WireFile file;
  file.id = "file-1";
  file.purpose = "batch";
  file.filename = "a.jsonl";
  file.bytes = 8;
  file.created_at = 1'700'000'000;
  return file;
}

TEST(WireObjects, AnUploadHasSevenKeysAndNoFileUntilItIsCompleted) {
  EXPECT_EQ(to_json(an_upload()),
            "{\"id\":\"upload_1\",\"object\":\"upload\",\"bytes\":8,\"created_at\":1700000000,"
            "\"filename\":\"r\xC3\xA9sum\xC3\xA9 \\\"1\\\".jsonl\",\"purpose\":\"fine-tune\","
            "\"status\":\"pending\",\"expires_at\":1700003600}");
}

TEST(WireObjects, ACompletedUploadEndsWithItsFile) {
  WireUpload upload = an_upload();
  upload.filename = "a";
  upload.status = "completed";
  upload.file = a_file();
  EXPECT_EQ(
      to_json(upload),
      R"({"id":"upload_1","object":"upload","bytes":8,"created_at":1700000000,"filename":"a",)"
      R"("purpose":"fine-tune","status":"completed","expires_at":1700003600,"file":)" +
          to_json(a_file()) + "}");
}

TEST(WireObjects, AFileShowsWhatItDoesNotHaveAsNull) {
  EXPECT_EQ(
      to_json(a_file()),
      R"({"object":"file","id":"file-1","purpose":"batch","filename":"a.jsonl","bytes":8,)"
      R"("created_at":1700000000,"expires_at":null,"status":"processed","status_details":null})");
  WireFile file = a_file();
  file.expires_at = 1'702'592'000;
  EXPECT_NE(to_json(file).find(R"("expires_at":1702592000,"status")"), std::string::npos);
}

TEST(WireObjects, APartHasFourKeys) {
  EXPECT_EQ(
      to_json(WirePart{"part_1", 1'700'000'000, "upload_1"}),
      R"({"id":"part_1","object":"upload.part","created_at":1700000000,"upload_id":"upload_1"})");
}

TEST(WireObjects, AListedPartAddsItsSizeAndTheDigestsThatAreKnown) {
  WireListedPart listed{.part = {"part_1", 1, "upload_1"},
                        .bytes = 3,
                        .crc64 = "00000000000000ff",
                        .md5 = {},
                        .sha256 = {}};
  EXPECT_EQ(to_json(listed),
            R"({"id":"part_1","object":"upload.part","created_at":1,"upload_id":"upload_1",)"
            R"("bytes":3,"crc64":"00000000000000ff"})");
  listed.md5 = "aa";
  listed.sha256 = "bb";
  EXPECT_NE(to_json(listed).find(R"("00000000000000ff","md5":"aa","sha256":"bb"})"),
            std::string::npos);
}

TEST(WireObjects, ADeletedFileHasThreeKeys) {
  EXPECT_EQ(to_json(WireDeletedFile{"file-1"}),
            R"({"object":"file","deleted":true,"id":"file-1"})");
}

TEST(WireObjects, AListNamesItsFirstAndLastItem) {
  WireList<WireUpload> list;
  list.data = {an_upload(), an_upload()};
  list.data[1].id = "upload_2";
  list.has_more = true;
  EXPECT_EQ(to_json(list), R"({"object":"list","data":[)" + to_json(list.data[0]) + "," +
                               to_json(list.data[1]) +
                               R"(],"has_more":true,"first_id":"upload_1","last_id":"upload_2"})");
}

TEST(WireObjects, AListOfLongItemsEndsEarlyAndHasMore) {
  WireList<WireUpload> list;
  for (int i = 0; i < 12; ++i) {
    list.data.push_back(an_upload());
    list.data.back().id = "upload_" + std::to_string(i);
    list.data.back().filename = std::string(kMiB, 'x');
  }
  const std::string json = to_json(list);
  EXPECT_LT(json.size(), kListBytesMax + 2 * kMiB);
  EXPECT_TRUE(json.ends_with(R"("has_more":true,"first_id":"upload_0","last_id":"upload_7"})"));
  EXPECT_TRUE(json.contains(R"("id":"upload_7")"));
  EXPECT_FALSE(json.contains("upload_8"));
  list.has_pages = false;
  EXPECT_TRUE(
      to_json(list).ends_with(R"("has_more":false,"first_id":"upload_0","last_id":"upload_11"})"));
}

TEST(WireObjects, AnEmptyListHasNullIds) {
  EXPECT_EQ(to_json(WireList<WireListedPart>{}),
            R"({"object":"list","data":[],"has_more":false,"first_id":null,"last_id":null})");
}

TEST(WireObjects, AnErrorHasFourKeysAndOnFilesADetail) {
  WireError error{.message = "No.", .type = "invalid_request_error", .param = {}, .code = {}};
  EXPECT_EQ(
      to_json(error),
      R"({"error":{"message":"No.","type":"invalid_request_error","param":null,"code":null}})");
  error.param = "id";
  error.code = "invalid_api_key";
  error.with_detail = true;
  EXPECT_EQ(to_json(error),
            R"({"error":{"message":"No.","type":"invalid_request_error","param":"id",)"
            R"("code":"invalid_api_key"},"detail":{"message":"No.","code":"invalid_api_key"}})");
}

}  // namespace
}  // namespace partwise::wire
