#pragma once

// One response, in as many pieces as it arrives in. Bodies that nobody asked for are not kept.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "load/chunked_body.hpp"
#include "load/response_head.hpp"

namespace partwise::load {

struct Response {
  ResponseHead head;
  std::string body;  // Only where it was to be kept, or explains a refusal.
};

// A value.
class ResponseParser {
 public:
  // Awaits the final answer to a request of this method; interim ones are skipped.
  void begin(std::string_view method, bool keep_body);

  // Takes bytes off the front of `data`, and returns how many: all, unless the response is complete
  // before. Errors: invalid_request.
  [[nodiscard]] Result<std::size_t> feed(std::string_view data);
  // The peer has closed. Errors: disconnected, unless that is how the response ends.
  [[nodiscard]] Result<> end();

  // How many bytes may be received next without being looked at; `note_dropped` says how many were.
  [[nodiscard]] std::uint64_t droppable_bytes() const;
  void note_dropped(std::uint64_t count);

  [[nodiscard]] bool is_complete() const { return state_ == State::complete; }
  // Once it is complete; until the next begin.
  [[nodiscard]] Response& response() { return response_; }
  [[nodiscard]] const Response& response() const { return response_; }

 private:
  enum class State : std::uint8_t { head, sized, chunked, to_end, complete };

  [[nodiscard]] Result<std::size_t> feed_head(std::string_view data);
  [[nodiscard]] Result<std::size_t> feed_body(std::string_view data);
  [[nodiscard]] State state_after_head();

  State state_ = State::complete;
  bool is_to_head_ = false;  // The answer to a HEAD has no body.
  bool keeps_body_ = false;
  std::string head_text_;  // Of a head that has not ended yet.
  std::uint64_t left_ = 0;
  ChunkedBody chunked_body_;
  Response response_;
};

}  // namespace partwise::load
