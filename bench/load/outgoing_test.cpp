#include "load/outgoing.hpp"

#include <gtest/gtest.h>

#include "load/plan_reader.hpp"

namespace partwise::load {
namespace {

Result<Plan> plan_of(const std::string& step) {
  return read_plan(R"({"port": 80, "iterations": 1, "payload": "p", "values": {"id": ["a", "b"]},
                       "steps": [)" +
                   step + "]}");
}

Outgoing rendered(const std::string& step, std::uint64_t iteration = 0) {
  const Plan plan = plan_of(step).value();
  RequestRenderer renderer(plan, 1);
  Variables variables(plan.values, 3);
  variables.begin_iteration(iteration);
  variables.capture("got", "it");
  Outgoing outgoing;
  EXPECT_TRUE(renderer.render(plan.steps.front(), variables, outgoing));
  return outgoing;
}

TEST(Outgoing, HolesAreFilledFromListsCapturesAndNumbers) {
  const std::string step = R"({"method": "GET", "path": "/${id}/${got}/${n}/${c}"})";
  EXPECT_TRUE(rendered(step, 0).before.starts_with("GET /a/it/0/3 HTTP/1.1\r\n"));
  EXPECT_TRUE(rendered(step, 5).before.starts_with("GET /b/it/5/3 HTTP/1.1\r\n"));
}

TEST(Outgoing, AHoleThatNothingFillsIsAnError) {
  const Plan plan = plan_of(R"({"method": "GET", "path": "/${other}"})").value();
  RequestRenderer renderer(plan, 1);
  Outgoing outgoing;
  EXPECT_FALSE(renderer.render(plan.steps.front(), Variables(plan.values, 0), outgoing));
}

TEST(Outgoing, TheLengthOfAFormIsThatOfItsThreeParts) {
  const auto outgoing = rendered(R"({"method": "POST", "path": "/p", "body": {"kind": "multipart",
      "field": "data", "offset": 5, "bytes": 1000, "texts": {"sha256": "${id}"}}})");
  const std::size_t head_end = outgoing.before.find("\r\n\r\n") + 4;
  const std::size_t length = outgoing.before.size() - head_end + 1000 + outgoing.after.size();
  EXPECT_TRUE(outgoing.before.contains("content-length: " + std::to_string(length) + "\r\n"));
  EXPECT_TRUE(outgoing.before.contains("name=\"sha256\"\r\n\r\na\r\n--"));
  EXPECT_TRUE(outgoing.before.ends_with("content-type: application/octet-stream\r\n\r\n"));
  EXPECT_EQ(outgoing.payload.offset, 5U);
  EXPECT_EQ(outgoing.payload.bytes, 1000U);
}

TEST(Outgoing, ARequestWithoutABodySaysSoWhereItsMethodHasOne) {
  EXPECT_TRUE(
      rendered(R"({"method": "POST", "path": "/"})").before.contains("content-length: 0\r\n"));
  EXPECT_FALSE(rendered(R"({"method": "GET", "path": "/"})").before.contains("content-length"));
}

TEST(Outgoing, RandomRangesAreAlignedAndInside) {
  const std::string step =
      R"({"method": "GET", "path": "/", "random_ranges": {"file_bytes": 30, "bytes": 10}})";
  const std::string head = rendered(step).before;
  EXPECT_TRUE(head.contains("range: bytes=0-9\r\n") || head.contains("range: bytes=10-19\r\n") ||
              head.contains("range: bytes=20-29\r\n"));
}

TEST(PlanReader, WhatItDoesNotKnowIsRefused) {
  EXPECT_FALSE(plan_of(R"({"method": "GET", "path": "/", "expects": [200]})"));
  EXPECT_FALSE(plan_of(R"({"method": "GET"})"));
  EXPECT_FALSE(plan_of(R"({"method": "PUT", "path": "/", "body": {"kind": "other"}})"));
  EXPECT_FALSE(read_plan(R"({"port": 0, "steps": [{"method": "GET", "path": "/"}]})"));
  EXPECT_FALSE(read_plan(R"({"port": 80, "steps": []})"));
}

}  // namespace
}  // namespace partwise::load
