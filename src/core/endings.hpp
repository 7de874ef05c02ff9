#pragma once

// The port by which nodes on one store tell each other that an upload has ended, so that its
// streams are cut everywhere and not only where it was ended. Best effort: news may be late, told
// twice, or lost. A stream that hears nothing is refused by the transaction of its part, which
// alone decides.

#include <functional>
#include <string>
#include <string_view>

#include "core/ids.hpp"

namespace partwise {

class Endings {
 public:
  using Hear = std::function<void(UploadId upload, std::string status)>;

  virtual ~Endings() = default;

  // Tells the other nodes. Only after the commit that ended the upload: an ended upload stays as it
  // is, so that news that was true once is true whenever it arrives. May be called again for the
  // same upload, and may drop what it cannot send at once. Must not block. Called on the loop.
  virtual void announce(const UploadId& upload, std::string_view status) = 0;

  // `hear` is called on the loop for what other nodes announce from now on, never for what this one
  // does.
  virtual void listen(Hear hear) = 0;
};

// Of a store that belongs to one process: there is nobody to tell.
class NoOtherNodes final : public Endings {
 public:
  void announce(const UploadId&, std::string_view) override {}
  void listen(Hear) override {}
};

}  // namespace partwise
