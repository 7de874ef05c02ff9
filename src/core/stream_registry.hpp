#pragma once

// Who is at work on an upload on this node, right now: streams that bring parts, and completes that
// read them for a digest. Whoever ends an upload takes from all of them the right to answer with
// success. Not thread-safe: lives on the loop.

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/completion.hpp"
#include "base/task.hpp"
#include "core/ids.hpp"
#include "core/incoming_content.hpp"

namespace partwise {

class StreamRegistry;

// One stream's place in the registry, from before its upload was looked up until its answer was
// written. Leaves on destruction. A resource.
class UploadStream final : public ContentStream {
 public:
  // What the registry does to the transport below: `interrupt` ends a wait for bytes with the error
  // cut, `abort` ends the connection. Both are called on the loop.
  struct Transport {
    std::function<void()> interrupt;
    std::function<void()> abort;
  };

  UploadStream(StreamRegistry& registry, UploadId upload, Transport transport);
  ~UploadStream() override;
  UploadStream(const UploadStream&) = delete;
  UploadStream& operator=(const UploadStream&) = delete;

  // The one-shot right to answer with success. Error: cut, with the sentence to answer, if a cut
  // came first.
  [[nodiscard]] Result<> claim_answer();
  // Takes no right.
  void interrupt() const override { transport_.interrupt(); }
  // Error: cut, as above. A hint for long work; claims nothing.
  [[nodiscard]] Result<> check_not_cut() const override;

 private:
  friend class StreamRegistry;
  enum class Right { open, claimed, cut };

  StreamRegistry& registry_;
  const UploadId upload_;
  const Transport transport_;
  Right right_ = Right::open;
  std::string cut_reason_;
  std::list<UploadStream*>::iterator place_;
};

class StreamRegistry {
 public:
  StreamRegistry() = default;
  StreamRegistry(const StreamRegistry&) = delete;
  StreamRegistry& operator=(const StreamRegistry&) = delete;

  [[nodiscard]] std::size_t streams_of(const UploadId& upload) const;
  [[nodiscard]] std::size_t size() const { return size_; }

  // Takes the right to answer from every stream of `upload` but `except`, interrupts those that had
  // not used it, and calls `when_quiet` once no stream that had claimed its answer is left.
  // `reason` is what the cut streams answer.
  void cut(const UploadId& upload, const std::string& reason, const UploadStream* except,
           std::move_only_function<void()> when_quiet);
  // Ends the connections of the streams of `upload` that claimed their answer and have not written
  // it yet.
  void abort_claimed(const UploadId& upload);

 private:
  friend class UploadStream;
  struct Waiter {
    std::vector<const UploadStream*> claimed;
    std::move_only_function<void()> when_quiet;
  };

  void leave(UploadStream& stream);

  std::map<UploadId, std::list<UploadStream*>> streams_;
  std::list<Waiter> waiters_;
  std::size_t size_ = 0;
};

}  // namespace partwise
