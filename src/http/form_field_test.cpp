#include "http/form_field.hpp"

#include <gtest/gtest.h>

namespace partwise::http {
namespace {

constexpr std::size_t kHeadersMax = 16;

void expect_refused(std::string_view lines) {
  const auto head = parse_field_head(lines, kHeadersMax);
  ASSERT_FALSE(head.has_value()) << lines;
  EXPECT_EQ(head.error().code, ErrorCode::invalid_request);
}

TEST(FieldHead, ReadsHeadersInAnyOrderAndCase) {
  const FieldHead expected{"data", "a.bin", "application/octet-stream"};
  for (std::string_view lines :
       {"Content-Disposition: form-data; name=\"data\"; filename=\"a.bin\"\r\n"
        "Content-Type: application/octet-stream\r\n",
        "content-type:application/octet-stream\r\nX-Other: 1\r\nContent-Length: 12\r\n"
        "CONTENT-DISPOSITION:form-data; filename=a.bin; name=data\r\n",
        "Content-Transfer-Encoding: binary\r\nContent-Disposition: form-data;\r\n"
        " name=data;\r\n\tfilename=a.bin\r\nContent-Type:\r\n application/octet-stream  \r\n"}) {
    const auto head = parse_field_head(lines, kHeadersMax);
    ASSERT_TRUE(head.has_value()) << lines << head.error().message;
    EXPECT_EQ(*head, expected) << lines;
  }
}

TEST(FieldHead, NeedsNoFilenameAndNoType) {
  const auto head = parse_field_head("Content-Disposition: form-data; name=\"\"\r\n", kHeadersMax);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(*head, (FieldHead{"", std::nullopt, std::nullopt}));
}

TEST(FieldHead, RefusesAFieldWithoutAName) {
  expect_refused("");
  expect_refused("Content-Type: text/plain\r\n");
  expect_refused("Content-Disposition: form-data\r\n");
  expect_refused("Content-Disposition: form-data; filename=a\r\n");
  expect_refused("Content-Disposition: attachment; name=a\r\n");
  expect_refused("Content-Disposition: \r\n");
}

TEST(FieldHead, RefusesMalformedAndRepeatedHeaders) {
  const std::string valid = "Content-Disposition: form-data; name=a\r\n";
  expect_refused(valid + valid);
  expect_refused(valid + "Content-Type: a\r\ncontent-type: a\r\n");
  expect_refused(valid + "no colon\r\n");
  expect_refused(valid + ": no name\r\n");
  expect_refused(valid + "X : space\r\n");
  expect_refused(" folded: first\r\n" + valid);
  expect_refused(valid + "X: a\rb\r\n");
  expect_refused(valid + std::string("X: \0\r\n", 6));
  expect_refused("Content-Disposition: form-data; name=\"a\x01\"\r\n");
}

TEST(FieldHead, RefusesContentThatIsEncoded) {
  const std::string valid = "Content-Disposition: form-data; name=a\r\n";
  expect_refused(valid + "Content-Transfer-Encoding: BASE64\r\n");
  expect_refused(valid + "Content-Transfer-Encoding: quoted-printable\r\n");
  EXPECT_TRUE(parse_field_head(valid + "Content-Transfer-Encoding: 8bit\r\n", 2).has_value());
}

TEST(FieldHead, LimitsTheNumberOfHeaders) {
  std::string lines = "Content-Disposition: form-data; name=a\r\n";
  for (std::size_t i = 1; i < kHeadersMax; ++i) lines += "X: y\r\n";
  EXPECT_TRUE(parse_field_head(lines, kHeadersMax).has_value());
  expect_refused(lines + "X: y\r\n");
}

TEST(Boundary, IsReadQuotedOrNot) {
  for (const auto& [content_type, boundary] : {
           std::pair{"multipart/form-data; boundary=abc", "abc"},
           {"Multipart/Form-Data;BOUNDARY=\"abc\"", "abc"},
           {"multipart/form-data; charset=utf-8; boundary=\"----=_Part_1_2.3\"",
            "----=_Part_1_2.3"},
           {"multipart/form-data; boundary=----=_Part_1; charset=utf-8", "----=_Part_1"},
           {"multipart/form-data; boundary=\"a b:c'()+_,-./=?\"", "a b:c'()+_,-./=?"},
           {"multipart/form-data; boundary=*****", "*****"},
           {"multipart/form-data; boundary=\"a;b\"", "a;b"},
       }) {
    const auto read = parse_boundary(content_type);
    ASSERT_TRUE(read.has_value()) << content_type;
    EXPECT_EQ(*read, boundary);
  }
}

TEST(Boundary, RefusesOtherTypesAndImpossibleBoundaries) {
  const std::string type = "multipart/form-data; ";
  for (const std::string& content_type :
       {std::string(), std::string("application/json"), std::string("multipart/mixed; boundary=a"),
        std::string("multipart/form-data"), type + "boundary",
        type + "boundary=", type + "boundary=\"\"", type + "boundary=\"a", type + "boundary=\"a \"",
        type + "boundary=a; boundary=b", type + "boundary=\xC3\xA4",
        type + "boundary=" + std::string(71, 'a'), type + "boundary=\"a\tb\""}) {
    const auto read = parse_boundary(content_type);
    ASSERT_FALSE(read.has_value()) << content_type;
    EXPECT_EQ(read.error().code, ErrorCode::invalid_request);
  }
  EXPECT_EQ(parse_boundary(type + "boundary=" + std::string(70, 'a'))->size(), 70U);
}

}  // namespace
}  // namespace partwise::http
