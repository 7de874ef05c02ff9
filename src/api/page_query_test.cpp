#include "api/page_query.hpp"

#include <gtest/gtest.h>

namespace partwise::api {
namespace {

Result<PageRequest> parse(std::string_view query) {
  return parse_page_query(query, Order::desc, ApiLimits{});
}

void expect_refused(std::string_view query, std::string_view message, std::string_view param) {
  const auto page = parse(query);
  ASSERT_FALSE(page.has_value()) << query;
  EXPECT_EQ(page.error(),
            (Error{ErrorCode::invalid_request, std::string(message), std::string(param)}));
}

TEST(PageQuery, WithoutAQueryItIsTheFirstLongestPage) {
  const auto page = parse("");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->limit, 10'000U);
  EXPECT_EQ(page->order, Order::desc);
  EXPECT_EQ(page->after, "");
  EXPECT_FALSE(page->purpose.has_value());
  EXPECT_EQ(parse_page_query("", Order::asc, ApiLimits{})->order, Order::asc);
}

TEST(PageQuery, EveryParameterIsRead) {
  const auto page = parse("limit=2&order=asc&after=upload_%31&purpose=fine-tune&api-version=1");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->limit, 2U);
  EXPECT_EQ(page->order, Order::asc);
  EXPECT_EQ(page->after, "upload_1");
  EXPECT_EQ(page->purpose, Purpose::fine_tune);
}

TEST(PageQuery, TheLimitIsOneToTenThousand) {
  EXPECT_EQ(parse("limit=1")->limit, 1U);
  EXPECT_EQ(parse("limit=10000")->limit, 10'000U);
  expect_refused("limit=0", "0 is less than the minimum of 1 - 'limit'", "limit");
  expect_refused("limit=-5", "-5 is less than the minimum of 1 - 'limit'", "limit");
  expect_refused("limit=10001", "10001 is greater than the maximum of 10000 - 'limit'", "limit");
  expect_refused("limit=99999999999999999999",
                 "99999999999999999999 is greater than the maximum of 10000 - 'limit'", "limit");
}

TEST(PageQuery, ALimitThatIsNoIntegerIsRefused) {
  for (const std::string text : {"", "x", "1.5", "1e3", "+1", "1 ", "0x10", "-"}) {
    expect_refused("limit=" + (text == "+1" ? "%2B1" : text),
                   "'" + text + "' is not of type 'integer' - 'limit'", "limit");
  }
}

TEST(PageQuery, OtherOrdersAreRefused) {
  expect_refused("order=up", "'up' is not one of ['asc', 'desc'] - 'order'", "order");
  expect_refused("order=ASC", "'ASC' is not one of ['asc', 'desc'] - 'order'", "order");
}

TEST(PageQuery, TheFilterKnowsEveryPurpose) {
  for (const std::string purpose :
       {"assistants", "batch", "fine-tune", "vision", "user_data", "evals", "assistants_output",
        "batch_output", "fine-tune-results"}) {
    EXPECT_TRUE(parse("purpose=" + purpose).has_value()) << purpose;
  }
  const auto page = parse("purpose=x");
  ASSERT_FALSE(page.has_value());
  EXPECT_EQ(page.error().param, "purpose");
}

}  // namespace
}  // namespace partwise::api
