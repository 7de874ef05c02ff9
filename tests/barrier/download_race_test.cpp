// A download under way, and the deletion or expiry of its file: the client gets the whole file or a
// 404.

#include "world.hpp"

namespace partwise::test {

namespace {

const std::string kFirstHalf = "abc";
const std::string kSecondHalf = "defgh";
const std::string kWhole = kFirstHalf + kSecondHalf;

class DownloadRace : public Barrier {
 protected:
  OwnedFileId make_file(std::optional<std::chrono::seconds> ttl = {}) {
    const Upload upload = world_.create(kWhole.size(), ttl);
    std::vector<std::string> ids;
    for (const auto& content : {kFirstHalf, kSecondHalf}) {
      ids.push_back(world_.add_part(upload, content).id.text);
    }
    const Answer completed = world_.finish(world_.start_complete(upload, ids));
    world_.reap();
    world_.gates.restart();
    return World::file_of(*completed.upload);
  }

  // All steps of `start`, run alone.
  template <class Start>
  std::vector<GatePoint> steps_of(Start start) {
    const OwnedFileId file = make_file();
    (void)world_.finish(start(file));  // Only its steps are wanted.
    std::vector<GatePoint> steps = world_.gates.trace();
    (void)world_.finish(world_.start_delete(file));  // Out of the way, if it is still there.
    return steps;
  }

  void check_download(const Answer& answer, const OwnedFileId& file) {
    if (answer.ok()) {
      EXPECT_EQ(answer.content, kWhole);
    } else {
      EXPECT_EQ(answer.failure().code, ErrorCode::not_found);
      EXPECT_EQ(answer.failure().message, "No such File object: " + file.id.text);
    }
  }

  // So that the upload that the file came from has ended its life before the file does.
  static constexpr std::chrono::seconds kTtl{7200};
  World world_{GetParam()};
};

}  // namespace

TEST_P(DownloadRace, HeldAtEveryStepWhileItsFileIsDeletedAndReaped) {
  const auto download = [&](const OwnedFileId& file) { return world_.start_download(file); };
  for (const GatePoint& step : steps_of(download)) {
    SCOPED_TRACE(step.gate + " #" + std::to_string(step.nth));
    const OwnedFileId file = make_file();
    world_.gates.hold(step);
    const Request reading = download(file);
    step_until(world_.loop, [&] { return world_.gates.is_holding(); });
    EXPECT_TRUE(world_.finish(world_.start_delete(file)).ok());
    EXPECT_EQ(world_.finish(world_.start_download(file)).failure().code, ErrorCode::not_found);
    EXPECT_EQ(world_.finish(world_.start_delete(file)).failure().code, ErrorCode::not_found);
    world_.reap_held();
    world_.gates.open();
    check_download(world_.finish(reading), file);
    // Whoever had opened the file before it was deleted reads it to its end.
    if (step.gate != "uploads.find_file.before") EXPECT_TRUE(reading.value().ok());
    world_.reap();
    world_.check_at_rest();
  }
}

TEST_P(DownloadRace, RunsToItsEndWhileADeleteIsHeldAtEveryStep) {
  const auto remove = [&](const OwnedFileId& file) { return world_.start_delete(file); };
  for (const GatePoint& step : steps_of(remove)) {
    SCOPED_TRACE(step.gate + " #" + std::to_string(step.nth));
    const OwnedFileId file = make_file();
    world_.gates.hold(step);
    const Request removing = remove(file);
    step_until(world_.loop, [&] { return world_.gates.is_holding(); });
    check_download(world_.finish(world_.start_download(file)), file);
    world_.gates.open();
    EXPECT_TRUE(world_.finish(removing).ok());
    world_.reap();
    world_.check_at_rest();
  }
}

TEST_P(DownloadRace, HeldAtEveryStepWhileItsFileExpiresAndIsReaped) {
  const auto download = [&](const OwnedFileId& file) { return world_.start_download(file); };
  for (const GatePoint& step : steps_of(download)) {
    SCOPED_TRACE(step.gate + " #" + std::to_string(step.nth));
    const OwnedFileId file = make_file(kTtl);
    world_.gates.hold(step);
    const Request reading = download(file);
    step_until(world_.loop, [&] { return world_.gates.is_holding(); });
    world_.clock.advance(kTtl);
    EXPECT_EQ(world_.finish(world_.start_download(file)).failure().code, ErrorCode::not_found);
    EXPECT_TRUE(world_.finish(world_.start_sweep()).ok());
    world_.reap_held();
    world_.gates.open();
    check_download(world_.finish(reading), file);
    if (step.gate != "uploads.find_file.before") EXPECT_TRUE(reading.value().ok());
    world_.reap_held();
    world_.check_at_rest();
  }
}

TEST_P(DownloadRace, TheLastOfTwoDownloadsLetsTheBlobsGo) {
  const OwnedFileId file = make_file();
  world_.gates.hold({.gate = "download.opened"});
  const Request first = world_.start_download(file);
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  auto second = world_.run(world_.server->files.open(file));
  ASSERT_TRUE(second);
  EXPECT_TRUE(world_.finish(world_.start_delete(file)).ok());
  world_.gates.open();
  EXPECT_EQ(world_.finish(first).content, kWhole);
  world_.reap();
  EXPECT_EQ(world_.backend->blob_count(), 2U);
  const int wakes = world_.server->reaper_wakes;
  second->lease = LeaseTable::Lease();
  EXPECT_EQ(world_.server->reaper_wakes, wakes + 1);
  world_.reap();
  world_.check_at_rest();
}

TEST_P(DownloadRace, OfOneFileDoesNotHoldWhatElseIsToBeReaped) {
  const OwnedFileId file = make_file();
  const auto open = world_.run(world_.server->files.open(file));
  ASSERT_TRUE(open);
  EXPECT_TRUE(world_.finish(world_.start_delete(file)).ok());
  // More than one batch of it, and younger.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(world_.finish(world_.start_delete(make_file())).ok());
  world_.reap();
  EXPECT_EQ(world_.backend->blob_count(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Backends, DownloadRace, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
