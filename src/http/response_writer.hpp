#pragma once

// Puts one Response on a connection: the head, then a text or a stream of segments. File segments
// are sent by the kernel in bursts on a worker thread, because a cold page blocks; so is data of
// some length, because it may have to be encrypted.

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "http/connection.hpp"
#include "http/limits.hpp"
#include "http/patience.hpp"
#include "http/response.hpp"

namespace partwise::http {

struct WriteOutcome {
  Result<> result;
  std::uint64_t body_bytes = 0;  // Handed to the kernel.
};

class ResponseWriter {
 public:
  ResponseWriter(Connection& connection, WorkerPool& workers, const Clock& clock,
                 const HttpLimits& limits);

  // `with_body` is false for an answer to HEAD, which says how long its body would be.
  [[nodiscard]] Task<WriteOutcome> write(Response& response, bool keep_alive, bool with_body);

 private:
  [[nodiscard]] Task<Result<>> write_all(Bytes bytes);
  [[nodiscard]] Task<Result<>> write_stream(ResponseBody& body);
  [[nodiscard]] Task<Result<>> send_file(File& file, std::uint64_t offset, std::uint64_t bytes);
  [[nodiscard]] Task<Result<>> wait_writable();

  Connection& connection_;
  WorkerPool& workers_;
  const Clock& clock_;
  const HttpLimits& limits_;
  Patience patience_;
  std::uint64_t sent_bytes_ = 0;
};

// The reason phrase of a status, as `Not Found`.
[[nodiscard]] std::string_view reason_of(int status);

}  // namespace partwise::http
