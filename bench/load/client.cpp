#include "load/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace partwise::load {

namespace {

constexpr std::size_t kShownBodyBytes = 300;

bool is_expected(const Step& step, int status) {
  if (step.expect.empty()) return status >= 200 && status < 300;
  return std::ranges::find(step.expect, status) != step.expect.end();
}

}  // namespace

Client::Client(const Plan& plan, const Payload* payload, std::uint64_t number)
    : plan_(plan),
      payload_(payload),
      renderer_(plan, number),
      variables_(plan.values, number),
      figures_(plan.steps.size()) {}

Result<> Client::connect() {
  if (channel_) return {};
  reader_.forget();
  TRY(auto socket, connect_to(plan_.host, plan_.port, plan_.timeout));
  if (plan_.tls) {
    TRY(channel_, make_tls_channel(std::move(socket)));
  } else {
    channel_ = make_plain_channel(std::move(socket));
  }
  return {};
}

bool Client::run_iteration(std::uint64_t number) {
  variables_.begin_iteration(number);
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    StepFigures& figures = figures_.steps[i];
    ++figures.count;
    const auto outcome = run_step(plan_.steps[i], figures);
    if (!outcome) {
      ++figures.errors;
      channel_.reset();  // What is still on its way must not be taken for the next answer.
      note_error(outcome.error());
      return false;
    }
  }
  ++figures_.iterations;
  return true;
}

Result<> Client::run_step(const Step& step, StepFigures& figures) {
  TRY(const auto outgoing, renderer_.render(step, variables_));
  CHECK(connect());
  const auto start = std::chrono::steady_clock::now();
  TRY(const auto response, exchange(step, outgoing));
  const auto duration = std::chrono::steady_clock::now() - start;
  ++figures.statuses[response.head.status];
  if (!is_expected(step, response.head.status)) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} was answered with {}: {}", step.name, response.head.status,
                            response.body.substr(0, kShownBodyBytes)));
  }
  CHECK(capture(step, response));
  if (step.record) figures.latency.record(duration);
  if (response.head.closes) channel_.reset();
  return {};
}

Result<Response> Client::exchange(const Step& step, const Outgoing& outgoing) {
  const bool keep = !step.captures.empty();
  const auto sent = channel_->send(outgoing, payload_);
  if (sent) {
    figures_.sent_bytes += outgoing.bytes();
    figures_.sent_payload_bytes += outgoing.payload.bytes;
  }
  // A server may refuse a body before its end, and close: then the answer says more than the error.
  auto response = reader_.read(*channel_, step.method, keep);
  if (!response && !sent) return std::unexpected(sent.error());
  if (response && !sent) response->head.closes = true;
  return response;
}

Result<> Client::capture(const Step& step, const Response& response) {
  for (const Capture& wanted : step.captures) {
    std::optional<std::string_view> found;
    if (!wanted.header.empty()) {
      if (const auto* const value = response.head.header(wanted.header)) found = *value;
    } else {
      const std::string_view body = response.body;
      const std::size_t before = body.find(wanted.after);
      const std::size_t begin = before + wanted.after.size();
      if (before != std::string_view::npos) {
        const std::size_t end = body.find(wanted.until, begin);
        if (end != std::string_view::npos) found = body.substr(begin, end - begin);
      }
    }
    if (!found) {
      return fail(ErrorCode::not_found,
                  fmt::format("The answer to {} has no '{}': {}", step.name, wanted.name,
                              response.body.substr(0, kShownBodyBytes)));
    }
    variables_.capture(wanted.name, *found);
  }
  return {};
}

void Client::note_error(const Error& error) {
  if (figures_.first_error.empty()) figures_.first_error = error.message;
}

Figures Client::take_figures() {
  Figures taken = std::exchange(figures_, Figures(plan_.steps.size()));
  taken.received_bytes =
      reader_.received_bytes() - std::exchange(received_before_, reader_.received_bytes());
  return taken;
}

}  // namespace partwise::load
