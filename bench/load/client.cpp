#include "load/client.hpp"

#include <chrono>
#include <utility>

namespace partwise::load {

Client::Client(const Plan& plan, const Payload* payload, std::uint64_t number)
    : plan_(plan), payload_(payload), script_(plan, number) {}

Result<> Client::connect() {
  if (channel_) return {};
  TRY(auto socket, connect_to(plan_.host, plan_.port, plan_.timeout));
  if (plan_.tls) {
    TRY(channel_, make_tls_channel(std::move(socket)));
  } else {
    channel_ = make_plain_channel(std::move(socket));
  }
  return {};
}

bool Client::run_iteration(std::uint64_t number) {
  script_.begin_iteration(number);
  while (!script_.has_ended()) run_step();
  // What is still on its way must not be taken for the next answer.
  if (script_.has_failed()) channel_.reset();
  return !script_.has_failed();
}

void Client::run_step() {
  const auto rendered = script_.render(outgoing_);
  if (!rendered) return script_.fail_step(rendered.error());
  if (const auto connected = connect(); !connected) return script_.fail_step(connected.error());
  const auto start = std::chrono::steady_clock::now();
  const auto response = exchange();
  if (!response) return script_.fail_step(response.error());
  script_.take_answer(**response, std::chrono::steady_clock::now() - start);
  if ((*response)->head.closes) channel_.reset();
}

Result<Response*> Client::exchange() {
  const auto sent = channel_->send(outgoing_, payload_);
  if (sent) script_.note_sent(outgoing_);
  // A server may refuse a body before its end, and close: then the answer says more than the error.
  auto response = reader_.read(*channel_, script_.step().method, script_.keeps_answer());
  if (!response && !sent) return std::unexpected(sent.error());
  if (response && !sent) (*response)->head.closes = true;
  return response;
}

Figures Client::take_figures() {
  Figures taken = script_.take_figures();
  taken.received_bytes =
      reader_.received_bytes() - std::exchange(received_before_, reader_.received_bytes());
  return taken;
}

}  // namespace partwise::load
