#pragma once

// The input of one request's body: it asks for the body by `100 Continue` where the client waits
// for that, and it loses patience with a client that is too slow.

#include "base/clock.hpp"
#include "http/connection_input.hpp"
#include "http/patience.hpp"

namespace partwise::http {

class RequestInput final : public Input {
 public:
  RequestInput(Connection& connection, ConnectionInput& input, const Clock& clock,
               const HttpLimits& limits, bool expects_continue);

  [[nodiscard]] Result<Bytes> peek_now() override { return input_.peek_now(); }
  [[nodiscard]] Result<Bytes> peek_bulk_now(std::uint64_t wanted) override {
    return input_.peek_bulk_now(wanted);
  }
  void consume(std::size_t count) override { input_.consume(count); }
  [[nodiscard]] Task<Result<>> wait() override;

 private:
  [[nodiscard]] Task<Result<>> send_continue();

  Connection& connection_;
  ConnectionInput& input_;
  const Clock& clock_;
  Patience patience_;
  const std::uint64_t received_before_;
  bool owes_continue_;
};

}  // namespace partwise::http
