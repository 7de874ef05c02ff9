// What the scrubber finds, what it must not find, and how it goes on after a restart.

#include "core/scrubber.hpp"

#include <algorithm>
#include <filesystem>

#include "support/temporary_directory.hpp"
#include "world.hpp"

namespace partwise::test {

namespace {

constexpr std::uint64_t kFast = 1024 * kGiB;

// Remembers its lines.
class LineLog final : public Log {
 public:
  void write(LogLevel level, std::string_view message) override {
    if (level == LogLevel::error) errors.emplace_back(message);
    if (level == LogLevel::warning) warnings.emplace_back(message);
    if (message.starts_with("scrub: a pass has ended")) ++passes;
  }
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  int passes = 0;
};

class Scrubbing : public Barrier {
 protected:
  // One run of the scrubber.
  struct Run {
    Run(Scrubbing& test, ScrubberLimits limits)
        : scrubber(test.parts(limits)), running(test.world_.loop, run_to_its_end(scrubber)) {}
    Scrubber scrubber;
    Running<int> running;
  };

  static Task<int> run_to_its_end(Scrubber& scrubber) {
    co_await scrubber.run();
    co_return 1;
  }
  static Task<int> store(BlobStore& blobs, BlobKey key, std::string content) {
    HeldByteSource source(std::move(content));
    auto staged = co_await blobs.stage(source, kMiB, {});
    auto published = co_await blobs.publish(std::move(staged).value(), key);
    co_return published ? 1 : 0;
  }

  ScrubberParts parts(ScrubberLimits limits) {
    return {.catalog = catalog_,
            .blobs = world_.blobs,
            .files = *files_,
            .record_path = directory_ / "scrub",
            .workers = world_.workers,
            .clock = world_.clock,
            .log = log_,
            .call_after = world_.timers.call_after(),
            .limits = limits};
  }

  // Steps, with timers that go off when nothing else can happen.
  template <class Condition>
  void run_until(Condition reached) {
    step_until(world_.loop, [&] {
      if (reached()) return true;
      if (world_.timers.pending() > 0) world_.timers.fire();
      return false;
    });
  }
  void stop(Run& run) {
    run.scrubber.stop();
    step_until(world_.loop, [&] { return run.running.done(); });
    (void)world_.timers.take();  // Of waits that have ended.
  }
  // Until one pass has ended.
  ScrubberFigures pass(ScrubberLimits limits = {.rate_bytes_per_s = kFast}) {
    Run run(*this, limits);
    const int before = log_.passes;
    run_until([&] { return log_.passes > before; });
    stop(run);
    return run.scrubber.figures();
  }

  StoredFile file_of_parts(const std::vector<std::string>& pieces) {
    std::uint64_t bytes = 0;
    for (const std::string& piece : pieces) bytes += piece.size();
    const Upload upload = world_.create(bytes);
    std::vector<std::string> ids;
    for (const std::string& piece : pieces) ids.push_back(world_.add_part(upload, piece).id.text);
    const Answer completed = world_.finish(world_.start_complete(upload, ids));
    return std::get<Completed>(completed.upload->state).file;
  }
  BlobKey key_of(const StoredFile& file, std::size_t index) {
    return world_.run(world_.backend->uploads().find_file({file.project, file.id}))
        ->manifest.at(index)
        .key;
  }
  void lose(BlobKey key) { EXPECT_TRUE(world_.run(world_.backend->blobs().remove({key}))); }
  void replace(BlobKey key, std::string content) {
    lose(key);
    EXPECT_EQ(world_.run(store(world_.backend->blobs(), key, std::move(content))), 1);
  }
  ScrubProgress progress() {
    return parse_progress(files_->read_small(directory_ / "scrub").value()).value();
  }
  std::string only_error() { return log_.errors.size() == 1 ? log_.errors[0] : "not one"; }

  World world_{GetParam()};
  FaultyLiveCatalog catalog_{world_.backend->catalog(), world_.faults};
  TemporaryDirectory directory_{TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  LineLog log_;
};

}  // namespace

TEST_P(Scrubbing, ReadsEverythingAndFindsNothingWhereNothingWasDamaged) {
  const Upload pending = world_.create(10);
  (void)world_.add_part(pending, "12345");
  (void)world_.add_part(pending, "");
  (void)file_of_parts({"abc", "", "defg"});
  const auto figures = pass();
  EXPECT_EQ(figures.read_blobs, 5U);
  EXPECT_EQ(figures.read_bytes, 12U);
  EXPECT_EQ(figures.damaged_blobs, 0U);
  EXPECT_EQ(figures.last_pass_at, world_.clock.now());
  EXPECT_EQ(log_.errors, std::vector<std::string>());
}

TEST_P(Scrubbing, SaysWhichBytesOfWhichFileAreDamaged) {
  const StoredFile file = file_of_parts({"ab", "cde", "f"});
  (void)file_of_parts({"another"});
  const BlobKey key = key_of(file, 1);
  replace(key, "cDe");
  const auto figures = pass();
  EXPECT_EQ(figures.damaged, 1U);
  EXPECT_EQ(figures.damaged_blobs, 1U);
  EXPECT_EQ(figures.missing + figures.unreadable, 0U);
  EXPECT_TRUE(only_error().starts_with("scrub: damaged_blob " + key.text() + ": The blob of file " +
                                       file.id.text + " (part 2 of 3, bytes 2-4) has the CRC64 "))
      << only_error();
}

TEST_P(Scrubbing, FindsWhatIsTooShortOrTooLong) {
  const StoredFile file = file_of_parts({"ab", "cd"});
  replace(key_of(file, 0), "a");
  replace(key_of(file, 1), "cd\n");
  EXPECT_EQ(pass().damaged, 2U);
  ASSERT_EQ(log_.errors.size(), 2U);
  EXPECT_TRUE(log_.errors[0].ends_with("(part 1 of 2, bytes 0-1) has 1 bytes and should have 2."));
  EXPECT_TRUE(log_.errors[1].ends_with("(part 2 of 2, bytes 2-3) has 3 bytes and should have 2."));
}

TEST_P(Scrubbing, SaysWhichPartOfAPendingUploadIsMissing) {
  const Upload upload = world_.create(10);
  (void)world_.add_part(upload, "one");
  const Part part = world_.add_part(upload, "two");
  lose(part.blob.key);
  EXPECT_EQ(pass().missing, 1U);
  EXPECT_EQ(only_error(), "scrub: missing_blob " + part.blob.key.text() + ": The blob of part " +
                              part.id.text + " (number 2 of upload " + upload.id.text +
                              ") is missing.");
}

TEST_P(Scrubbing, FindsWhatTheDiskDoesNotGive) {
  (void)file_of_parts({"a", "b"});
  world_.faults.arm("blobs.open", Fault::undone, {ErrorCode::io_failure, "The disk failed."});
  const auto figures = pass();
  EXPECT_EQ(figures.unreadable, 1U);
  EXPECT_EQ(figures.read_blobs, 1U);
  EXPECT_TRUE(only_error().ends_with("cannot be read: The disk failed."));
}

TEST_P(Scrubbing, BlamesNoBlobForAMachineThatIsBusy) {
  (void)file_of_parts({"a", "b"});
  world_.faults.arm("blobs.open", Fault::undone, {ErrorCode::overloaded, "Too many files."});
  EXPECT_EQ(pass().read_blobs, 2U);
  EXPECT_EQ(log_.errors, std::vector<std::string>());
  EXPECT_EQ(log_.warnings, std::vector<std::string>{"scrub: Too many files."});
}

TEST_P(Scrubbing, TriesAgainAMinuteAfterAnErrorOfTheMetadata) {
  const StoredFile file = file_of_parts({"a"});
  lose(key_of(file, 0));
  for (const char* verb : {"catalog.owners", "catalog.still_owned"}) {
    world_.faults.arm_unavailable(verb, Fault::undone);
    const std::size_t warnings = log_.warnings.size();
    Run run(*this, {.rate_bytes_per_s = kFast});
    step_until(world_.loop, [&] { return log_.warnings.size() > warnings; });
    step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
    EXPECT_EQ(world_.timers.newest(), 60s);
    run_until([&] { return log_.passes > 0; });
    stop(run);
    EXPECT_EQ(run.scrubber.figures().missing, 1U);
    log_.passes = 0;
    world_.clock.advance(31 * 24h);
  }
}

TEST_P(Scrubbing, WhatIsDeletedWhileItIsReadIsNoFinding) {
  const StoredFile file = file_of_parts({"a", "b"});
  const StoredFile other = file_of_parts({"c"});
  world_.gates.restart();
  world_.gates.hold({.gate = "blobs.open.before"});
  Run run(*this, {.rate_bytes_per_s = kFast});
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  const Request deleted = world_.start_delete({file.project, file.id});
  step_until(world_.loop, [&] { return deleted.done(); });
  EXPECT_EQ(world_.backend->blob_count(), 1U);
  world_.gates.open();
  run_until([&] { return log_.passes > 0; });
  stop(run);
  EXPECT_EQ(log_.errors, std::vector<std::string>());
  EXPECT_EQ(run.scrubber.figures().damaged_blobs, 0U);
  EXPECT_EQ(run.scrubber.figures().read_blobs, 1U);
}

TEST_P(Scrubbing, APartWhoseUploadIsCompletedMeanwhileIsFoundInItsFile) {
  const Upload upload = world_.create(3);
  const Part part = world_.add_part(upload, "abc");
  replace(part.blob.key, "abC");
  world_.gates.restart();
  world_.gates.hold({.gate = "blobs.open.after"});
  Run run(*this, {.rate_bytes_per_s = kFast});
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  const Request completed = world_.start_complete(upload, {part.id.text});
  step_until(world_.loop, [&] { return completed.done(); });
  ASSERT_TRUE(completed.value().ok());
  world_.gates.open();
  run_until([&] { return log_.passes > 0; });
  stop(run);
  EXPECT_NE(only_error().find("of file file-"), std::string::npos) << only_error();
  EXPECT_EQ(run.scrubber.figures().damaged, 1U);
}

TEST_P(Scrubbing, RestsAsItsRateAsks) {
  (void)file_of_parts({std::string(256 * kKiB, 'x')});
  Run run(*this, {.rate_bytes_per_s = 64 * kKiB, .burst_bytes = 128 * kKiB});
  const auto next_rest = [&] {
    step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
    return world_.timers.newest();
  };
  EXPECT_EQ(next_rest(), 2s);
  EXPECT_EQ(run.scrubber.figures().read_bytes, 128 * kKiB);
  world_.clock.advance(2s);
  world_.timers.fire();
  EXPECT_EQ(next_rest(), 2s);
  EXPECT_EQ(run.scrubber.figures().read_bytes, 256 * kKiB);
  world_.clock.advance(2s);
  world_.timers.fire();
  EXPECT_EQ(next_rest(), 1s);  // To see that it ends here.
  EXPECT_EQ(log_.passes, 0);
  stop(run);  // In the middle of a rest.
  EXPECT_EQ(run.scrubber.figures().read_blobs, 0U);
}

TEST_P(Scrubbing, DoesNothingWithoutARate) {
  (void)file_of_parts({"a"});
  Run run(*this, {});
  step_until(world_.loop, [&] { return run.running.done(); });
  EXPECT_EQ(run.scrubber.figures().read_blobs, 0U);
  EXPECT_FALSE(files_->read_small(directory_ / "scrub"));
}

TEST_P(Scrubbing, ARestartGoesOnWhereItWas) {
  const StoredFile file = file_of_parts({"a", "b", "c", "d", "e"});
  (void)file_of_parts({"f"});
  replace(key_of(file, 0), "A");
  {
    Run run(*this, {.rate_bytes_per_s = kFast});
    world_.gates.restart();
    world_.gates.hold({.gate = "blobs.open.before", .nth = 3});
    step_until(world_.loop, [&] { return world_.gates.is_holding(); });
    run.scrubber.stop();
    world_.gates.open();
    step_until(world_.loop, [&] { return run.running.done(); });
    EXPECT_EQ(run.scrubber.figures().read_blobs, 2U);
  }
  EXPECT_TRUE(progress().is_under_way);
  EXPECT_EQ(progress().blobs, 2U);
  const auto figures = pass();
  EXPECT_EQ(figures.read_blobs, 4U);
  EXPECT_EQ(figures.damaged, 0U);        // Since this start,
  EXPECT_EQ(figures.damaged_blobs, 1U);  // and of the whole pass.
}

OwnerCursor behind(std::uint64_t file_sequence) {
  return {.table = OwnerCursor::Table::files, .row = {static_cast<std::int64_t>(file_sequence)}};
}

TEST_P(Scrubbing, SkipsNothingWhereWhatItReadBeforeTheRestartIsGone) {
  const StoredFile gone = file_of_parts({"a", "b", "c"});
  const StoredFile next = file_of_parts({"d", "e"});
  ASSERT_TRUE(files_->write_small(directory_ / "scrub",
                                  progress_text({.is_under_way = true,
                                                 .began_at = world_.clock.now(),
                                                 .position = behind(gone.sequence - 1),
                                                 .page_end = behind(gone.sequence),
                                                 .blobs = 2})));
  ASSERT_TRUE(world_.finish(world_.start_delete({gone.project, gone.id})).ok());
  lose(key_of(next, 0));
  EXPECT_EQ(pass().missing, 1U);
}

TEST_P(Scrubbing, RemembersEveryMinuteHowFarItIs) {
  (void)file_of_parts({"a", "b", "c", "d"});
  Run run(*this, {.rate_bytes_per_s = 2 * kKiB});  // 32 s for each read.
  const auto after_reads = [&](std::uint64_t blobs) {
    run_until([&] { return run.scrubber.figures().read_blobs >= blobs; });
    settle(world_.loop);
  };
  after_reads(1);
  EXPECT_FALSE(files_->read_small(directory_ / "scrub"));
  world_.clock.advance(60s);
  after_reads(2);
  step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
  EXPECT_EQ(progress().blobs, 2U);
  stop(run);
}

TEST_P(Scrubbing, BeginsAgainAMonthAfterThePassBefore) {
  (void)file_of_parts({"a"});
  (void)pass();
  Run run(*this, {.rate_bytes_per_s = kFast});
  const auto is_asleep = [&] { return world_.timers.pending() > 0; };
  step_until(world_.loop, is_asleep);
  EXPECT_EQ(world_.timers.newest(), 1h);  // And looks again, should the clock jump.
  world_.clock.advance(30 * 24h - 5s);
  world_.timers.fire();
  step_until(world_.loop, is_asleep);
  EXPECT_EQ(world_.timers.newest(), 5s);
  EXPECT_EQ(log_.passes, 1);
  world_.clock.advance(5s);
  world_.timers.fire();
  step_until(world_.loop, [&] { return log_.passes == 2; });
  stop(run);
}

TEST_P(Scrubbing, BeginsAgainWhereTheClockWasSetBack) {
  (void)file_of_parts({"a"});
  (void)pass();
  world_.clock.jump_wall(-24h);
  EXPECT_EQ(pass().read_blobs, 1U);
}

TEST_P(Scrubbing, ForgetsWhatItFoundOnceAFullPassFindsItNoMore) {
  const StoredFile file = file_of_parts({"a"});
  replace(key_of(file, 0), "A");
  EXPECT_EQ(pass().damaged_blobs, 1U);
  replace(key_of(file, 0), "a");
  {
    Run run(*this, {.rate_bytes_per_s = kFast});
    step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
    EXPECT_EQ(run.scrubber.figures().damaged_blobs, 1U);
    stop(run);
  }
  world_.clock.advance(30 * 24h);
  EXPECT_EQ(pass().damaged_blobs, 0U);
}

TEST_P(Scrubbing, BeginsAnewWhereItsRecordCannotBeUnderstood) {
  (void)file_of_parts({"a"});
  ASSERT_TRUE(files_->write_small(directory_ / "scrub", "pass running\n"));
  EXPECT_EQ(pass().read_blobs, 1U);
  ASSERT_EQ(log_.warnings.size(), 1U);
  EXPECT_TRUE(log_.warnings[0].ends_with("/scrub cannot be understood: a pass begins anew"));
}

TEST_P(Scrubbing, GoesOnWhereItsRecordCannotBeWritten) {
  (void)file_of_parts({"a"});
  std::filesystem::remove_all(directory_.path());
  EXPECT_EQ(pass().read_blobs, 1U);
  ASSERT_EQ(log_.warnings.size(), 1U);
  EXPECT_TRUE(log_.warnings[0].starts_with("scrub: a restart would not go on from here: "));
}

INSTANTIATE_TEST_SUITE_P(Backends, Scrubbing, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
