#include "store/s3/spooled_content.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace partwise::s3 {

SpooledContent::SpooledContent(std::shared_ptr<Spool> spool, const S3Limits& limits,
                               std::uint64_t bytes_max, DigestKinds kinds)
    : spool_(std::move(spool)),
      limits_(limits),
      bytes_max_(bytes_max),
      shows_sha256_(kinds.sha256) {
  if (kinds.md5) md5_.emplace(Digester::Kind::md5);
}

SpooledContent::~SpooledContent() {
  file_.reset();  // Its blocks are free when the spool is told so.
  spool_->release(written_);
}

Result<SpooledContent::Progress> SpooledContent::receive(ByteSource& content) {
  if (bytes_ == 0) CHECK(spool_->check_room());
  for (std::uint64_t moved = 0; moved < limits_.burst_bytes;) {
    auto piece = content.pull_now();
    if (!piece && piece.error().code == ErrorCode::would_block) return Progress::waiting;
    if (!piece) return fail(std::move(piece).error());
    if (piece->empty()) {
      finish();
      return Progress::ended;
    }
    CHECK(append(*piece));
    moved += piece->size();
  }
  return Progress::more;
}

Result<> SpooledContent::append(Bytes piece) {
  if (piece.size() > bytes_max_ - bytes_) {
    return fail(ErrorCode::too_large,
                fmt::format("The content is larger than the {} bytes allowed here.", bytes_max_));
  }
  bytes_ += piece.size();
  // While the piece is hot in the cache.
  crc_.update(piece);
  sha256_.update(piece);
  if (md5_) md5_->update(piece);
  if (gathered_.size() + piece.size() > limits_.gather_bytes && !gathered_.empty()) {
    CHECK(write(gathered_));
    gathered_.clear();
  }
  if (piece.size() > limits_.gather_bytes) return write(piece);
  gathered_.insert(gathered_.end(), piece.begin(), piece.end());
  return {};
}

Result<> SpooledContent::write(Bytes bytes) {
  CHECK(spool_->admit(bytes.size()));
  const std::uint64_t offset = written_;
  written_ += bytes.size();  // As the spool counts them, whatever happens now.
  if (!file_) {
    TRY(file_, spool_->open_file());
  }
  if (auto done = file_->write_at(offset, bytes); !done) return spool_->failed(done.error());
  return {};
}

void SpooledContent::finish() {
  sha256_.finish(digest_);
  if (shows_sha256_) digests_.sha256 = digest_;
  if (md5_) md5_->finish(digests_.md5.emplace());
}

Result<> SpooledContent::read_at(std::uint64_t offset, MutableBytes out) {
  const auto in_file = static_cast<std::size_t>(
      offset < written_ ? std::min<std::uint64_t>(written_ - offset, out.size()) : 0);
  if (in_file > 0) {
    const auto count = file_->read_at(offset, out.first(in_file));
    if (!count) return spool_->failed(count.error());
    if (*count < in_file) {
      return spool_->failed({ErrorCode::io_failure, "a file is shorter than it was"});
    }
  }
  const auto rest = out.subspan(in_file);
  if (rest.empty()) return {};  // It ends within the file, perhaps before the file does.
  const auto gathered = std::span(gathered_).subspan(
      static_cast<std::size_t>(offset + in_file - written_), rest.size());
  std::ranges::copy(gathered, rest.begin());
  return {};
}

}  // namespace partwise::s3
