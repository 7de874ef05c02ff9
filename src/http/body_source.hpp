#pragma once

// The body of a request without its framing, one class for each framing. Each is a view of the
// Input: it copies nothing, and takes exactly the bytes of the body, so that what follows is the
// next request.

#include <cstdint>
#include <optional>

#include "base/byte_source.hpp"
#include "http/input.hpp"

namespace partwise::http {

// Errors of pull_now: those of the Input; invalid_request for malformed chunks. What it returns
// lies in the Input's buffer and is valid until the next pull or wait. `input` must outlive the
// source.
class BodySource : public ByteSource {
 public:
  // Whether the last byte of the body and of its framing was consumed: only then can the connection
  // carry another request. Not yet true when the last content is returned, if the end of the
  // framing follows it.
  [[nodiscard]] virtual bool finished() const = 0;
};

class EmptyBody final : public BodySource {
 public:
  [[nodiscard]] Result<Bytes> pull_now() override { return Bytes{}; }
  [[nodiscard]] Task<Result<>> wait() override;
  [[nodiscard]] bool finished() const override { return true; }
};

class LengthBody final : public BodySource {
 public:
  LengthBody(Input& input, std::uint64_t bytes) : input_(input), left_(bytes) {}

  [[nodiscard]] Result<Bytes> pull_now() override;
  [[nodiscard]] Task<Result<>> wait() override;
  [[nodiscard]] bool finished() const override { return left_ == 0; }

 private:
  Input& input_;
  std::uint64_t left_;  // Bytes that were not returned yet.
};

struct ChunkLimits {
  // Of one chunk's size: what 64 bits can hold.
  std::uint32_t size_digits_max = 16;
  // Of one chunk. Extensions are legal, and nobody uses them.
  std::uint32_t extension_bytes_max = 1024;
  std::uint32_t trailer_bytes_max = 8 * 1024;
  // Framing beyond 16 bytes a chunk and the size of the content itself: otherwise a client could
  // send a kilobyte of extension with each byte, and pass every limit of the content.
  std::uint64_t overhead_bytes_max = 16 * 1024;
};

// RFC 9112, section 7.1, and stricter: no white space around the size, no bare LF. Extensions and
// trailers are checked and dropped.
class ChunkedBody final : public BodySource {
 public:
  explicit ChunkedBody(Input& input, ChunkLimits limits = {}) : input_(input), limits_(limits) {}

  [[nodiscard]] Result<Bytes> pull_now() override;
  [[nodiscard]] Task<Result<>> wait() override;
  [[nodiscard]] bool finished() const override { return state_ == State::end; }

 private:
  // Named by what the next byte belongs to.
  enum class State : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    end,
  };

  [[nodiscard]] Result<Bytes> pull_checked();
  [[nodiscard]] Result<> take_framing_byte(char c);
  [[nodiscard]] Result<> take_size_byte(char c);
  [[nodiscard]] Result<> end_size_line();
  [[nodiscard]] Result<> take_trailer_byte(char c);

  Input& input_;
  const ChunkLimits limits_;
  State state_ = State::size;
  std::uint64_t chunk_left_ = 0;  // While the size is read: the size so far.
  std::uint32_t digits_ = 0;
  std::uint32_t extension_bytes_ = 0;
  std::uint32_t trailer_bytes_ = 0;
  std::uint64_t framing_bytes_ = 0;  // Of all chunks so far.
  std::uint64_t allowed_bytes_ = 0;  // What framing_bytes_ may reach.
  std::optional<Error> failure_;
};

}  // namespace partwise::http
