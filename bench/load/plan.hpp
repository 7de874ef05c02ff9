#pragma once

// What a run does: the requests of one iteration, in order, on how many connections, for how long.
// Values; read from JSON by plan_reader.hpp, where the form is documented.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "load/sigv4.hpp"
#include "load/template_text.hpp"

namespace partwise::load {

// Bytes of the payload, which begins anew where it ends: a body may be longer than it.
struct PayloadRange {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

// A form (RFC 7578): the texts, then one field with a file name and the payload.
struct MultipartBody {
  std::string field;
  TemplateText filename;
  PayloadRange payload;
  std::vector<std::pair<std::string, TemplateText>> texts;
};

// The payload as it is.
struct RawBody {
  PayloadRange payload;
  std::string content_type;  // Empty: no such header.
};

struct TextBody {
  TemplateText text;
  std::string content_type;
};

using Body = std::variant<std::monostate, MultipartBody, RawBody, TextBody>;

// A value of the response, for later steps of the iteration: a header's, or what stands in the body
// between two texts.
struct Capture {
  std::string name;
  std::string header;  // Lower case; empty: of the body.
  std::string after;
  std::string until;
};

// A `range` header that asks for `bytes` at a random multiple of them within a file.
struct RandomRanges {
  std::uint64_t file_bytes = 0;
  std::uint64_t bytes = 0;
};

struct Step {
  std::string name;  // In the report.
  std::string method;
  TemplateText path;
  std::vector<std::pair<std::string, TemplateText>> headers;
  Body body;
  std::vector<int> expect;  // Statuses; empty: any of 200 to 299.
  std::vector<Capture> captures;
  std::optional<Sigv4Credentials> sign;
  std::optional<RandomRanges> random_ranges;
  bool record = true;  // Whether its latency is.
};

[[nodiscard]] inline bool is_expected(const Step& step, int status) {
  if (step.expect.empty()) return status >= 200 && status < 300;
  return std::ranges::find(step.expect, status) != step.expect.end();
}

// How connections are served by the generator.
enum class Engine : std::uint8_t {
  threads,  // Each has one, and blocks: cheapest for bulk, and the only one for TLS.
  events,   // One thread has all of them: cheapest for many small requests.
};

struct Plan {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  std::uint64_t connections = 1;
  // Iterations over all connections that come before the clock starts.
  std::uint64_t warmup_requests = 0;
  // No iteration is started after the first of the two that is reached.
  std::optional<double> seconds;
  std::optional<std::uint64_t> iterations;
  std::chrono::milliseconds pause{0};  // Between two iterations of one connection.
  std::chrono::seconds timeout{120};   // Of one system call on a connection.
  std::string payload;                 // A path; empty: there is none.
  Engine engine = Engine::threads;
  std::vector<Step> steps;
  ValueLists values;
};

}  // namespace partwise::load
