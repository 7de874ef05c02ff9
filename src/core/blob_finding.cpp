#include "core/blob_finding.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"

namespace partwise {

namespace {

std::string range_of(const CatalogBlob& blob) {
  const std::uint64_t first = blob.place.offset;
  if (blob.ref.bytes == 0) return "no bytes";
  return fmt::format("bytes {}-{}", first, first + blob.ref.bytes - 1);
}

}  // namespace

std::string describe(const CatalogBlob& blob) {
  switch (blob.owner) {
    case CatalogBlob::Owner::part:
      return fmt::format("part {} (number {} of upload {})", blob.owner_id, blob.place.number,
                         blob.place.upload_id);
    case CatalogBlob::Owner::file:
      return fmt::format("file {} (part {} of {}, {})", blob.owner_id, blob.place.number,
                         blob.place.count, range_of(blob));
    case CatalogBlob::Owner::garbage:
      break;
  }
  return "what is to be removed";
}

std::optional<BlobFinding> judge(const CatalogBlob& blob, const Result<BlobContent>& content) {
  if (!content && content.error().code == ErrorCode::not_found) {
    return BlobFinding{.kind = FindingKind::missing_blob,
                       .sentence = fmt::format("The blob of {} is missing.", describe(blob))};
  }
  if (!content) {
    return BlobFinding{.kind = FindingKind::unreadable_blob,
                       .sentence = fmt::format("The blob of {} cannot be read: {}", describe(blob),
                                               content.error().message)};
  }
  if (content->bytes != blob.ref.bytes) {
    return BlobFinding{.kind = FindingKind::damaged_blob,
                       .sentence = fmt::format("The blob of {} has {} bytes and should have {}.",
                                               describe(blob), content->bytes, blob.ref.bytes)};
  }
  if (content->crc64 != blob.ref.crc64) {
    return BlobFinding{.kind = FindingKind::damaged_blob,
                       .sentence = fmt::format(
                           "The blob of {} has the CRC64 {} and should have {}.", describe(blob),
                           crc64_text(content->crc64), crc64_text(blob.ref.crc64))};
  }
  return std::nullopt;
}

}  // namespace partwise
