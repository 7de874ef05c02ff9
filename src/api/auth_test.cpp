#include "api/auth.hpp"

#include <gtest/gtest.h>

namespace partwise::api {
namespace {

std::string key_of(std::vector<http::Header> headers) {
  http::RequestHead head;
  head.headers = std::move(headers);
  return api_key_of(head).value_or("refused");
}

TEST(Auth, ABearerTokenIsTheKey) { EXPECT_EQ(key_of({{"Authorization", "Bearer pw-1"}}), "pw-1"); }

TEST(Auth, SchemesAreKnownInAnyCase) {
  EXPECT_EQ(key_of({{"authorization", "bearer pw-1"}}), "pw-1");
  EXPECT_EQ(key_of({{"AUTHORIZATION", "BEARER   pw-1"}}), "pw-1");
  EXPECT_EQ(key_of({{"authorization", "bAsIc OnB3LTE="}}), "pw-1");
}

TEST(Auth, ThePasswordOfBasicIsTheKey) {
  EXPECT_EQ(key_of({{"authorization", "Basic dXNlcjpwdy0x"}}), "pw-1");  // user:pw-1
  EXPECT_EQ(key_of({{"authorization", "Basic dXNlcjpwdzp4"}}), "pw:x");  // user:pw:x
  EXPECT_EQ(key_of({{"authorization", "Basic cHctMTo="}}), "");          // pw-1:
  EXPECT_EQ(key_of({{"authorization", "Basic cHctMQ=="}}), "");          // pw-1
  EXPECT_EQ(key_of({{"authorization", "Basic %%%"}}), "");
}

TEST(Auth, AzuresHeaderIsTheKeyWhereAuthorizationHasNone) {
  EXPECT_EQ(key_of({{"api-key", "pw-1"}}), "pw-1");
  EXPECT_EQ(key_of({{"Api-Key", "pw-1"}, {"Authorization", "Digest x"}}), "pw-1");
}

// A proxy in front may have judged the other one.
TEST(Auth, TwoDifferentKeysAreRefused) {
  EXPECT_EQ(key_of({{"api-key", "pw-1"}, {"Authorization", "Bearer pw-2"}}), "refused");
  EXPECT_EQ(key_of({{"Authorization", "Bearer pw-1"}, {"authorization", "Bearer pw-2"}}),
            "refused");
  EXPECT_EQ(key_of({{"api-key", "pw-1"}, {"Authorization", "Bearer pw-1"}}), "pw-1");
  http::RequestHead head;
  head.headers = {{"api-key", "pw-1"}, {"Authorization", "Bearer pw-2"}};
  EXPECT_EQ(api_key_of(head).error().code, ErrorCode::invalid_key);
}

TEST(Auth, OtherSchemesAndEmptyHeadersHaveNoKey) {
  EXPECT_EQ(key_of({}), "");
  EXPECT_EQ(key_of({{"authorization", ""}}), "");
  EXPECT_EQ(key_of({{"authorization", "Bearer"}}), "");
  EXPECT_EQ(key_of({{"authorization", "Bearer "}}), "");
  EXPECT_EQ(key_of({{"authorization", "pw-1"}}), "");
  EXPECT_EQ(key_of({{"authorization", "Digest pw-1"}}), "");
}

}  // namespace
}  // namespace partwise::api
