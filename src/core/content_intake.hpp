#pragma once

// The way of content into a blob, up to the transaction that adopts it: staged while its intent is
// recorded, its digests compared, published under its key. A blob is born garbage: whatever fails
// on the way, the intent names what may be left. What follows is the adoption, by a part or a file.
// Lives on the loop.

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "core/blob_store.hpp"
#include "core/garbage_store.hpp"
#include "core/incoming_content.hpp"

namespace partwise {

// Content that has arrived whole, with the digests that were asked for; its intent is recorded.
struct StagedContent {
  BlobKey key;
  std::unique_ptr<StagedBlob> blob;
  PartDigests digests;
  MonotonicTime began = {};  // Before its intent was recorded.
};

// What the intake stands on. All outlive it.
struct ContentIntakeParts {
  GarbageStore& garbage;
  BlobStore& blobs;
  Log& log;
  std::function<void()> wake_reaper;
  RunId run;
  const Clock& clock;
  // On a store that many nodes share: content that took longer is given up, before somebody else
  // takes its intent for abandoned. Nothing: the intents of this run last as long as it does.
  std::optional<std::chrono::seconds> stream_life_max = {};
};

class ContentIntake {
 public:
  explicit ContentIntake(ContentIntakeParts parts) : parts_(std::move(parts)) {}

  // Whether content would be taken now: asked before the client sends any. Errors: out_of_space;
  // unavailable.
  [[nodiscard]] Task<Result<>> admit() { return parts_.blobs.admit(); }

  // Receives `content` to its end, at most `bytes_max` of it, for a blob that will be called `key`.
  // What it returns ends in `publish` or `discard`. After an error nothing is left, or the reaper
  // will find it. Errors: too_large; invalid_request (digest mismatch); out_of_space; unavailable;
  // cut; those of the content.
  [[nodiscard]] Task<Result<StagedContent>> receive(BlobKey key, IncomingContent& content,
                                                    std::uint64_t bytes_max,
                                                    const ContentStream& stream);

  // Durable under its key on return, and still garbage. After an error it is abandoned, unless the
  // outcome is unknown. Errors: as in BlobStore; cut; timed_out (older than `stream_life_max`).
  [[nodiscard]] Task<Result<BlobRef>> publish(StagedContent staged, const ContentStream& stream);

  // The content was refused before it was published.
  [[nodiscard]] Task<> discard(StagedContent staged);

  // The transaction that was to adopt the blob failed with `reason`: it falls to the reaper, unless
  // the outcome is unknown. Then the row or the intent decides, and nothing is removed here.
  [[nodiscard]] Task<> abandon(BlobKey key, ErrorCode reason);

  // Releases what could not be released at once, because the store was overloaded. Called now and
  // then.
  [[nodiscard]] Task<> release_abandoned();

 private:
  [[nodiscard]] Task<Result<StagedContent>> stage(BlobKey key, IncomingContent& content,
                                                  std::uint64_t bytes_max,
                                                  const ContentStream& stream);
  [[nodiscard]] Task<Result<PartDigests>> check(StagedBlob& blob, IncomingContent& content,
                                                const ContentStream& stream);
  [[nodiscard]] Task<Result<>> record_intent(BlobKey key, const ContentStream& stream);
  [[nodiscard]] Task<> release(BlobKey key);
  [[nodiscard]] bool is_too_old(const StagedContent& staged) const;

  ContentIntakeParts parts_;
  // Garbage whose release was refused so far.
  std::vector<BlobKey> unreleased_;
};

}  // namespace partwise
