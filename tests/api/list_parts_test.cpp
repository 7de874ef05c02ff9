// GET /v1/uploads/{upload_id}/parts

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

class ListParts : public testing::Test {
 protected:
  Json list(const std::string& query = {}) {
    return Json(api.get("/v1/uploads/" + upload + "/parts" + query).body);
  }
  ApiHarness api;
  const std::string upload = api.create_upload(9);
};

TEST_F(ListParts, ShowsSizeAndDigestsOfEachPart) {
  const std::string form =
      form_field("md5", "25f9e794323b453885f5181f1b624d0b") + form_of("123456789");
  const std::string with_md5 = Json(api.send(part_request(upload, form)).body).text("id");
  const std::string plain = api.add_part(upload, "123456789");
  const Json json = list();
  EXPECT_EQ(json.texts("data", "id"), (std::vector{with_md5, plain}));
  EXPECT_EQ(json.texts("data", "upload_id"), (std::vector{upload, upload}));
  EXPECT_EQ(json.texts("data", "object"), (std::vector<std::string>{"upload.part", "upload.part"}));
  // The check value of CRC-64/XZ.
  EXPECT_EQ(json.texts("data", "crc64"),
            (std::vector<std::string>{"995dc9bbdf1939fa", "995dc9bbdf1939fa"}));
  EXPECT_EQ(json.texts("data", "md5"),
            (std::vector<std::string>{"25f9e794323b453885f5181f1b624d0b", ""}));
  EXPECT_EQ(json.text("first_id"), with_md5);
  EXPECT_EQ(json.text("last_id"), plain);
}

// Lists: "parts of an upload: oldest first".
TEST_F(ListParts, TheOldestIsFirstUnlessAskedOtherwise) {
  const std::string first = api.add_part(upload, "1");
  const std::string second = api.add_part(upload, "2");
  EXPECT_EQ(list().texts("data", "id"), (std::vector{first, second}));
  EXPECT_EQ(list("?order=desc").texts("data", "id"), (std::vector{second, first}));
  const Json page = list("?limit=1");
  EXPECT_TRUE(page.truth("has_more"));
  EXPECT_EQ(list("?limit=1&after=" + page.text("last_id")).texts("data", "id"),
            std::vector{second});
}

// Lists: "of an ended upload: none".
TEST_F(ListParts, AnEndedUploadHasNone) {
  ASSERT_NE(api.add_part(upload, "1"), "");
  ASSERT_EQ(api.post("/v1/uploads/" + upload + "/cancel").status, 200);
  const auto reply = api.get("/v1/uploads/" + upload + "/parts");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body,
            R"({"object":"list","data":[],"has_more":false,"first_id":null,"last_id":null})");
}

TEST_F(ListParts, AfterNamesAPartOfThisUpload) {
  const std::string foreign = api.add_part(api.create_upload(9), "1");
  const auto reply = api.get("/v1/uploads/" + upload + "/parts?after=" + foreign);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json(reply.body).text("error.param"), "after");
}

}  // namespace
}  // namespace partwise::test
