#pragma once

// The bytes that bodies are made of: a file that stays in the page cache, or in memory altogether,
// so that sending it costs the generator no copy.

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/posix_file.hpp"
#include "base/result.hpp"

namespace partwise::load {

// Makes `path` a file of `bytes` pseudo-random bytes, always the same ones, unless a file of that
// size is there. Errors: io_failure, out_of_space.
[[nodiscard]] Result<> make_payload(const std::string& path, std::uint64_t bytes);

// A file that is open and mapped. Constant after construction: any thread may use it.
class Payload {
 public:
  // Errors: io_failure; invalid_request, for an empty file.
  [[nodiscard]] static Result<Payload> open(const std::string& path);

  Payload(Payload&& other) noexcept;
  Payload& operator=(Payload&&) = delete;
  ~Payload();

  [[nodiscard]] int descriptor() const { return descriptor_.number(); }
  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  Payload(Descriptor descriptor, Bytes bytes);

  Descriptor descriptor_;
  Bytes bytes_;
};

}  // namespace partwise::load
