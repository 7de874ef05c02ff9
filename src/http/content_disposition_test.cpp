#include "http/content_disposition.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace partwise::http {
namespace {

ContentDisposition read(std::string_view value) {
  auto disposition = parse_content_disposition(value);
  EXPECT_TRUE(disposition.has_value()) << value;
  return disposition ? std::move(*disposition) : ContentDisposition{};
}

void expect_refused(std::string_view value) {
  const auto disposition = parse_content_disposition(value);
  ASSERT_FALSE(disposition.has_value()) << value;
  EXPECT_EQ(disposition.error().code, ErrorCode::invalid_request);
}

TEST(ContentDisposition, ReadsNameAndFilename) {
  const ContentDisposition expected{"form-data", "file", "a b.txt"};
  EXPECT_EQ(read(R"(form-data; name="file"; filename="a b.txt")"), expected);
  EXPECT_EQ(read(R"(Form-Data;FILENAME="a b.txt";NAME=file)"), expected);
  EXPECT_EQ(read("form-data ; name = file ;; filename = a b.txt ; "), expected);
  EXPECT_EQ(read(R"(form-data; x="; name=\"no\""; name="file"; filename="a b.txt"; size=3)"),
            expected);
}

TEST(ContentDisposition, ReadsAnAbsentAndAnEmptyNameApart) {
  EXPECT_EQ(read("form-data"), (ContentDisposition{"form-data", {}, {}}));
  EXPECT_EQ(read(R"(form-data; name="")"), (ContentDisposition{"form-data", "", {}}));
  EXPECT_EQ(read("form-data; name="), (ContentDisposition{"form-data", "", {}}));
  EXPECT_EQ(read(R"(attachment; filename="")"), (ContentDisposition{"attachment", {}, ""}));
}

TEST(ContentDisposition, UndoesTheEscapesOfBrowsersAndOfCurl) {
  EXPECT_EQ(*read(R"(form-data; filename="a%22b%0D%0Ac%0d%0a")").filename, "a\"b\r\nc\r\n");
  EXPECT_EQ(*read(R"(form-data; filename="a\"b\\c")").filename, R"(a"b\c)");
  EXPECT_EQ(*read(R"(form-data; filename="a;b\";c")").filename, R"(a;b";c)");
  EXPECT_EQ(*read(R"(form-data; name="a%22\"b")").name, "a\"\"b");
}

TEST(ContentDisposition, LeavesOtherPercentSignsAndBackslashes) {
  EXPECT_EQ(*read(R"(form-data; filename="100%25 %41%2")").filename, "100%25 %41%2");
  EXPECT_EQ(*read(R"(form-data; filename="C:\dir\file.txt")").filename, R"(C:\dir\file.txt)");
}

TEST(ContentDisposition, KeepsNamesAsBytes) {
  EXPECT_EQ(*read("form-data; filename=\"п €.txt\"").filename, "п €.txt");
  EXPECT_EQ(*read("form-data; filename=п€.txt").filename, "п€.txt");
  EXPECT_EQ(*read(R"(form-data; filename="../../etc/passwd")").filename, "../../etc/passwd");
  EXPECT_EQ(*read("form-data; filename=\"\xFF\"").filename, "\xFF");
}

TEST(ContentDisposition, PrefersTheExtendedFilename) {
  for (std::string_view value :
       {R"(form-data; name=f; filename="euro.txt"; filename*=UTF-8''%e2%82%ac.txt)",
        R"(form-data; name=f; filename*=utf-8'en'%E2%82%AC.txt; filename="euro.txt")",
        R"(form-data; name*=UTF-8''f; filename*="UTF-8''%E2%82%AC.txt")"}) {
    EXPECT_EQ(read(value), (ContentDisposition{"form-data", "f", "€.txt"})) << value;
  }
  EXPECT_EQ(*read("form-data; filename*=ISO-8859-1''%A3%20a").filename, "£ a");
  EXPECT_EQ(*read("form-data; filename*=UTF-8''a'b").filename, "a'b");
}

TEST(ContentDisposition, RefusesWhatIsMalformedOrAmbiguous) {
  for (std::string_view value :
       {"", ";", "form data; name=a", "form-data; name", "form-data; =a", "form-data; na me=a",
        R"(form-data; name="a)", R"(form-data; name="a\")", R"(form-data; name="a"b)",
        R"(form-data; name="a"b=c)", "form-data; name=a; name=a",
        R"(form-data; filename=a; FileName="a")",
        "form-data; filename*=UTF-8''a; filename*=UTF-8''a", "form-data; filename*=a",
        "form-data; filename*=UTF-8'a", "form-data; filename*=UTF-8''%e",
        "form-data; filename*=UTF-8''%zz", "form-data; filename*=KOI8-R''a"}) {
    expect_refused(value);
  }
}

TEST(AttachmentDisposition, GivesAFallbackAndTheName) {
  EXPECT_EQ(attachment_disposition("report 1.txt"),
            R"(attachment; filename="report 1.txt"; filename*=UTF-8''report%201.txt)");
  EXPECT_EQ(attachment_disposition("п€.txt"),
            R"(attachment; filename="__.txt"; filename*=UTF-8''%D0%BF%E2%82%AC.txt)");
  EXPECT_EQ(attachment_disposition(""), R"(attachment; filename=""; filename*=UTF-8'')");
}

TEST(AttachmentDisposition, CannotBeBrokenOutOf) {
  EXPECT_EQ(attachment_disposition("a\"; x=\"b"),
            R"(attachment; filename="a_; x=_b"; filename*=UTF-8''a%22%3B%20x%3D%22b)");
  EXPECT_EQ(attachment_disposition("a\r\nSet-Cookie: b"),
            R"(attachment; filename="a__Set-Cookie: b"; filename*=UTF-8''a__Set-Cookie%3A%20b)");
  EXPECT_EQ(attachment_disposition("..\\..//a%41'*"),
            R"(attachment; filename=".._..__a_41'*"; filename*=UTF-8''.._..__a%2541%27%2A)");
  EXPECT_EQ(attachment_disposition(std::string_view("\0\t\x7f", 3)),
            R"(attachment; filename="___"; filename*=UTF-8''___)");
}

TEST(AttachmentDisposition, OfAnyBytesIsPrintableAndReadsBackWithoutItsPaths) {
  std::string name;
  for (int c = 0; c < 256; ++c) name.push_back(static_cast<char>(c));
  const std::string value = attachment_disposition(name);
  EXPECT_TRUE(std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; })) << value;

  std::string expected = name;
  for (char& c : expected) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '/' || c == '\\') c = '_';
  }
  EXPECT_EQ(read(value).filename, expected);
}

}  // namespace
}  // namespace partwise::http
