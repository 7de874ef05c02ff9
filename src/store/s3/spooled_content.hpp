#pragma once

// One content on its way to the object store: from a source through the digests into the spool, and
// from there, now that its length and its digest are known, into a request. A small content stays
// in memory and needs no file.

#include <memory>
#include <optional>
#include <vector>

#include "base/byte_source.hpp"
#include "base/file_system.hpp"
#include "base/hash.hpp"
#include "core/blob_store.hpp"
#include "store/s3/s3_limits.hpp"
#include "store/s3/s3_request.hpp"
#include "store/s3/spool.hpp"

namespace partwise::s3 {

// One thread at a time. Everything but the observers blocks, destruction included.
class SpooledContent final : public StagedBlob, public RequestBody {
 public:
  enum class Progress : std::uint8_t {
    more,     // The burst has moved its share; there may be more at once.
    waiting,  // The source has nothing now.
    ended,    // All of the content is here.
  };

  // `limits` outlive all that is asked of it, except its destruction.
  SpooledContent(std::shared_ptr<Spool> spool, const S3Limits& limits, std::uint64_t bytes_max,
                 DigestKinds kinds);
  ~SpooledContent() override;

  [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }
  [[nodiscard]] std::uint64_t crc64() const override { return crc_.value(); }

  // Moves at most a burst from `content`. Errors: too_large; those of the source and of the spool.
  [[nodiscard]] Result<Progress> receive(ByteSource& content);

  // After the end.
  [[nodiscard]] Result<> read_at(std::uint64_t offset, MutableBytes out) override;
  // Those that were asked for.
  [[nodiscard]] const PartDigests& digests() const { return digests_; }
  [[nodiscard]] const Sha256Digest& sha256() const { return digest_; }

 private:
  [[nodiscard]] Result<> append(Bytes piece);
  [[nodiscard]] Result<> write(Bytes bytes);
  void finish();

  // Constant after construction.
  const std::shared_ptr<Spool> spool_;
  const S3Limits& limits_;
  const std::uint64_t bytes_max_;
  std::unique_ptr<File> file_;
  std::vector<std::byte> gathered_;  // What comes after the bytes in the file.
  std::uint64_t bytes_ = 0;          // Received.
  std::uint64_t written_ = 0;        // Of these, in the file.
  Crc64 crc_;
  Digester sha256_{Digester::Kind::sha256};
  Sha256Digest digest_{};
  const bool shows_sha256_;
  std::optional<Digester> md5_;
  PartDigests digests_;
};

}  // namespace partwise::s3
