#include "store/disk/blob_transfer.hpp"

#include <utility>

#include "base/hash.hpp"

namespace partwise {

namespace {
constexpr std::size_t kBufferBytes = kMiB;

// What an error of the origin says of the blob. Others are no findings and end the transfer.
Result<std::optional<FindingKind>> finding_of(const Error& error) {
  if (error.code == ErrorCode::not_found) return FindingKind::missing_blob;
  if (error.code == ErrorCode::io_failure) return FindingKind::unreadable_blob;
  return fail(error);
}

}  // namespace

BlobTransfer::BlobTransfer(FileSystem& files, DiskPaths from, const DiskLayout& to,
                           TransferMode mode)
    : files_(files), from_(std::move(from)), to_(to), mode_(mode), buffer_(kBufferBytes) {}

Result<std::optional<FindingKind>> BlobTransfer::transfer(const BlobRef& blob) {
  TRY(const bool is_there, has(blob.key));
  if (is_there) return FindingKind::shared_blob;
  const auto status = files_.resolve(from_.blob(blob.key));
  if (!status) return finding_of(status.error());
  if (!status->is_file()) return FindingKind::unreadable_blob;
  if (mode_ == TransferMode::link) {
    TRY(const bool linked, link(blob));
    if (linked && status->bytes != blob.bytes) return FindingKind::damaged_blob;
    if (linked) return std::nullopt;
  }
  const auto content = files_.open_read(from_.blob(blob.key));
  if (content) return copy(blob, **content);
  return finding_of(content.error());
}

Result<bool> BlobTransfer::has(BlobKey key) const {
  const auto status = files_.resolve(to_.paths().blob(key));
  if (status) return true;
  if (status.error().code == ErrorCode::not_found) return false;
  return fail(status.error());
}

Result<bool> BlobTransfer::link(const BlobRef& blob) {
  TRY(const bool linked, files_.link_existing(from_.blob(blob.key), to_.paths().blob(blob.key)));
  if (!linked) return false;
  count(blob, figures_.linked);
  return true;
}

void BlobTransfer::count(const BlobRef& blob, std::uint64_t& kind) {
  touched_.insert(DiskPaths::fan_out_index(blob.key));
  ++figures_.blobs;
  ++kind;
  figures_.bytes += blob.bytes;
}

Result<std::optional<FindingKind>> BlobTransfer::copy(const BlobRef& blob, File& content) {
  TRY(const auto copied, files_.open_nameless(to_.paths().staging()));
  Crc64 crc;
  std::uint64_t bytes = 0;
  for (;;) {
    const auto count = content.read_at(bytes, buffer_);
    if (!count) return FindingKind::unreadable_blob;
    const Bytes piece = std::span(buffer_).first(*count);
    crc.update(piece);
    CHECK(copied->write_at(bytes, piece));
    bytes += *count;
    if (*count < buffer_.size()) break;
  }
  CHECK(copied->sync_data());
  CHECK(files_.link(*copied, to_.paths().blob(blob.key)));
  count(blob, figures_.copied);
  const bool is_whole = bytes == blob.bytes && crc.value() == blob.crc64;
  return is_whole ? std::nullopt : std::optional(FindingKind::damaged_blob);
}

Result<> BlobTransfer::sync_names() {
  for (const std::size_t index : touched_) {
    BlobKey any;
    any.bytes[0] = static_cast<std::byte>(index);
    CHECK(to_.directory_of(any).sync());
  }
  touched_.clear();
  return {};
}

}  // namespace partwise
