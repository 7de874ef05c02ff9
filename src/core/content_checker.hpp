#pragma once

// Looks into content before it becomes a file, where the operator asked for that. What content is
// right for a purpose is not the domain's to know: it is told what to check with. Lives on the
// loop.

#include <functional>
#include <memory>
#include <vector>

#include "core/blob_pass.hpp"
#include "core/purpose.hpp"

namespace partwise {

// One look into one content, from its first byte to its last. Used on one thread at a time.
class ContentCheck {
 public:
  virtual ~ContentCheck() = default;
  // Errors: invalid_request, in words for the client.
  [[nodiscard]] virtual Result<> update(Bytes piece) = 0;
  [[nodiscard]] virtual Result<> finish() = 0;
};

// The check for content of a purpose; null where any content is right.
using MakeContentCheck = std::function<std::unique_ptr<ContentCheck>(Purpose)>;

class ContentChecker {
 public:
  // An empty `make`: nothing is looked into. `blobs` and `workers` outlive the checker.
  ContentChecker(BlobStore& blobs, WorkerPool& workers, MakeContentCheck make)
      : blobs_(blobs), workers_(workers), make_(std::move(make)) {}

  [[nodiscard]] bool is_on() const { return static_cast<bool>(make_); }

  // Errors: those of the check; as in pass_over.
  [[nodiscard]] Task<Result<>> check(Purpose purpose, std::vector<BlobRef> content,
                                     MayGoOn may_go_on) const;

 private:
  BlobStore& blobs_;
  WorkerPool& workers_;
  const MakeContentCheck make_;
};

}  // namespace partwise
