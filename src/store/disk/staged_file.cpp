#include "store/disk/staged_file.hpp"

#include <fmt/format.h>

namespace partwise {

StagedFile::StagedFile(const StagingPlace& place, std::uint64_t bytes_max, DigestKinds kinds)
    : place_(place), bytes_max_(bytes_max) {
  if (kinds.md5) md5_.emplace(Digester::Kind::md5);
  if (kinds.sha256) sha256_.emplace(Digester::Kind::sha256);
}

Result<StagedFile::Progress> StagedFile::receive(ByteSource& content) {
  CHECK(place_.volume.require_usable());
  if (bytes_ == 0) CHECK(place_.volume.check_room());
  for (std::uint64_t moved = 0; moved < place_.limits.burst_bytes;) {
    auto piece = content.pull_now();
    if (!piece && piece.error().code == ErrorCode::would_block) return Progress::waiting;
    if (!piece) return fail(std::move(piece).error());
    if (piece->empty()) {
      CHECK(finish());
      return Progress::ended;
    }
    CHECK(append(*piece));
    moved += piece->size();
  }
  return Progress::more;
}

Result<> StagedFile::append(Bytes piece) {
  if (piece.size() > bytes_max_ - bytes_) {
    return fail(ErrorCode::too_large,
                fmt::format("The content is larger than the {} bytes allowed here.", bytes_max_));
  }
  bytes_ += piece.size();
  // While the piece is hot in the cache.
  crc_.update(piece);
  if (md5_) md5_->update(piece);
  if (sha256_) sha256_->update(piece);
  if (gathered_.size() + piece.size() > place_.limits.gather_bytes) CHECK(write_gathered());
  if (piece.size() >= place_.limits.gather_bytes) return write(piece);
  gathered_.insert(gathered_.end(), piece.begin(), piece.end());
  return {};
}

Result<> StagedFile::write_gathered() {
  if (gathered_.empty()) return {};
  CHECK(write(gathered_));
  gathered_.clear();
  return {};
}

Result<> StagedFile::write(Bytes bytes) {
  CHECK(place_.volume.admit(bytes.size()));
  if (!file_) CHECK(open_file());
  if (auto written = file_->write_at(written_, bytes); !written) {
    return place_.volume.failed_write(written.error());
  }
  written_ += bytes.size();
  return {};
}

Result<> StagedFile::open_file() {
  auto file = place_.files.open_nameless(place_.directory);
  if (!file) return place_.volume.failed_write(file.error());
  file_ = std::move(*file);
  return {};
}

Result<> StagedFile::finish() {
  CHECK(write_gathered());
  gathered_.shrink_to_fit();
  if (!file_) CHECK(open_file());  // Content of no bytes is content.
  if (md5_) md5_->finish(digests_.md5.emplace());
  if (sha256_) sha256_->finish(digests_.sha256.emplace());
  return {};
}

std::uint64_t StagedFile::write_back_due() const {
  return (written_ - written_back_) / place_.limits.write_back_bytes;
}

Result<> StagedFile::write_back_step() {
  const std::uint64_t step = place_.limits.write_back_bytes;
  if (auto done = file_->write_back(written_back_, step); !done) {
    return place_.volume.failed_write(done.error());
  }
  written_back_ += step;
  return {};
}

Result<> StagedFile::sync() {
  if (auto done = file_->sync_data(); !done) return place_.volume.failed_write(done.error());
  return {};
}

Result<> StagedFile::link(const std::string& path) {
  if (auto done = place_.files.link(*file_, path); !done) {
    return place_.volume.failed_write(done.error());
  }
  return {};
}

Result<std::size_t> StagedFile::read_at(std::uint64_t offset, MutableBytes out) {
  auto count = file_->read_at(offset, out);
  if (!count) return place_.volume.failed_write(count.error());
  return count;
}

}  // namespace partwise
