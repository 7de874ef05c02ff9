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

  // Errors: not_found, for a hole that nothing fills.
  [[nodiscard]] Result<Outgoing> render(const Step& step, const Variables& variables);

 private:
  [[nodiscard]] std::string random_range(const RandomRanges& ranges);

  // Constant after construction.
  const std::string host_;
  // One thread at a time.
  std::mt19937_64 random_;
};

}  // namespace partwise::load
