#pragma once

// The port to the bytes. A blob gets its content in private (stage), becomes durable under its key
// (publish), is read, and is removed; it never changes.
//
// Errors: out_of_space (also when less than the reserve is free); io_failure (the volume is
// degraded from then on and refuses every stage and publish); unavailable (degraded). Called from
// the loop only.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/byte_source.hpp"
#include "base/file_system.hpp"
#include "base/task.hpp"
#include "core/blob.hpp"
#include "core/part.hpp"

namespace partwise {

// Content that has arrived and has no name yet. Whatever becomes of it, it ends in `publish` or
// `discard`: never destroyed on the loop, because freeing its blocks can take long.
class StagedBlob {
 public:
  virtual ~StagedBlob() = default;
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  [[nodiscard]] virtual std::uint64_t crc64() const = 0;
};

// Which digests to compute beside the CRC.
struct DigestKinds {
  bool md5 = false;
  bool sha256 = false;
};

// One blob, open for reading. It can be read to its end even if it is removed meanwhile, where the
// adapter can do that; else `read_at` fails with not_found, and never with other bytes.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  // What will be read, one piece after the other, from now on: a hint.
  virtual void expect(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) {}
  // Fills `out` unless the blob ends before: returns the bytes read.
  [[nodiscard]] virtual Task<Result<std::size_t>> read_at(std::uint64_t offset,
                                                          MutableBytes out) = 0;
  // The local file that holds exactly the content, for sendfile; null where there is none.
  [[nodiscard]] virtual std::shared_ptr<File> file() = 0;
};

struct VolumeStatus {
  bool degraded = false;         // An I/O failed: the server is not ready until it is restarted.
  std::uint64_t free_bytes = 0;  // As of the last look.
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // Whether content would be taken now: asked before the client sends any. A hint, which `stage`
  // does not rely on. Errors: out_of_space; unavailable.
  [[nodiscard]] virtual Task<Result<>> admit() = 0;

  // Reads `content` to its end into private staging and computes its CRC64, and the digests in
  // `kinds`. Holds a bounded buffer, whatever the size. More than `bytes_max` bytes: too_large.
  // Errors of `content` are passed on. After any error nothing is left.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<StagedBlob>>> stage(ByteSource& content,
                                                                        std::uint64_t bytes_max,
                                                                        DigestKinds kinds) = 0;

  // The digests of staged content: those computed on the way, the rest by reading it again.
  [[nodiscard]] virtual Task<Result<PartDigests>> digests(StagedBlob& staged,
                                                          DigestKinds kinds) = 0;

  // Durable under `key` on return (with --durability relaxed: readable). The key's intent is
  // committed. After an error it is unknown whether the blob exists: its intent decides.
  [[nodiscard]] virtual Task<Result<>> publish(std::unique_ptr<StagedBlob> staged, BlobKey key) = 0;

  [[nodiscard]] virtual Task<> discard(std::unique_ptr<StagedBlob> staged) = 0;

  // Errors: not_found.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<BlobReader>>> open(BlobKey key) = 0;

  // Removes blobs, durably on return. Those that are gone already count as removed. Every key was
  // claimed as garbage before the call: a backup that begins later does not name it. Error:
  // would_block (a backup keeps all blobs; some may be removed; ask again later).
  [[nodiscard]] virtual Task<Result<>> remove(std::vector<BlobKey> keys) = 0;

  [[nodiscard]] virtual VolumeStatus status() const = 0;
};

}  // namespace partwise
