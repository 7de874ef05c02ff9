#pragma once

// The few verbs of S3 that blobs need, each tried again where that can help. Names are those of
// objects in the bucket of the location.
//
// Blocking and thread-safe. Errors of every verb: unavailable (the store does not answer, refuses
// for now, or is not set up for us: the log says which; or we are stopping. What was asked for may
// have been done). Messages are for clients of ours, the details in the log.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "store/s3/attempts.hpp"
#include "store/s3/channel_pool.hpp"
#include "store/s3/s3_answers.hpp"
#include "store/s3/s3_credentials.hpp"
#include "store/s3/s3_limits.hpp"
#include "store/s3/s3_location.hpp"

namespace partwise::s3 {

struct S3ClientParts {
  S3Location location;
  S3Credentials credentials;
  S3Limits limits = {};
  const Clock& clock;
  Random& random;
  Log& log;
  // Waits between two attempts; nothing: sleeps, until `stop`.
  std::function<void(std::chrono::milliseconds)> rest = {};
};

struct ObjectStatus {
  std::uint64_t bytes = 0;
  std::string sha256;  // As `put` was given it; empty where another program made the object.
};

// Which objects are listed.
struct ListQuery {
  std::string prefix;                     // What their names begin with.
  std::optional<std::string> token = {};  // Of the page before.
  bool level = false;  // Of the names with a further slash only what comes before it.
};

class S3Client {
 public:
  // Error: invalid_request (no libcurl).
  [[nodiscard]] static Result<std::unique_ptr<S3Client>> open(S3ClientParts parts);

  // Stores `body` under a name that is new. The store compares what arrives with `sha256`. Errors:
  // io_failure (other content has this name); out_of_space; those of the body. After any error it
  // is unknown whether the object exists, or will.
  [[nodiscard]] Result<> put(const std::string& name, RequestBody& body,
                             const Sha256Digest& sha256);
  // Error: not_found.
  [[nodiscard]] Result<ObjectStatus> status(const std::string& name);
  // An object of a few bytes. Error: not_found.
  [[nodiscard]] Result<std::string> get_small(const std::string& name);
  // Those that are gone count as removed.
  [[nodiscard]] Result<> remove(std::span<const std::string> names);
  // Within the bucket, replacing what has that name. Error: not_found.
  [[nodiscard]] Result<> copy(const std::string& from, const std::string& to);
  [[nodiscard]] Result<ListedPage> list(const ListQuery& query);

  // Asks for the content of an object from `offset` to `end`, exclusive, or to its own end. The
  // answer of success is read from the channel. Errors: not_found; too_large (there is nothing at
  // `offset`).
  struct Stream {
    ChannelPool::Lease channel;
    std::uint64_t bytes = 0;  // From `offset` on.
  };
  [[nodiscard]] Result<Stream> stream(const std::string& name, std::uint64_t offset,
                                      std::optional<std::uint64_t> end, Attempts& attempts);
  [[nodiscard]] Attempts attempts() { return {parts_.limits, parts_.clock, parts_.random}; }
  // Notes that an attempt has failed for want of an answer, and waits. Nothing: try again.
  [[nodiscard]] Result<> wait_after(const Error& error, Attempts& attempts, std::string_view what);

  // Whatever is under way, or asked for from now on, ends at once. Thread-safe.
  void stop();

  [[nodiscard]] const S3Location& location() const { return parts_.location; }
  [[nodiscard]] const S3Limits& limits() const { return parts_.limits; }

 private:
  S3Client(S3ClientParts parts, std::shared_ptr<const CurlLibrary> curl);

  // An answer that is no matter of time.
  [[nodiscard]] Result<Answer> perform(const Request& request);
  [[nodiscard]] Result<> settle_taken_name(const std::string& name, std::uint64_t bytes,
                                           const Sha256Digest& sha256);
  [[nodiscard]] Result<> rest(std::chrono::milliseconds time);
  [[nodiscard]] std::unexpected<Error> refuse(const Answer& answer, std::string_view what);

  // Constant after construction.
  const S3ClientParts parts_;
  const std::shared_ptr<const CurlLibrary> curl_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_;
  ChannelPool channels_;
};

}  // namespace partwise::s3
