#include "core/stream_registry.hpp"

#include <algorithm>
#include <utility>

namespace partwise {

UploadStream::UploadStream(StreamRegistry& registry, UploadId upload, Transport transport)
    : registry_(registry), upload_(std::move(upload)), transport_(std::move(transport)) {
  auto& streams = registry_.streams_[upload_];
  place_ = streams.insert(streams.end(), this);
  ++registry_.size_;
}

UploadStream::~UploadStream() { registry_.leave(*this); }

Result<> UploadStream::check_not_cut() const {
  if (right_ == Right::cut) return fail(ErrorCode::cut, cut_reason_);
  return {};
}

Result<> UploadStream::claim_answer() {
  CHECK(check_not_cut());
  right_ = Right::claimed;
  return {};
}

std::size_t StreamRegistry::streams_of(const UploadId& upload) const {
  const auto found = streams_.find(upload);
  return found == streams_.end() ? 0 : found->second.size();
}

void StreamRegistry::cut(const UploadId& upload, const std::string& reason,
                         const UploadStream* except, std::move_only_function<void()> when_quiet) {
  Waiter waiter;
  waiter.when_quiet = std::move(when_quiet);
  std::vector<UploadStream*> interrupted;
  if (const auto found = streams_.find(upload); found != streams_.end()) {
    for (UploadStream* stream : found->second) {
      if (stream == except) continue;
      if (stream->right_ == UploadStream::Right::claimed) waiter.claimed.push_back(stream);
      if (stream->right_ != UploadStream::Right::open) continue;
      stream->right_ = UploadStream::Right::cut;
      stream->cut_reason_ = reason;
      interrupted.push_back(stream);
    }
  }
  // All rights are taken before the first transport hears of it: an interrupt only posts, and
  // destroys nothing.
  for (UploadStream* stream : interrupted) stream->transport_.interrupt();
  if (waiter.claimed.empty()) {
    waiter.when_quiet();
  } else {
    waiters_.push_back(std::move(waiter));
  }
}

void StreamRegistry::abort_claimed(const UploadId& upload) {
  const auto found = streams_.find(upload);
  if (found == streams_.end()) return;
  for (UploadStream* stream : found->second) {
    if (stream->right_ == UploadStream::Right::claimed) stream->transport_.abort();
  }
}

void StreamRegistry::leave(UploadStream& stream) {
  const auto found = streams_.find(stream.upload_);
  found->second.erase(stream.place_);
  if (found->second.empty()) streams_.erase(found);
  --size_;
  std::vector<std::move_only_function<void()>> quiet;
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    std::erase(waiter->claimed, &stream);
    if (waiter->claimed.empty()) {
      quiet.push_back(std::move(waiter->when_quiet));
      waiter = waiters_.erase(waiter);
    } else {
      ++waiter;
    }
  }
  for (auto& call : quiet) call();
}

}  // namespace partwise
