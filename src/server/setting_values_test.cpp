#include "server/setting_values.hpp"

#include <gtest/gtest.h>

#include "base/bytes.hpp"

namespace partwise {
namespace {

TEST(Endpoint, Ipv4AndIpv6AndLocalhostAreRead) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8080"), (Endpoint{"127.0.0.1", 8080}));
  EXPECT_EQ(parse_endpoint("[::1]:65535"), (Endpoint{"::1", 65535}));
  EXPECT_EQ(parse_endpoint("localhost:0"), (Endpoint{"localhost", 0}));
}

TEST(Endpoint, ItsTextIsReadBackAsTheSame) {
  for (const auto* text : {"0.0.0.0:1", "[2001:db8::1]:443", "localhost:80"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint.has_value()) << text;
    EXPECT_EQ(endpoint->text(), text);
  }
}

TEST(Endpoint, AnythingElseIsRefused) {
  for (const auto* text : {"", "x", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:80 ", "256.0.0.1:80", "::1:8080", "[::1]",
                           "[127.0.0.1]:80", "[]:80", "example.org:80"}) {
    EXPECT_FALSE(parse_endpoint(text).has_value()) << text;
  }
}

TEST(Endpoint, OnlyLoopbackAddressesAreLoopback) {
  EXPECT_TRUE((Endpoint{"127.8.9.1", 1}).is_loopback());
  EXPECT_TRUE((Endpoint{"::1", 1}).is_loopback());
  EXPECT_TRUE((Endpoint{"localhost", 1}).is_loopback());
  EXPECT_FALSE((Endpoint{"0.0.0.0", 1}).is_loopback());
  EXPECT_FALSE((Endpoint{"::", 1}).is_loopback());
  EXPECT_FALSE((Endpoint{"128.0.0.1", 1}).is_loopback());
}

TEST(SettingSize, UnitsAreBinaryOrDecimalInAnyCase) {
  const Range any;
  EXPECT_EQ(parse_size("1500", any), 1500U);
  EXPECT_EQ(parse_size("1500B", any), 1500U);
  EXPECT_EQ(parse_size("64MiB", any), 64 * kMiB);
  EXPECT_EQ(parse_size("64 mib", any), 64 * kMiB);
  EXPECT_EQ(parse_size("3TiB", any), 3 * 1024 * kGiB);
  EXPECT_EQ(parse_size("5kB", any), 5000U);
  EXPECT_EQ(parse_size("2GB", any), 2'000'000'000U);
}

TEST(SettingSize, AnythingElseIsRefused) {
  for (const auto* text : {"", "MiB", "-1", "1.5GiB", "64M", "0x10", "1 2", "64MiB "}) {
    EXPECT_FALSE(parse_size(text, Range{}).has_value()) << text;
  }
}

TEST(SettingSize, WhatOverflowsIsOutOfRangeAndNeverWraps) {
  const auto size = parse_size("18446744073709551615TiB", Range{1, kGiB});
  ASSERT_FALSE(size.has_value());
  EXPECT_EQ(size.error().message, "'18446744073709551615TiB' is not between 1 and 1GiB.");
}

TEST(SettingSize, ItsShortestTextIsReadBackAsTheSame) {
  EXPECT_EQ(size_text(0), "0");
  EXPECT_EQ(size_text(1500), "1500");
  EXPECT_EQ(size_text(2000), "2kB");
  EXPECT_EQ(size_text(64 * kMiB), "64MiB");
  EXPECT_EQ(size_text(2048 * kGiB), "2TiB");
  for (std::uint64_t bytes : {0UL, 1UL, 1023UL, 1024UL, 123'000UL, 5'000'000'000UL}) {
    EXPECT_EQ(parse_size(size_text(bytes), Range{}), bytes);
  }
}

TEST(SettingCount, BothEndsOfTheRangeAreIncluded) {
  EXPECT_EQ(parse_count("1", Range{1, 3}), 1U);
  EXPECT_EQ(parse_count("3", Range{1, 3}), 3U);
  EXPECT_FALSE(parse_count("0", Range{1, 3}).has_value());
  EXPECT_EQ(parse_count("4", Range{1, 3}).error().message, "'4' is not between 1 and 3.");
}

}  // namespace
}  // namespace partwise
