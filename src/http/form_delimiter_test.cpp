#include "http/form_delimiter.hpp"

#include <gtest/gtest.h>

#include <random>

namespace partwise::http {
namespace {

using Verdict = DelimiterMatch::Verdict;

std::size_t naive_find(std::string_view data, std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < data.size(); ++at) {
    const std::string_view rest = data.substr(at, text.size());
    if (text.starts_with(rest)) return at;
  }
  return data.size();
}

TEST(FormDelimiter, IsFoundAtEveryPlaceOfEveryLength) {
  const FormDelimiter delimiter("boundary");
  for (std::size_t size = 0; size < 420; size += 7) {
    for (std::size_t at = 0; at <= size; ++at) {
      std::string data(size, 'x');
      data.insert(at, delimiter.text());
      ASSERT_EQ(delimiter.find(as_bytes(data), 0), at) << size;
      ASSERT_EQ(delimiter.find(as_bytes(data), at), at) << size;
      ASSERT_EQ(delimiter.find(as_bytes(data), at + 1), data.size()) << size;
    }
  }
}

TEST(FormDelimiter, IsFoundCutOffAtTheEnd) {
  const FormDelimiter delimiter("boundary");
  for (std::size_t size : {0UL, 1UL, 50UL, 127UL, 128UL, 300UL}) {
    for (std::size_t cut = 0; cut <= delimiter.text().size(); ++cut) {
      const std::string data =
          std::string(size, '\n') + std::string(delimiter.text().substr(0, cut));
      ASSERT_EQ(delimiter.find(as_bytes(data), 0), size) << cut;
    }
  }
}

TEST(FormDelimiter, IsFoundAsANaiveSearchFindsIt) {
  std::mt19937 random(20261123);
  constexpr std::string_view kAlphabet = "\r\n--ab";
  for (int round = 0; round < 20'000; ++round) {
    const FormDelimiter delimiter(round % 2 == 0 ? "ab" : "b--a-");
    std::string data;
    while (data.size() < random() % 700) {
      if (random() % 20 == 0) {
        data += delimiter.text().substr(0, random() % (delimiter.text().size() + 1));
      } else {
        data.push_back(kAlphabet[random() % kAlphabet.size()]);
      }
    }
    const std::size_t from = random() % (data.size() + 1);
    ASSERT_EQ(delimiter.find(as_bytes(data), from), naive_find(data, delimiter.text(), from))
        << round;
  }
}

// The verdict on `text`, fed byte by byte, and how much of it was taken.
std::pair<Verdict, std::size_t> judge(const FormDelimiter& delimiter, std::string_view text) {
  DelimiterMatch match(delimiter);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto step = match.feed(as_bytes(text.substr(i, 1)));
    if (step.verdict != Verdict::undecided) return {step.verdict, i + step.taken};
  }
  return {match.end(), text.size()};
}

TEST(DelimiterMatch, TellsDelimitersFromContent) {
  const FormDelimiter delimiter("b");
  const std::string tabs(kDelimiterPaddingMax, '\t');
  EXPECT_EQ(judge(delimiter, "\r\n--b\r\nX"), (std::pair{Verdict::next_field, 7UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b \t\r\nX"), (std::pair{Verdict::next_field, 9UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b" + tabs + "\r\n").first, Verdict::next_field);
  EXPECT_EQ(judge(delimiter, "\r\n--b--\r\nX"), (std::pair{Verdict::last, 9UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b-- \r\nX"), (std::pair{Verdict::last, 10UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b--"), (std::pair{Verdict::last, 7UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b--  "), (std::pair{Verdict::last, 9UL}));

  EXPECT_EQ(judge(delimiter, "\r\n--b" + tabs + " \r\n").first, Verdict::content);
  for (std::string_view text : {"\r\n--", "\r\n--b", "\r\n--b-", "\r\n--b \r", "\r\n--b--\r"}) {
    EXPECT_EQ(judge(delimiter, text).first, Verdict::content) << text;
  }
  EXPECT_EQ(judge(delimiter, "\r\n--c"), (std::pair{Verdict::content, 4UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--bX"), (std::pair{Verdict::content, 5UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b\rX"), (std::pair{Verdict::content, 6UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b\nX"), (std::pair{Verdict::content, 5UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b-X"), (std::pair{Verdict::content, 6UL}));
  EXPECT_EQ(judge(delimiter, "\r\n--b---"), (std::pair{Verdict::content, 7UL}));
}

TEST(DelimiterMatch, GoesOnFromWhatWasSeen) {
  const FormDelimiter delimiter("b");
  DelimiterMatch match(delimiter, 2);
  const auto step = match.feed(as_bytes("--b\r\nX"));
  EXPECT_EQ(step.verdict, Verdict::next_field);
  EXPECT_EQ(step.taken, 5U);
}

}  // namespace
}  // namespace partwise::http
