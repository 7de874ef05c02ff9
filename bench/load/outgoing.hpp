#pragma once

// A request as it is sent. Only what is not payload is ever text.

#include <cstdint>
#include <random>
#include <string>

#include "base/result.hpp"
#include "load/plan.hpp"

namespace partwise::load {

// Two texts around a range of the payload, which may be empty.
struct Outgoing {
  std::string before;
  PayloadRange payload;
  std::string after;

  [[nodiscard]] std::uint64_t bytes() const { return before.size() + payload.bytes + after.size(); }
};

// What renders the requests of one connection. One thread at a time.
class RequestRenderer {
 public:
  // `plan` outlives this.
  RequestRenderer(const Plan& plan, std::uint64_t seed);

  // Overwrites `out`, whose memory is used again. Errors: not_found, for a hole that nothing fills.
  [[nodiscard]] Result<> render(const Step& step, const Variables& variables, Outgoing& out);

 private:
  void append_random_range(std::string& head, const RandomRanges& ranges);

  // Constant after construction.
  const std::string host_;
  // One thread at a time.
  std::mt19937_64 random_;
  std::string target_;
  std::string body_;  // What comes before the payload.
};

}  // namespace partwise::load
