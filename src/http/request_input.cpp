#include "http/request_input.hpp"

#include <string_view>

namespace partwise::http {

RequestInput::RequestInput(Connection& connection, ConnectionInput& input, const Clock& clock,
                           const HttpLimits& limits, bool expects_continue)
    : connection_(connection),
      input_(input),
      clock_(clock),
      patience_(limits.body_rate_min_bytes_per_s, limits.body_grace, limits.body_stall_max),
      received_before_(input.received_bytes()),
      owes_continue_(expects_continue) {}

Task<Result<>> RequestInput::wait() {
  const MonotonicTime start = clock_.monotonic_now();
  const std::uint64_t received = input_.received_bytes() - received_before_;
  connection_.set_deadline(patience_.deadline(start, received));
  // Only here is the body needed and not there: a client that sends it at once saves the round
  // trip.
  if (owes_continue_) CO_CHECK(co_await send_continue());
  auto waited = co_await input_.wait();
  patience_.add_wait(clock_.monotonic_now() - start, received);
  co_return waited;
}

Task<Result<>> RequestInput::send_continue() {
  owes_continue_ = false;
  Bytes left = as_bytes("HTTP/1.1 100 Continue\r\n\r\n");
  while (!left.empty()) {
    const auto sent = connection_.write_now(left);
    if (sent) {
      left = left.subspan(*sent);
    } else if (sent.error().code == ErrorCode::would_block) {
      auto waited = co_await connection_.wait_writable();
      if (waited) continue;
      connection_.abort();  // No answer can follow a part of this one.
      co_return fail(ErrorCode::disconnected, "The client does not read.");
    } else {
      co_return fail(sent.error());
    }
  }
  co_return Result<>{};
}

}  // namespace partwise::http
