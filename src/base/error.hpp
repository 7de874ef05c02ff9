#pragma once

// The vocabulary of expected failures. An Error says what kind of failure it is, in words that a
// user of the API can act on. It knows nothing of HTTP: `api/error_response.cpp` alone maps it to a
// status.

#include <cstdint>
#include <string>
#include <utility>

namespace partwise {

enum class ErrorCode {
  invalid_request,  // The request is wrong as it stands; repeating it cannot help.
  unauthenticated,  // No credentials were given.
  invalid_key,      // Credentials were given, and are not known, expired or revoked.
  forbidden,        // Known credentials that may not do this.
  not_found,        // No such object, or none that this project may see.
  state_conflict,   // The object is in a state that does not allow the verb. Nothing was changed.
  already_running,  // The work is under way, and is not done twice at the same time.
  too_large,        // A size limit of the request's body.
  quota_exceeded,   // The project's quota would be exceeded. Nothing was stored.
  rate_limited,     // The key made too many requests; `retry_after_s` says when it may go on.
  overloaded,       // A queue or a pool is full; try again later.
  unavailable,      // The outcome is unknown, or the store does not serve; try again later.
  out_of_space,     // The volume has no room. Nothing half-written remains.
  io_failure,       // The machine failed (EIO and the like). Never retried on the same data.
  would_block,      // A non-blocking call has nothing to give now. Never reaches a client.
  timed_out,        // The peer was too slow.
  disconnected,     // The peer has gone; there is nobody to answer.
  cut,              // Another request ended the upload that this stream belongs to.
  internal,         // A bug. The message is for the log, not for the client.
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  // A whole sentence with a full stop, that names the field and says what to do.
  std::string message;
  // The request's parameter at fault, empty when there is none.
  std::string param = {};
  // When it may help to try again; 0 where that is not known.
  std::uint32_t retry_after_s = 0;

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace partwise
