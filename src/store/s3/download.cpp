#include "store/s3/download.hpp"

#include <algorithm>
#include <utility>

namespace partwise::s3 {

Download::Download(std::shared_ptr<S3Client> client, std::string name)
    : client_(std::move(client)), name_(std::move(name)) {}

void Download::expect(std::uint64_t offset, std::uint64_t bytes) { expected_end_ = offset + bytes; }

Result<> Download::require_stream(std::uint64_t offset, std::size_t wanted, Attempts& tries) {
  if (channel_ && position_ == offset && position_ < end_) return {};
  channel_.reset();
  // Who reads beyond what he said wants the rest.
  const bool is_expected = expected_end_ && offset + wanted <= *expected_end_;
  TRY(auto stream,
      client_->stream(name_, offset, is_expected ? expected_end_ : std::nullopt, tries));
  if (!is_expected) object_end_ = offset + stream.bytes;
  position_ = offset;
  end_ = offset + stream.bytes;
  channel_.emplace(std::move(stream.channel));
  return {};
}

Result<std::size_t> Download::read_at(std::uint64_t offset, MutableBytes out) {
  Attempts tries = client_->attempts();
  std::size_t done = 0;
  while (done < out.size() && offset + done != object_end_) {
    const auto rest = out.subspan(done);
    const auto ready = require_stream(offset + done, rest.size(), tries);
    if (!ready && ready.error().code == ErrorCode::too_large) break;
    if (!ready) return fail(ready.error());
    const auto window = rest.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), end_ - position_)));
    auto count = (*channel_)->read(window);
    if (count && *count == window.size()) {
      done += *count;
      position_ += *count;
      continue;
    }
    // Its length was announced: a connection that ends before has broken.
    if (count) count = fail(ErrorCode::disconnected, "its content ended early");
    channel_.reset();
    CHECK(client_->wait_after(count.error(), tries, "GET " + name_));
  }
  if (channel_ && position_ == end_) {
    std::byte beyond{};
    (void)(*channel_)->read({&beyond, 1});  // The end of the answer: the connection can be kept.
    channel_.reset();
  }
  return done;
}

}  // namespace partwise::s3
