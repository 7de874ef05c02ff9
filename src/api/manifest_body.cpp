#include "api/manifest_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace partwise::api {

namespace {
constexpr std::uint64_t kSliceBytesMax = kMiB;
}  // namespace

ManifestBody::ManifestBody(OpenFile file, BlobStore& blobs, std::optional<http::ByteRange> range)
    : file_(std::move(file)),
      blobs_(blobs),
      range_(range.value_or(http::ByteRange{.first = 0, .bytes = file_.content.file.bytes})),
      left_(range_.bytes),
      index_(next_filled(0)),
      offset_(range_.first) {
  while (index_ < manifest().size() && offset_ >= manifest()[index_].bytes) {
    offset_ -= manifest()[index_].bytes;
    index_ = next_filled(index_ + 1);
  }
}

std::size_t ManifestBody::next_filled(std::size_t index) const {
  while (index < manifest().size() && manifest()[index].bytes == 0) ++index;
  return index;
}

Task<Result<ManifestBody::Reader>> ManifestBody::open(std::size_t index) {
  const BlobKey key = manifest()[index].key;
  auto reader = co_await blobs_.open(key);
  if (!reader && reader.error().code == ErrorCode::not_found) {
    // The lease holds the blobs of a living file: it is damaged, and not gone.
    co_return fail(ErrorCode::io_failure,
                   fmt::format("The blob {} of {} is missing.", key.text(), file().id.text));
  }
  co_return reader;
}

Task<Result<>> ManifestBody::open_first() {
  if (left_ > 0) co_return co_await advance();
  co_return Result<>{};
}

Task<Result<>> ManifestBody::advance() {
  current_ = std::exchange(ahead_, nullptr);
  if (!current_) {
    CO_TRY(current_, co_await open(index_));
  }
  current_->expect(offset_, std::min(left_, manifest()[index_].bytes - offset_));
  const std::size_t after = next_filled(index_ + 1);
  const bool goes_on = left_ > manifest()[index_].bytes - offset_;
  if (goes_on && after < manifest().size()) {
    // Where this fails, as for want of descriptors, it is tried again when its turn comes.
    if (auto ahead = co_await open(after)) ahead_ = std::move(*ahead);
  }
  co_return Result<>{};
}

Task<Result<http::ResponseBody::Segment>> ManifestBody::next(bool may_send_file) {
  if (current_ && offset_ == manifest()[index_].bytes) {
    current_.reset();
    index_ = next_filled(index_ + 1);
    offset_ = 0;
  }
  if (left_ == 0 || index_ == manifest().size()) co_return Segment{};
  if (!current_) CO_CHECK(co_await advance());
  const BlobRef& blob = manifest()[index_];
  const std::uint64_t wanted = std::min(left_, blob.bytes - offset_);
  Result<Segment> segment;
  if (auto local = may_send_file ? current_->file() : nullptr) {
    segment = Segment{.file = std::move(local), .offset = offset_, .bytes = wanted, .data = {}};
  } else {
    segment = co_await read_slice(blob, wanted);
  }
  if (!segment) co_return segment;
  offset_ += segment->bytes;
  left_ -= segment->bytes;
  co_return segment;
}

Task<Result<http::ResponseBody::Segment>> ManifestBody::read_slice(const BlobRef& blob,
                                                                   std::uint64_t bytes_max) {
  buffer_.resize(static_cast<std::size_t>(std::min(kSliceBytesMax, bytes())));
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), bytes_max));
  const auto window = std::span(buffer_).first(wanted);
  CO_TRY(const std::size_t count, co_await current_->read_at(offset_, window));
  if (count < wanted) {
    co_return fail(ErrorCode::io_failure,
                   fmt::format("The blob {} of {} is shorter than its record.", blob.key.text(),
                               file().id.text));
  }
  co_return Segment{.file = nullptr, .offset = 0, .bytes = count, .data = window};
}

}  // namespace partwise::api
