#include "core/content_intake.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/both.hpp"

namespace partwise {

namespace {

DigestKinds kinds_of(const PartDigests& digests) {
  return {.md5 = digests.md5.has_value(), .sha256 = digests.sha256.has_value()};
}

Result<> check_digests(const PartDigests& expected, const PartDigests& actual) {
  if (expected.md5 && expected.md5 != actual.md5) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("The md5 of the data is {}, not {} as the request says. Nothing was stored.",
                    to_hex(*actual.md5), to_hex(*expected.md5)),
        "md5");
  }
  if (expected.sha256 && expected.sha256 != actual.sha256) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("The sha256 of the data is {}, not {} as the request says. Nothing was stored.",
                    to_hex(*actual.sha256), to_hex(*expected.sha256)),
        "sha256");
  }
  return {};
}

}  // namespace

Task<Result<StagedContent>> ContentIntake::receive(BlobKey key, IncomingContent& content,
                                                   std::uint64_t bytes_max,
                                                   const ContentStream& stream) {
  const MonotonicTime began = parts_.clock.monotonic_now();
  auto [staged, intent] =
      co_await both(stage(key, content, bytes_max, stream), record_intent(key, stream));
  if (!intent) {
    if (staged) co_await parts_.blobs.discard(std::move(staged->blob));
    CO_CHECK(stream.check_not_cut());
    co_return fail(std::move(intent).error());
  }
  if (staged) {
    staged->began = began;
  } else {
    co_await release(key);
  }
  co_return std::move(staged);
}

Task<Result<>> ContentIntake::record_intent(BlobKey key, const ContentStream& stream) {
  auto recorded = co_await parts_.garbage.record_intent(key, parts_.run);
  // Without it the content can never be published: the client need not send the rest.
  if (!recorded) stream.interrupt();
  co_return recorded;
}

Task<Result<StagedContent>> ContentIntake::stage(BlobKey key, IncomingContent& content,
                                                 std::uint64_t bytes_max,
                                                 const ContentStream& stream) {
  auto blob =
      co_await parts_.blobs.stage(content.bytes(), bytes_max, kinds_of(content.expected_so_far()));
  // The stream's own sentence says more than that of the interrupted wait.
  if (!blob) CO_CHECK(stream.check_not_cut());
  if (!blob) co_return fail(std::move(blob).error());
  StagedContent staged{.key = key, .blob = std::move(*blob), .digests = {}};
  auto digests = co_await check(*staged.blob, content, stream);
  if (digests) {
    staged.digests = *digests;
    co_return staged;
  }
  co_await parts_.blobs.discard(std::move(staged.blob));
  co_return fail(std::move(digests).error());
}

Task<Result<PartDigests>> ContentIntake::check(StagedBlob& blob, IncomingContent& content,
                                               const ContentStream& stream) {
  CO_CHECK(stream.check_not_cut());
  auto expected = co_await content.finish();
  CO_CHECK(stream.check_not_cut());
  if (!expected) co_return fail(std::move(expected).error());
  CO_TRY(const auto digests, co_await parts_.blobs.digests(blob, kinds_of(*expected)));
  CO_CHECK(stream.check_not_cut());
  CO_CHECK(check_digests(*expected, digests));
  co_return digests;
}

bool ContentIntake::is_too_old(const StagedContent& staged) const {
  if (!parts_.stream_life_max) return false;
  return parts_.clock.monotonic_now() - staged.began >= *parts_.stream_life_max;
}

Task<Result<BlobRef>> ContentIntake::publish(StagedContent staged, const ContentStream& stream) {
  if (is_too_old(staged)) {
    co_await discard(std::move(staged));
    co_return fail(ErrorCode::timed_out, "The content took too long. Send it again.");
  }
  const BlobRef blob{
      .key = staged.key, .bytes = staged.blob->bytes(), .crc64 = staged.blob->crc64()};
  auto published = co_await parts_.blobs.publish(std::move(staged.blob), blob.key);
  if (published) published = stream.check_not_cut();
  if (published) co_return blob;
  co_await abandon(blob.key, published.error().code);
  co_return fail(std::move(published).error());
}

Task<> ContentIntake::discard(StagedContent staged) {
  co_await parts_.blobs.discard(std::move(staged.blob));
  co_await release(staged.key);
}

Task<> ContentIntake::abandon(BlobKey key, ErrorCode reason) {
  if (reason != ErrorCode::unavailable) co_await release(key);
}

Task<> ContentIntake::release(BlobKey key) {
  if (auto released = co_await parts_.garbage.release_intent(key); !released) {
    // As long as this run lives nobody else takes its intents for garbage.
    parts_.log.warning("could not release an intent yet: " + released.error().message);
    unreleased_.push_back(key);
  }
  parts_.wake_reaper();
}

Task<> ContentIntake::release_abandoned() {
  while (!unreleased_.empty()) {
    const BlobKey key = unreleased_.back();
    const auto released = co_await parts_.garbage.release_intent(key);
    if (!released) co_return;
    std::erase(unreleased_, key);
    parts_.wake_reaper();
  }
}

}  // namespace partwise
