#include "load/plan_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/bytes.hpp"
#include "load/json_fields.hpp"

namespace partwise::load {

namespace {

// All of them come from one address, which has 28 000 ports.
constexpr std::size_t kConnectionsMax = 20'000;
// Payloads up to here make small requests.
constexpr std::uint64_t kSmallBytesMax = 256 * kKiB;

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorCode::invalid_request, std::move(message));
}

using NamedTemplates = std::vector<std::pair<std::string, TemplateText>>;

Result<NamedTemplates> read_templates(const wire::JsonObject& object, std::string_view where) {
  NamedTemplates all;
  for (const wire::JsonMember& member : object) {
    const auto* const text = std::get_if<std::string>(&member.value.value);
    if (text == nullptr) return invalid(fmt::format("{}.{} is not a text.", where, member.key));
    TRY(auto parsed, TemplateText::parse(*text));
    all.emplace_back(member.key, std::move(parsed));
  }
  return all;
}

Result<PayloadRange> read_payload_range(JsonFields& fields) {
  TRY(const auto offset, fields.size("offset", 0));
  TRY(const auto bytes, fields.size("bytes", 0));
  return PayloadRange{offset, bytes};
}

Result<Body> read_multipart(JsonFields& fields) {
  MultipartBody body;
  TRY(body.field, fields.text("field"));
  TRY(const auto filename, fields.text("filename", "part"));
  TRY(body.filename, TemplateText::parse(filename));
  TRY(body.payload, read_payload_range(fields));
  TRY(const auto texts, fields.object("texts"));
  TRY(body.texts, read_templates(texts, fields.where()));
  return body;
}

Result<Body> read_body(const wire::JsonValue& value, std::string where) {
  TRY(auto fields, JsonFields::of(value, std::move(where)));
  TRY(const auto kind, fields.text("kind"));
  Body body;
  if (kind == "multipart") {
    TRY(body, read_multipart(fields));
  } else if (kind == "raw") {
    RawBody raw;
    TRY(raw.payload, read_payload_range(fields));
    TRY(raw.content_type, fields.text("content_type", ""));
    body = std::move(raw);
  } else if (kind == "text") {
    TextBody text;
    TRY(const auto content, fields.text("text"));
    TRY(text.text, TemplateText::parse(content));
    TRY(text.content_type, fields.text("content_type", "application/json"));
    body = std::move(text);
  } else {
    return invalid(fmt::format("{} has no kind '{}'.", fields.where(), kind));
  }
  CHECK(fields.require_nothing_else());
  return body;
}

Result<std::vector<Capture>> read_captures(const wire::JsonObject& object,
                                           const std::string& where) {
  std::vector<Capture> captures;
  for (const wire::JsonMember& member : object) {
    TRY(auto fields, JsonFields::of(member.value, fmt::format("{}.{}", where, member.key)));
    Capture capture;
    capture.name = member.key;
    TRY(capture.header, fields.text("header", ""));
    TRY(capture.after, fields.text("after", ""));
    TRY(capture.until, fields.text("until", ""));
    CHECK(fields.require_nothing_else());
    if (capture.header.empty() == capture.until.empty()) {
      return invalid(fmt::format("{} is either a header, or until a text.", fields.where()));
    }
    captures.push_back(std::move(capture));
  }
  return captures;
}

Result<Sigv4Credentials> read_credentials(const wire::JsonValue& value, std::string where) {
  TRY(auto fields, JsonFields::of(value, std::move(where)));
  TRY(const auto kind, fields.text("kind"));
  if (kind != "sigv4") return invalid(fmt::format("{} has no kind '{}'.", fields.where(), kind));
  Sigv4Credentials credentials;
  TRY(credentials.access, fields.text("access"));
  TRY(credentials.secret, fields.text("secret"));
  TRY(credentials.region, fields.text("region", "us-east-1"));
  TRY(credentials.service, fields.text("service", "s3"));
  CHECK(fields.require_nothing_else());
  return credentials;
}

Result<RandomRanges> read_random_ranges(const wire::JsonValue& value, std::string where) {
  TRY(auto fields, JsonFields::of(value, std::move(where)));
  RandomRanges ranges;
  TRY(ranges.file_bytes, fields.size("file_bytes", 0));
  TRY(ranges.bytes, fields.size("bytes", 0));
  CHECK(fields.require_nothing_else());
  if (ranges.bytes == 0 || ranges.bytes > ranges.file_bytes) {
    return invalid(fmt::format("{} needs 0 < bytes <= file_bytes.", fields.where()));
  }
  return ranges;
}

Result<std::vector<int>> read_statuses(const wire::JsonArray& array, std::string_view where) {
  std::vector<int> statuses;
  for (const wire::JsonValue& value : array) {
    const auto* const status = std::get_if<std::int64_t>(&value.value);
    if (status == nullptr || *status < 100 || *status > 999) {
      return invalid(fmt::format("{}.expect holds statuses.", where));
    }
    statuses.push_back(static_cast<int>(*status));
  }
  return statuses;
}

Result<Step> read_step(const wire::JsonValue& value, std::string where) {
  TRY(auto fields, JsonFields::of(value, std::move(where)));
  Step step;
  TRY(step.method, fields.text("method"));
  TRY(const auto path, fields.text("path"));
  TRY(step.path, TemplateText::parse(path));
  TRY(step.name, fields.text("name", fmt::format("{} {}", step.method, path)));
  TRY(const auto headers, fields.object("headers"));
  TRY(step.headers, read_templates(headers, fields.where()));
  TRY(const auto expect, fields.array("expect"));
  TRY(step.expect, read_statuses(expect, fields.where()));
  TRY(const auto captures, fields.object("capture"));
  TRY(step.captures, read_captures(captures, fields.where()));
  TRY(step.record, fields.flag("record", true));
  if (const auto* const body = fields.find("body")) {
    TRY(step.body, read_body(*body, fields.where() + ".body"));
  }
  if (const auto* const sign = fields.find("sign")) {
    TRY(step.sign, read_credentials(*sign, fields.where() + ".sign"));
  }
  if (const auto* const ranges = fields.find("random_ranges")) {
    TRY(step.random_ranges, read_random_ranges(*ranges, fields.where() + ".random_ranges"));
  }
  CHECK(fields.require_nothing_else());
  return step;
}

Result<std::vector<Step>> read_steps(const wire::JsonArray& array) {
  std::vector<Step> steps;
  for (const wire::JsonValue& value : array) {
    TRY(auto step, read_step(value, fmt::format("steps[{}]", steps.size())));
    steps.push_back(std::move(step));
  }
  if (steps.empty()) return invalid("The plan has no steps.");
  return steps;
}

Result<ValueLists> read_values(const wire::JsonObject& object) {
  ValueLists lists;
  for (const wire::JsonMember& member : object) {
    const auto* const array = std::get_if<wire::JsonArray>(&member.value.value);
    if (array == nullptr) return invalid(fmt::format("values.{} is not an array.", member.key));
    std::vector<std::string>& list = lists[member.key];
    for (const wire::JsonValue& item : *array) {
      const auto* const text = std::get_if<std::string>(&item.value);
      if (text == nullptr) return invalid(fmt::format("values.{} holds texts.", member.key));
      list.push_back(*text);
    }
  }
  return lists;
}

const PayloadRange* payload_of(const Step& step) {
  if (const auto* const form = std::get_if<MultipartBody>(&step.body)) return &form->payload;
  if (const auto* const raw = std::get_if<RawBody>(&step.body)) return &raw->payload;
  return nullptr;
}

bool needs_payload(const Step& step) { return payload_of(step) != nullptr; }

bool is_bulk(const Step& step) {
  const PayloadRange* const payload = payload_of(step);
  return step.random_ranges || (payload != nullptr && payload->bytes > kSmallBytesMax);
}

Engine cheaper_engine(const Plan& plan) {
  const bool small = std::ranges::none_of(plan.steps, is_bulk);
  return small && plan.connections > 1 && !plan.tls && plan.pause.count() == 0 ? Engine::events
                                                                               : Engine::threads;
}

Result<Engine> read_engine(const std::string& name, const Plan& plan) {
  if (name.empty()) return cheaper_engine(plan);
  if (name == "threads") return Engine::threads;
  if (name != "events") return invalid(fmt::format("There is no engine '{}'.", name));
  if (plan.tls || plan.pause.count() > 0) {
    return invalid("The engine 'events' knows no TLS and no pauses.");
  }
  return Engine::events;
}

Result<> require_whole(const Plan& plan) {
  if (plan.port == 0) return invalid("plan.port is not a port.");
  if (plan.connections == 0 || plan.connections > kConnectionsMax) {
    return invalid(fmt::format("plan.connections is not 1 to {}.", kConnectionsMax));
  }
  if (plan.payload.empty() && std::ranges::any_of(plan.steps, needs_payload)) {
    return invalid("plan.payload is missing, and a step sends it.");
  }
  return {};
}

}  // namespace

Result<Plan> read_plan(std::string_view json) {
  TRY(const auto value, wire::parse_json(json));
  TRY(auto fields, JsonFields::of(value, "plan"));
  Plan plan;
  TRY(plan.host, fields.text("host", "127.0.0.1"));
  TRY(const auto port, fields.size("port", 0));
  plan.port = port > std::numeric_limits<std::uint16_t>::max() ? std::uint16_t{0}
                                                               : static_cast<std::uint16_t>(port);
  TRY(plan.tls, fields.flag("tls", false));
  TRY(plan.connections, fields.size("connections", 1));
  TRY(plan.warmup_requests, fields.size("warmup_requests", 0));
  TRY(plan.seconds, fields.optional_number("seconds"));
  TRY(plan.iterations, fields.optional_size("iterations"));
  TRY(const auto pause_ms, fields.size("pause_ms", 0));
  plan.pause = std::chrono::milliseconds(pause_ms);
  TRY(const auto timeout_s, fields.size("timeout_s", 120));
  plan.timeout = std::chrono::seconds(timeout_s);
  TRY(plan.payload, fields.text("payload", ""));
  TRY(const auto steps, fields.array("steps"));
  TRY(plan.steps, read_steps(steps));
  TRY(const auto values, fields.object("values"));
  TRY(plan.values, read_values(values));
  TRY(const auto engine, fields.text("engine", ""));
  TRY(plan.engine, read_engine(engine, plan));
  CHECK(fields.require_nothing_else());
  CHECK(require_whole(plan));
  return plan;
}

}  // namespace partwise::load
