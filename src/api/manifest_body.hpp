#pragma once

// The content of a file as the body of an answer: its blobs one after the other, without copying
// where the connection can take files.

#include <memory>
#include <optional>
#include <vector>

#include "core/blob_store.hpp"
#include "core/file_service.hpp"
#include "http/byte_range.hpp"
#include "http/response.hpp"

namespace partwise::api {

// Holds the file's lease until it is destroyed. At most the blob that is being sent and the one
// after it are open. A blob that is missing, or shorter than its record, is io_failure: nothing is
// padded.
class ManifestBody final : public http::ResponseBody {
 public:
  // `range`: the bytes of the file that are sent, within it; nothing: all of them.
  ManifestBody(OpenFile file, BlobStore& blobs, std::optional<http::ByteRange> range = {});

  [[nodiscard]] const StoredFile& file() const { return file_.content.file; }

  // Opens the first blob, so that a file that cannot be read is an error answer and no broken body.
  [[nodiscard]] Task<Result<>> open_first();

  [[nodiscard]] std::uint64_t bytes() const override { return range_.bytes; }
  // All that is wanted of a blob where a file may be sent, else at most 1 MiB.
  [[nodiscard]] Task<Result<Segment>> next(bool may_send_file) override;

 private:
  using Reader = std::unique_ptr<BlobReader>;

  [[nodiscard]] const Manifest& manifest() const { return file_.content.manifest; }
  // The first blob at or after `index` that has any bytes; manifest().size() if there is none.
  [[nodiscard]] std::size_t next_filled(std::size_t index) const;
  [[nodiscard]] Task<Result<Reader>> open(std::size_t index);
  // Makes current_ the reader of blob index_, and opens the one after it where that is wanted too.
  [[nodiscard]] Task<Result<>> advance();
  [[nodiscard]] Task<Result<Segment>> read_slice(const BlobRef& blob, std::uint64_t bytes_max);

  const OpenFile file_;
  BlobStore& blobs_;
  const http::ByteRange range_;
  std::uint64_t left_;        // Of the range.
  std::size_t index_ = 0;     // Of the blob that is being sent.
  std::uint64_t offset_ = 0;  // In it.
  Reader current_;
  Reader ahead_;                   // Of the next filled blob; null where it is not open yet.
  std::vector<std::byte> buffer_;  // Empty where files are sent.
};

}  // namespace partwise::api
