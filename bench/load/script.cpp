#include "load/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace partwise::load {

namespace {

constexpr std::size_t kShownBodyBytes = 300;

std::optional<std::string_view> find_captured(const Capture& wanted, const Response& response) {
  if (!wanted.header.empty()) return response.head.header(wanted.header);
  const std::string_view body = response.body;
  const std::size_t before = body.find(wanted.after);
  if (before == std::string_view::npos) return std::nullopt;
  const std::size_t begin = before + wanted.after.size();
  const std::size_t end = body.find(wanted.until, begin);
  if (end == std::string_view::npos) return std::nullopt;
  return body.substr(begin, end - begin);
}

}  // namespace

Script::Script(const Plan& plan, std::uint64_t number)
    : plan_(plan),
      renderer_(plan, number),
      variables_(plan.values, number),
      figures_(plan.steps.size()) {}

void Script::begin_iteration(std::uint64_t number) {
  variables_.begin_iteration(number);
  at_ = 0;
  has_failed_ = false;
}

Result<> Script::render(Outgoing& out) { return renderer_.render(step(), variables_, out); }

void Script::take_answer(const Response& response, std::chrono::nanoseconds duration) {
  StepFigures& figures = figures_.steps[at_];
  ++figures.statuses[response.head.status];
  if (const auto judged = judge(response); !judged) return fail_step(judged.error());
  ++figures.count;
  if (step().record) figures.latency.record(duration);
  ++at_;
  if (has_ended()) ++figures_.iterations;
}

Result<> Script::judge(const Response& response) {
  const auto shown = [&] { return response.body.substr(0, kShownBodyBytes); };
  if (!is_expected(step(), response.head.status)) {
    return fail(ErrorCode::invalid_request, fmt::format("{} was answered with {}: {}", step().name,
                                                        response.head.status, shown()));
  }
  for (const Capture& wanted : step().captures) {
    const auto found = find_captured(wanted, response);
    if (!found) {
      return fail(ErrorCode::not_found, fmt::format("The answer to {} has no '{}': {}", step().name,
                                                    wanted.name, shown()));
    }
    variables_.capture(wanted.name, *found);
  }
  return {};
}

void Script::fail_step(const Error& error) {
  ++figures_.steps[at_].count;
  ++figures_.steps[at_].errors;
  has_failed_ = true;
  note_error(error);
}

void Script::note_sent(const Outgoing& outgoing) {
  figures_.sent_bytes += outgoing.bytes();
  figures_.sent_payload_bytes += outgoing.payload.bytes;
}

void Script::note_error(const Error& error) {
  if (figures_.first_error.empty()) figures_.first_error = error.message;
}

Figures Script::take_figures() { return std::exchange(figures_, Figures(plan_.steps.size())); }

}  // namespace partwise::load
