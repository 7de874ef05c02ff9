#pragma once

// Content as it arrives: that of one part, or of one file that is posted whole. Digests that must
// match may stand before or after the content.

#include "base/byte_source.hpp"
#include "base/task.hpp"
#include "core/part.hpp"

namespace partwise {

class IncomingContent {
 public:
  virtual ~IncomingContent() = default;
  // The bytes of the content, and nothing else.
  [[nodiscard]] virtual ByteSource& bytes() = 0;
  // Digests that were named before the content.
  [[nodiscard]] virtual PartDigests expected_so_far() const = 0;
  // Reads what follows the content, and returns all digests that were named. Called once, after the
  // end.
  [[nodiscard]] virtual Task<Result<PartDigests>> finish() = 0;
};

// The transport below, as seen by whoever stores the content. Lives on the loop.
class ContentStream {
 public:
  virtual ~ContentStream() = default;
  // Ends the wait for the rest of the body, which nobody wants any more.
  virtual void interrupt() const = 0;
  // Error: cut, with the sentence to answer, once nobody may store the content any more.
  [[nodiscard]] virtual Result<> check_not_cut() const = 0;
};

}  // namespace partwise
