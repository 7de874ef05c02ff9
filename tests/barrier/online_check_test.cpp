// The online check held at each of its steps while others change what it looks at: it never takes
// what is on its way for lost or left over, and always finds what is.

#include <functional>

#include "core/online_checker.hpp"
#include "support/blob_keys.hpp"
#include "support/gated_live.hpp"
#include "world.hpp"

namespace partwise::test {

namespace {

class OnlineCheck : public Barrier {
 protected:
  Running<Result<OnlineReport>> start_check() {
    return {world_.loop, checker_.check([] { return Result<>{}; })};
  }
  OnlineReport check() {
    return world_.run(checker_.check([] { return Result<>{}; })).value();
  }
  void expect_clean(const OnlineReport& report, const std::string& when) {
    for (const Finding& finding : report.findings) {
      ADD_FAILURE() << when << ": " << name_of(finding.kind) << ": " << finding.sentence;
    }
  }

  // A pending part, and a file of two segments.
  void populate() {
    pending_ = world_.create(3);
    (void)world_.add_part(pending_, "abc");
    const Upload upload = world_.create(2);
    const Part first = world_.add_part(upload, "x");
    const Part second = world_.add_part(upload, "y");
    const Answer done =
        world_.finish(world_.start_complete(upload, {first.id.text, second.id.text}));
    file_ = World::file_of(done.upload.value());
    world_.reap();
  }
  void cancel_and_reap() {
    EXPECT_TRUE(world_.finish(world_.start_cancel(pending_)).ok());
    world_.reap();
  }
  void delete_and_reap() { EXPECT_TRUE(world_.finish(world_.start_delete(file_)).ok()); }
  void add_a_part() { (void)world_.add_part(pending_, "new"); }
  void complete() {
    const auto parts = world_.stored_parts(pending_);
    EXPECT_TRUE(world_.finish(world_.start_complete(pending_, {parts[0].id.text})).ok());
  }
  void complete_and_reap() {
    complete();
    world_.reap();
  }
  void add_and_cancel_and_reap() {
    add_a_part();
    cancel_and_reap();
  }

  void remove_all() {
    for (const StoredFile& file : world_.stored_files()) {
      EXPECT_TRUE(world_.finish(world_.start_delete({file.project, file.id})).ok());
    }
    if (std::holds_alternative<Pending>(world_.stored(pending_).state)) cancel_and_reap();
    world_.reap();
    EXPECT_EQ(world_.backend->blob_count(), 0U);
  }

  World world_{GetParam()};
  GatedLiveCatalog catalog_{world_.backend->catalog(), world_.gates};
  GatedLiveBlobs blobs_{world_.backend->live_blobs(), world_.gates};
  OnlineChecker checker_{catalog_, blobs_, {.page_blobs_max = 2, .sizes_max = 1}};
  Upload pending_;
  OwnedFileId file_;
};

}  // namespace

// Every step of a check, before and after it, with every change in it.
TEST_P(OnlineCheck, NeverFindsAnythingWhateverHappensAtAnyOfItsSteps) {
  populate();
  world_.gates.restart();
  expect_clean(check(), "at rest");
  const std::vector<GatePoint> points = world_.gates.trace();
  ASSERT_GT(points.size(), 15U);
  remove_all();
  const std::vector<std::pair<const char*, std::function<void()>>> changes{
      {"add a part", [this] { add_a_part(); }},
      {"cancel and reap", [this] { cancel_and_reap(); }},
      {"complete", [this] { complete(); }},
      {"complete and reap", [this] { complete_and_reap(); }},
      {"delete and reap", [this] { delete_and_reap(); }},
      {"add, cancel and reap", [this] { add_and_cancel_and_reap(); }},
  };
  for (const auto& [name, change] : changes) {
    for (const GatePoint& point : points) {
      populate();
      world_.gates.restart();
      world_.gates.hold(point);
      const auto running = start_check();
      step_until(world_.loop, [&] { return world_.gates.is_holding() || running.done(); });
      ASSERT_TRUE(world_.gates.is_holding()) << point.gate << point.nth;
      change();
      world_.gates.open();
      expect_clean(world_.finish(running).value(), std::string(name) + " at " + point.gate);
      remove_all();
    }
  }
}

// The content has its name, and the row that makes it a part is not there yet.
TEST_P(OnlineCheck, APartOnItsWayIsNoOrphanAtAnyOfItsSteps) {
  const Upload upload = world_.create(6);
  world_.gates.restart();
  (void)world_.add_part(upload, "abc");
  const std::vector<GatePoint> points = world_.gates.trace();
  for (const GatePoint& point : points) {
    world_.gates.restart();
    world_.gates.hold(point);
    const Request part = world_.start_part(upload, "abc");
    step_until(world_.loop, [&] { return world_.gates.is_holding() || part.done(); });
    ASSERT_TRUE(world_.gates.is_holding()) << point.gate;
    expect_clean(check(), point.gate);
    world_.gates.open();
    EXPECT_TRUE(world_.finish(part).ok());
  }
}

TEST_P(OnlineCheck, FindsABlobThatWasPutThereByHandAndNothingElse) {
  populate();
  world_.backend->put_blob(key_of(9), "orphan");
  const auto report = check();
  ASSERT_EQ(report.findings_total, 1U);
  EXPECT_EQ(report.findings[0].kind, FindingKind::orphan_blob);
  EXPECT_EQ(report.findings[0].subject, key_of(9).text());
}

TEST_P(OnlineCheck, FindsABlobThatWasTakenAwayByHandAndNothingElse) {
  populate();
  const Part part = world_.stored_parts(pending_).front();
  ASSERT_TRUE(world_.run(world_.backend->blobs().remove({part.blob.key})));
  const auto report = check();
  ASSERT_EQ(report.findings_total, 1U);
  EXPECT_EQ(report.findings[0].kind, FindingKind::missing_blob);
  EXPECT_EQ(report.findings[0].subject, part.blob.key.text());
  EXPECT_TRUE(report.findings[0].sentence.starts_with("The blob of part " + part.id.text));
  ASSERT_TRUE(report.findings[0].blob);
  EXPECT_EQ(report.findings[0].blob->place.upload_id, part.upload_id.text);
}

TEST_P(OnlineCheck, FindsABlobThatWasReplacedByHandAndNothingElse) {
  populate();
  const Part part = world_.stored_parts(pending_).front();
  world_.backend->put_blob(part.blob.key, "another size");
  const auto report = check();
  ASSERT_EQ(report.findings_total, 1U);
  EXPECT_EQ(report.findings[0].kind, FindingKind::damaged_blob);
}

INSTANTIATE_TEST_SUITE_P(Stores, OnlineCheck, testing::ValuesIn(all_backends()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace partwise::test
