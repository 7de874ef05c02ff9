#pragma once

// What became of one request: for the log, and for whoever counts requests.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/log.hpp"

namespace partwise::http {

// The views are valid during the call that the record is given to. The query is not in it, because
// clients put secrets there.
struct RequestRecord {
  std::string_view request_id = {};
  std::string_view method = {};  // Empty, as path, where no head could be read.
  std::string_view path = {};    // As sent.
  std::string_view route = {};   // As Exchange::set_route named it; empty where nothing did.
  int status = 0;
  std::uint64_t bytes_in = 0;   // Of the body with its framing, as far as it was received.
  std::uint64_t bytes_out = 0;  // Of the body, as far as it was handed to the kernel.
  std::chrono::nanoseconds took{};
  std::string_view peer = {};     // `address:port`.
  std::string_view project = {};  // Empty where nobody was authenticated.
  std::string_view refusal =
      {};                   // Why the session answered by itself, where no head could be read.
  bool answer_cut = false;  // The connection failed before the answer was written.
};

// Hears of every request. Called on the loop; it must not block.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  // It is known what answers it: Exchange::set_route was called. Not of a request that has none.
  virtual void on_routed(std::string_view route) = 0;
  // Its answer has been written, or could not be.
  virtual void on_request(const RequestRecord& record) = 0;
};

// The one line that every request has in the log.
void log_request(Log& log, const RequestRecord& record);

}  // namespace partwise::http
