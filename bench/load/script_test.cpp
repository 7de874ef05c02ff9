#include "load/script.hpp"

#include <gtest/gtest.h>

#include "load/plan_reader.hpp"

namespace partwise::load {
namespace {

using std::chrono::microseconds;

Plan plan() {
  return read_plan(R"({"port": 80, "iterations": 1, "steps": [
      {"method": "POST", "path": "/", "expect": [201],
       "capture": {"id": {"after": "\"id\":\"", "until": "\""}, "place": {"header": "location"}}},
      {"method": "GET", "path": "${place}/${id}", "record": false}]})")
      .value();
}

Response response(int status, std::string body) {
  Response response;
  response.head.status = status;
  response.head.text = "HTTP/1.1 200 OK\r\nLocation: /there\r\n\r\n";
  response.body = std::move(body);
  return response;
}

TEST(Script, WhatIsCapturedIsUsedByLaterSteps) {
  const Plan plan_of_two = plan();
  Script script(plan_of_two, 0);
  script.begin_iteration(0);
  EXPECT_TRUE(script.keeps_answer());
  script.take_answer(response(201, R"({"id":"a1","object":"x"})"), microseconds(10));
  ASSERT_FALSE(script.has_ended());
  Outgoing outgoing;
  ASSERT_TRUE(script.render(outgoing));
  EXPECT_TRUE(outgoing.before.starts_with("GET /there/a1 HTTP/1.1\r\n"));
  script.take_answer(response(200, ""), microseconds(10));
  EXPECT_TRUE(script.has_ended());
  const Figures figures = script.take_figures();
  EXPECT_EQ(figures.iterations, 1U);
  EXPECT_EQ(figures.errors(), 0U);
  EXPECT_EQ(figures.steps[0].latency.count(), 1U);
  EXPECT_EQ(figures.steps[1].latency.count(), 0U);
}

TEST(Script, AWrongStatusEndsTheIterationAndIsNoLatency) {
  const Plan plan_of_two = plan();
  Script script(plan_of_two, 0);
  script.begin_iteration(0);
  script.take_answer(response(200, R"({"id":"a1"})"), microseconds(10));
  EXPECT_TRUE(script.has_ended());
  EXPECT_TRUE(script.has_failed());
  const Figures figures = script.take_figures();
  EXPECT_EQ(figures.iterations, 0U);
  EXPECT_EQ(figures.errors(), 1U);
  EXPECT_EQ(figures.steps[0].count, 1U);
  EXPECT_EQ(figures.steps[0].statuses.at(200), 1U);
  EXPECT_EQ(figures.steps[0].latency.count(), 0U);
  EXPECT_TRUE(figures.first_error.contains("was answered with 200"));
}

TEST(Script, AnAnswerWithoutWhatWasToBeCapturedIsAnError) {
  const Plan plan_of_two = plan();
  Script script(plan_of_two, 0);
  script.begin_iteration(0);
  script.take_answer(response(201, "{}"), microseconds(10));
  EXPECT_TRUE(script.has_failed());
}

}  // namespace
}  // namespace partwise::load
