#include "core/scrubber.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "base/posix_memory.hpp"

namespace partwise {

namespace {

// Reads one burst, into `crc` too. Fewer bytes than asked for only at the end of the blob.
Task<Result<std::size_t>> read_burst(BlobReader& reader, WorkerPool& workers, std::uint64_t offset,
                                     MutableBytes buffer, Crc64& crc) {
  if (const auto file = reader.file()) {
    auto work = [&crc, file, offset, buffer]() -> Result<std::size_t> {
      TRY(const std::size_t count, file->read_uncached(offset, buffer));
      crc.update(buffer.first(count));
      return count;
    };
    co_return co_await run_on(workers, std::move(work));
  }
  CO_TRY(const std::size_t count, co_await reader.read_at(offset, buffer));
  auto digest = [&crc, window = buffer.first(count)]() -> Result<> {
    crc.update(window);
    return {};
  };
  CO_CHECK(co_await run_on(workers, std::move(digest)));
  co_return count;
}

// Whether it says something of the blob. Else it is the machine that has to be tried again.
bool is_about_the_blob(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::io_failure;
}

}  // namespace

Scrubber::Scrubber(ScrubberParts parts)
    : parts_(std::move(parts)),
      signal_(parts_.call_after),
      pace_(parts_.limits.rate_bytes_per_s, parts_.clock) {}

void Scrubber::stop() {
  stopping_ = true;
  signal_.wake();
}

ScrubberFigures Scrubber::figures() const {
  ScrubberFigures figures = figures_;
  figures.damaged_blobs = std::max(progress_.damaged, progress_.damaged_before);
  figures.last_pass_at = progress_.ended_at;
  return figures;
}

Task<> Scrubber::run() {
  if (parts_.limits.rate_bytes_per_s == 0) co_return;
  co_await load();
  while (!stopping_) {
    auto wait = until_due();
    if (wait.count() == 0) {
      const auto passed = co_await pass();
      if (passed || stopping_) continue;
      parts_.log.warning("scrub: " + passed.error().message);
      wait = parts_.limits.error_wait;
    }
    co_await signal_.wait(wait);
  }
  if (progress_.is_under_way) co_await save();
}

std::chrono::milliseconds Scrubber::until_due() const {
  if (progress_.is_under_way) return {};
  const auto since = parts_.clock.now() - progress_.began_at;
  // Negative: the clock was wrong then, or it is now.
  if (since.count() < 0 || since >= parts_.limits.interval) return {};
  return std::min<std::chrono::milliseconds>(parts_.limits.interval - since,
                                             parts_.limits.idle_wait);
}

Task<Result<>> Scrubber::pass() {
  if (!progress_.is_under_way) {
    progress_ = {.is_under_way = true,
                 .began_at = parts_.clock.now(),
                 .ended_at = progress_.ended_at,
                 .damaged_before = progress_.damaged_before};
    parts_.log.info("scrub: a pass begins");
  }
  while (!stopping_ && !progress_.position.at_end()) {
    // One row at a time: a page would be read again from its begin after a restart.
    CO_TRY(const auto page, co_await parts_.catalog.owners(progress_.position, 1));
    CO_CHECK(co_await scrub_page(page));
  }
  if (!progress_.position.at_end()) co_return Result<>{};
  progress_.is_under_way = false;
  progress_.ended_at = parts_.clock.now();
  progress_.damaged_before = std::exchange(progress_.damaged, 0);
  parts_.log.info("scrub: a pass has ended; damaged blobs: " +
                  std::to_string(progress_.damaged_before));
  co_await save();
  co_return Result<>{};
}

Task<Result<>> Scrubber::scrub_page(const OwnerPage& page) {
  // Of another page than that before the restart, whose owner has gone meanwhile.
  if (std::exchange(progress_.page_end, page.next) != page.next) progress_.blobs = 0;
  while (progress_.blobs < page.blobs.size()) {
    const CatalogBlob& blob = page.blobs[progress_.blobs];
    if (blob.owner != CatalogBlob::Owner::garbage) CO_CHECK(co_await scrub(blob));
    if (stopping_) co_return Result<>{};
    ++progress_.blobs;
    if (parts_.clock.monotonic_now() - saved_at_ >= parts_.limits.save_interval) co_await save();
  }
  progress_.position = page.next;
  progress_.blobs = 0;
  co_return Result<>{};
}

Task<Result<>> Scrubber::scrub(const CatalogBlob& blob) {
  const auto content = co_await read(blob.ref.key);
  if (!content) co_await rest_after(0);
  if (stopping_) co_return Result<>{};
  if (!content && !is_about_the_blob(content.error())) co_return fail(content.error());
  if (content) ++figures_.read_blobs;
  const auto found = judge(blob, content);
  if (!found) co_return Result<>{};
  // What was deleted meanwhile, or has ended, is not lost.
  std::vector<CatalogBlob> asked(1, blob);
  CO_TRY(const auto owned, co_await parts_.catalog.still_owned(std::move(asked)));
  if (!owned.empty()) note(blob, *found);
  co_return Result<>{};
}

Task<Result<BlobContent>> Scrubber::read(BlobKey key) {
  CO_TRY(const auto reader, co_await parts_.blobs.open(key));
  const Memory memory = make_page_memory(parts_.limits.burst_bytes);
  const MutableBytes buffer(memory.get(), parts_.limits.burst_bytes);
  BlobContent content;
  Crc64 crc;
  while (!stopping_) {
    CO_TRY(const std::size_t count,
           co_await read_burst(*reader, parts_.workers, content.bytes, buffer, crc));
    content.bytes += count;
    figures_.read_bytes += count;
    co_await rest_after(count);
    if (count < buffer.size()) break;
  }
  content.crc64 = crc.value();
  co_return content;
}

Task<> Scrubber::rest_after(std::uint64_t bytes) {
  const auto rest = pace_.rest_after(bytes);
  if (rest.count() > 0 && !stopping_) co_await signal_.wait(rest);
}

void Scrubber::note(const CatalogBlob& blob, const BlobFinding& found) {
  ++progress_.damaged;
  switch (found.kind) {
    case FindingKind::missing_blob:
      ++figures_.missing;
      break;
    case FindingKind::unreadable_blob:
      ++figures_.unreadable;
      break;
    default:
      ++figures_.damaged;
  }
  parts_.log.error("scrub: " + std::string(name_of(found.kind)) + " " + blob.ref.key.text() + ": " +
                   found.sentence);
}

Task<> Scrubber::load() {
  auto read = [this] { return parts_.files.read_small(parts_.record_path); };
  const auto text = co_await run_on(parts_.workers, std::move(read));
  saved_at_ = parts_.clock.monotonic_now();
  if (!text && text.error().code == ErrorCode::not_found) co_return;
  const auto progress = text ? parse_progress(*text) : std::nullopt;
  if (progress) {
    progress_ = *progress;
  } else {
    parts_.log.warning("scrub: " + parts_.record_path +
                       " cannot be understood: a pass begins anew");
  }
}

Task<> Scrubber::save() {
  saved_at_ = parts_.clock.monotonic_now();
  auto write = [this, text = progress_text(progress_)] {
    return parts_.files.write_small(parts_.record_path, text);
  };
  const auto saved = co_await run_on(parts_.workers, std::move(write));
  if (!saved) {
    parts_.log.warning("scrub: a restart would not go on from here: " + saved.error().message);
  }
}

}  // namespace partwise
