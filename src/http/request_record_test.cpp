#include "http/request_record.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace partwise::http {

namespace {

using namespace std::chrono_literals;

// Keeps what it was told.
class KeepingLog final : public Log {
 public:
  void write(LogLevel, std::string_view message) override { text = message; }
  void write_event(const LogEvent& event) override {
    text = event.text;
    for (const LogField& field : event.fields) names.emplace_back(field.name);
  }
  std::string text;
  std::vector<std::string> names;
};

RequestRecord answered() {
  return {.request_id = "req_1",
          .method = "GET",
          .path = "/v1/files/x",
          .route = "get_file",
          .status = 200,
          .bytes_in = 3,
          .bytes_out = 40,
          .took = 12'340us,
          .peer = "127.0.0.1:5",
          .project = "default",
          .refusal = {},
          .answer_cut = false};
}

}  // namespace

TEST(RequestRecord, IsOneLineForPeople) {
  KeepingLog log;
  log_request(log, answered());
  EXPECT_EQ(log.text,
            "req_1 GET /v1/files/x 200 in=3 out=40 ms=12.3 peer=127.0.0.1:5 project=default");
}

TEST(RequestRecord, SaysWhereItsAnswerWasCutAndLeavesOutWhatIsNotKnown) {
  KeepingLog log;
  RequestRecord record = answered();
  record.project = {};
  record.route = {};
  record.answer_cut = true;
  log_request(log, record);
  EXPECT_EQ(log.text, "req_1 GET /v1/files/x 200 in=3 out=40 ms=12.3 peer=127.0.0.1:5 answer=cut");
  EXPECT_EQ(log.names,
            (std::vector<std::string>{"request_id", "method", "path", "status", "bytes_in",
                                      "bytes_out", "duration_ms", "remote", "answer"}));
}

TEST(RequestRecord, CutsLongMethodsAndPaths) {
  KeepingLog log;
  const std::string method(15'000, 'M');
  const std::string path(15'000, '/');
  RequestRecord record = answered();
  record.method = method;
  record.path = path;
  log_request(log, record);
  EXPECT_TRUE(
      log.text.starts_with("req_1 " + method.substr(0, 256) + " " + path.substr(0, 256) + " 200"));
}

TEST(RequestRecord, HasAFieldForEveryThingThatItKnows) {
  KeepingLog log;
  log_request(log, answered());
  EXPECT_EQ(log.names,
            (std::vector<std::string>{"request_id", "method", "path", "route", "status", "bytes_in",
                                      "bytes_out", "duration_ms", "remote", "project"}));
}

TEST(RequestRecord, OfAHeadThatCouldNotBeReadSaysWhy) {
  KeepingLog log;
  RequestRecord record{.request_id = "req_2", .status = 400, .peer = "p", .refusal = "No host."};
  log_request(log, record);
  EXPECT_EQ(log.text, "req_2 refused: 400 No host. peer=p");
}

TEST(RequestRecord, ShowsTheBeginningOfALongPathOnly) {
  KeepingLog log;
  const std::string path(5000, 'x');
  RequestRecord record = answered();
  record.path = path;
  log_request(log, record);
  EXPECT_LT(log.text.size(), 400U);
}

}  // namespace partwise::http
