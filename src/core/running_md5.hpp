#pragma once

// With `--md5 running`: the MD5 of an upload's parts as long as they come one after the other, so
// that a complete which asks for it need not read them again. Known exactly or not at all: parts
// that came at the same time, and those from before a restart, are read at the complete. Kept in
// the memory of this node, a few hundred bytes for each upload; costs an MD5 of every part.

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/hash.hpp"
#include "core/ids.hpp"
#include "core/incoming_content.hpp"

namespace partwise {

// When the MD5 of an upload is computed, where a complete asks for it.
enum class Md5Mode {
  on_complete,  // By reading the parts again.
  running,      // As the parts come, where that is possible.
};

// Not thread-safe: lives on the loop. Only the bytes of a Continuation are digested elsewhere.
class RunningMd5 {
 public:
  // One part on its way: passes its content through, and continues the digest with it. Must not
  // outlive the RunningMd5. One that is dropped without `accept` leaves the digest as it was.
  class Continuation;

  explicit RunningMd5(Md5Mode mode) : mode_(mode) {}
  RunningMd5(const RunningMd5&) = delete;
  RunningMd5& operator=(const RunningMd5&) = delete;

  // `content` outlives the continuation. Nothing where no digest can be continued: the part is
  // stored without.
  [[nodiscard]] std::unique_ptr<Continuation> begin(const UploadId& upload,
                                                    IncomingContent& content);
  // The part is one of the upload now. Where it was stored without a continuation, the order of the
  // parts is not known any more.
  void accept(const UploadId& upload, std::unique_ptr<Continuation> continuation,
              const PartId& part);
  // The upload has ended.
  void forget(const UploadId& upload) { chains_.erase(upload); }

  // Of exactly these parts in this order.
  [[nodiscard]] std::optional<Md5Digest> digest_of(const UploadId& upload,
                                                   std::span<const std::string> part_ids) const;
  [[nodiscard]] std::size_t uploads() const { return chains_.size(); }

 private:
  // Uploads beyond these are digested at their complete.
  static constexpr std::size_t kUploadsMax = 10'000;

  struct Chain {
    Digester content{Digester::Kind::md5};
    Digester part_ids{Digester::Kind::sha256};  // As fingerprint_of.
    bool has_parts = false;
    bool in_order = true;
    bool continued = false;  // By a part on its way.
  };

  void end_continuation(const UploadId& upload, Chain& chain);

  const Md5Mode mode_;
  std::map<UploadId, std::shared_ptr<Chain>> chains_;
};

class RunningMd5::Continuation final : public IncomingContent {
 public:
  Continuation(RunningMd5& owner, UploadId upload, std::shared_ptr<Chain> chain,
               IncomingContent& content);
  ~Continuation() override;

  [[nodiscard]] ByteSource& bytes() override { return source_; }
  [[nodiscard]] PartDigests expected_so_far() const override { return content_.expected_so_far(); }
  [[nodiscard]] Task<Result<PartDigests>> finish() override { return content_.finish(); }

 private:
  friend class RunningMd5;
  class Source final : public ByteSource {
   public:
    Source(IncomingContent& content, Digester digester)
        : content_(content), digester_(std::move(digester)) {}
    [[nodiscard]] Result<Bytes> pull_now() override;
    [[nodiscard]] Task<Result<>> wait() override { return content_.bytes().wait(); }

    IncomingContent& content_;
    Digester digester_;
  };

  RunningMd5& owner_;
  const UploadId upload_;
  const std::shared_ptr<Chain> chain_;
  IncomingContent& content_;
  Source source_;
};

}  // namespace partwise
