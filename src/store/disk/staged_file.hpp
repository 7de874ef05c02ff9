#pragma once

// One content on its way to the disk: from a source through the digests into a nameless file. A
// small content is written once, at its end; until the first write there is no file at all.

#include <memory>
#include <optional>
#include <vector>

#include "base/byte_source.hpp"
#include "base/file_system.hpp"
#include "base/hash.hpp"
#include "core/blob_store.hpp"
#include "store/disk/disk_limits.hpp"
#include "store/disk/volume.hpp"

namespace partwise {

// What a StagedFile stands on. All outlive it.
struct StagingPlace {
  FileSystem& files;
  Volume& volume;
  const std::string& directory;
  const DiskLimits& limits;
};

// One thread at a time, but for write_back_step. Everything but the observers blocks, destruction
// included.
// Errors are those of BlobStore, already worded and noted on the volume.
class StagedFile final : public StagedBlob {
 public:
  enum class Progress {
    more,     // The burst has moved its share; there may be more at once.
    waiting,  // The source has nothing now.
    ended,    // All of the content is in the file.
  };

  StagedFile(const StagingPlace& place, std::uint64_t bytes_max, DigestKinds kinds);

  [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }
  [[nodiscard]] std::uint64_t crc64() const override { return crc_.value(); }

  // Moves at most a burst from `content` to the file. Errors: too_large; those of the source.
  [[nodiscard]] Result<Progress> receive(ByteSource& content);

  // How many steps of write-back what was written is good for, less those that were taken.
  [[nodiscard]] std::uint64_t write_back_due() const;
  // One that is due. May run beside `receive`, which write_back_due may not.
  [[nodiscard]] Result<> write_back_step();

  // After the end.
  [[nodiscard]] const PartDigests& digests() const { return digests_; }
  [[nodiscard]] Result<> sync();
  [[nodiscard]] Result<> link(const std::string& path);
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out);

 private:
  [[nodiscard]] Result<> append(Bytes piece);
  [[nodiscard]] Result<> write(Bytes bytes);
  [[nodiscard]] Result<> write_gathered();
  [[nodiscard]] Result<> open_file();
  [[nodiscard]] Result<> finish();

  const StagingPlace place_;
  const std::uint64_t bytes_max_;
  std::unique_ptr<File> file_;
  std::vector<std::byte> gathered_;
  std::uint64_t bytes_ = 0;         // Received.
  std::uint64_t written_ = 0;       // Of these, written to the file.
  std::uint64_t written_back_ = 0;  // Of these, on their way to the disk and waited for.
  Crc64 crc_;
  std::optional<Digester> md5_;
  std::optional<Digester> sha256_;
  PartDigests digests_;
};

}  // namespace partwise
