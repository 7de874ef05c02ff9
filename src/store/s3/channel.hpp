#pragma once

// One connection to the object store, with at most one request on it. Blocking: it is driven by
// whoever waits, for as long as he waits, so that a reader who takes his time holds up nobody.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/s3/curl_library.hpp"
#include "store/s3/s3_credentials.hpp"
#include "store/s3/s3_limits.hpp"
#include "store/s3/s3_location.hpp"
#include "store/s3/s3_request.hpp"

namespace partwise::s3 {

// What all channels of a client share. All outlive them.
struct ChannelParts {
  const CurlLibrary& curl;
  const S3Location& location;
  const S3Credentials& credentials;
  const S3Limits& limits;
  const Clock& clock;
  const std::atomic<bool>& stopping;  // Set: whoever waits is told so at once.
};

// One thread at a time. Errors of every verb: disconnected (no answer came, or not all of it; the
// store may have done what it was asked for); unavailable (stopping); those of the request's body.
class Channel {
 public:
  explicit Channel(ChannelParts parts);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Sends the request and receives all of its answer.
  [[nodiscard]] Result<Answer> exchange(const Request& request);

  // The same, but the content of an answer of success is left for `read`.
  [[nodiscard]] Result<Answer> begin(const Request& request);
  // Fills `out` unless the content ends before.
  [[nodiscard]] Result<std::size_t> read(MutableBytes out);

  // Leaves the request. A connection whose answer is not at its end is closed.
  void end();

 private:
  enum class Until : std::uint8_t { head, window, end };

  void prepare(const Request& request);
  void set_body(const Request& request);
  [[nodiscard]] Result<> drive(Until until);
  [[nodiscard]] bool has_reached(Until until) const;
  [[nodiscard]] Result<> note_end();
  void note_progress() { progress_at_ = parts_.clock.monotonic_now(); }
  void take_head_line(std::string_view line);
  [[nodiscard]] std::size_t take_content(Bytes piece);
  [[nodiscard]] std::size_t give_body(MutableBytes out);
  template <class Value>
  void set(CURLoption option, Value value) {
    (void)parts_.curl.easy_setopt(easy_, option, value);
  }

  static std::size_t on_head(char* text, std::size_t size, std::size_t count, void* self);
  static std::size_t on_content(char* text, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* text, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);

  // Constant after construction.
  const ChannelParts parts_;
  CURLM* multi_;
  CURL* easy_;

  // Of the request under way.
  bool is_under_way_ = false;
  bool is_streaming_ = false;
  bool is_paused_ = false;
  bool has_ended_ = false;
  CURLcode code_ = CURLE_OK;
  curl_slist* headers_ = nullptr;
  std::string url_;
  std::array<char, CURL_ERROR_SIZE> reason_{};
  Answer answer_;
  bool has_head_ = false;
  RequestBody* body_ = nullptr;
  std::uint64_t sent_ = 0;
  Result<> failure_;             // Of our own side.
  MutableBytes window_;          // What is still to be filled by `read`.
  std::vector<std::byte> rest_;  // What came with the last piece and found no room in the window.
  std::size_t rest_begin_ = 0;
  MonotonicTime progress_at_ = {};
};

}  // namespace partwise::s3
