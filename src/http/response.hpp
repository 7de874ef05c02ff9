#pragma once

// What a handler answers: a status, headers, and a body that is a short text or a stream of
// segments.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/task.hpp"
#include "http/request.hpp"

namespace partwise::http {

// A body that is sent piece by piece. After the first byte there is no error response: an error
// ends the connection, so that the client sees fewer bytes than it was promised. Used by one Task.
class ResponseBody {
 public:
  virtual ~ResponseBody() = default;
  // Of the whole body: goes into Content-Length.
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;

  // A run of content: a range of `file` where there is one (to be sent without copying), else
  // `data`, which is valid until the next call.
  struct Segment {
    std::shared_ptr<File> file;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    Bytes data;
  };
  // The next run; zero bytes at the end. `may_send_file`: whether the connection can take a file.
  [[nodiscard]] virtual Task<Result<Segment>> next(bool may_send_file) = 0;
};

struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string text;  // The body, unless `stream` is set.
  std::unique_ptr<ResponseBody> stream;
  bool close = false;  // The connection ends after this answer.
  // Destroyed after the last byte of the answer was handed to the kernel, or the connection failed:
  // whoever must know when the answer has been written puts itself here.
  std::shared_ptr<void> written_guard;
};

}  // namespace partwise::http
