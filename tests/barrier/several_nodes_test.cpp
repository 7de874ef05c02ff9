// Two nodes on the same stores, which know of each other by what they tell, or not even that.

#include "world.hpp"

namespace partwise::test {

namespace {

class SeveralNodes : public Barrier {
 protected:
  SeveralNodes() { world_.add_neighbour(); }

  // A part on its way to this node, and then the other node's turn.
  Request hold_part(const Upload& upload, HeldPartContent& content) {
    Request request = world_.start_part(upload, content);
    step_until(world_.loop, [&] { return content.source().is_waiting(); });
    world_.change_node();
    return request;
  }
  void carry_news(int times = 1) {
    world_.server->endings.carry_to(world_.neighbour->endings, times);
  }
  CreateFileRequest file_request() {
    return {.filename = "a.txt", .purpose = Purpose::user_data, .expires_after = {}};
  }
  // Both nodes, to the end of what they can do now.
  void reap_on_both() {
    for (int i = 0; i < 2; ++i) {
      world_.reap();
      world_.change_node();
    }
  }
  std::size_t blobs() { return world_.backend->blob_count(); }

  World world_{GetParam()};
};

}  // namespace

TEST_P(SeveralNodes, ACancelCutsTheStreamsOfTheOtherNode) {
  const Upload upload = world_.create(3);
  HeldPartContent content("abc", 1);
  const Request part = hold_part(upload, content);
  const Answer cancelled = world_.finish(world_.start_cancel(upload));
  ASSERT_TRUE(cancelled.ok());
  EXPECT_FALSE(part.done());
  carry_news(/*times=*/2);
  EXPECT_EQ(world_.finish(part).failure().message, refusal(*cancelled.upload));
  reap_on_both();
  world_.check_at_rest();
}

TEST_P(SeveralNodes, ACompleteAndAnExpiryCutTheStreamsOfTheOtherNodeToo) {
  const Upload completed = world_.create(3);
  const Part whole = world_.add_part(completed, "abc");
  HeldPartContent late("abc", 1);
  const Request part = hold_part(completed, late);
  ASSERT_TRUE(world_.finish(world_.start_complete(completed, {whole.id.text})).ok());
  carry_news();
  EXPECT_EQ(world_.finish(part).failure().code, ErrorCode::cut);

  const Upload expired = world_.create(3);
  HeldPartContent later("abc", 1);
  const Request other = hold_part(expired, later);
  world_.pass_deadline(expired);
  ASSERT_TRUE(world_.finish(world_.start_sweep()).ok());
  carry_news();
  EXPECT_EQ(world_.finish(other).failure().code, ErrorCode::cut);
}

TEST_P(SeveralNodes, APartIsRefusedByItsTransactionWhereTheNewsWasLost) {
  const Upload upload = world_.create(3);
  HeldPartContent content("abc", 1);
  const Request part = hold_part(upload, content);
  const Answer cancelled = world_.finish(world_.start_cancel(upload));
  content.source().release();
  EXPECT_EQ(world_.finish(part).failure().message, refusal(*cancelled.upload));
  reap_on_both();
  EXPECT_EQ(blobs(), 0U);
}

TEST_P(SeveralNodes, NewsIsToldAfterTheCommitAndNotOfACancelThatWasRefused) {
  const Upload upload = world_.create(0);
  ASSERT_TRUE(world_.finish(world_.start_complete(upload, {})).ok());
  const std::vector<std::pair<UploadId, std::string>> told{{upload.id, "completed"}};
  EXPECT_EQ(world_.server->endings.told(), told);
  EXPECT_FALSE(world_.finish(world_.start_cancel(upload)).ok());
  EXPECT_EQ(world_.server->endings.told(), told);

  const Upload failing = world_.create(0);
  world_.gates.restart();
  world_.gates.hold({"uploads.cancel_upload.before", 1});
  const Request cancel = world_.start_cancel(failing);
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  EXPECT_EQ(world_.server->endings.told(), told);
  world_.gates.open();
  EXPECT_TRUE(world_.finish(cancel).ok());
  EXPECT_EQ(world_.server->endings.told().size(), 2U);
}

TEST_P(SeveralNodes, TheOtherNodeLeavesTheBlobOfAPartOnItsWayAlone) {
  const Upload upload = world_.create(3);
  world_.gates.restart();
  world_.gates.hold({"uploads.add_part.before", 1});
  const Request part = world_.start_part(upload, "abc");
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  world_.change_node();
  world_.reap_held();
  EXPECT_EQ(blobs(), 1U);
  world_.gates.open();
  EXPECT_TRUE(world_.finish(part).ok());
}

TEST_P(SeveralNodes, ContentThatTakesTooLongIsGivenUpBeforeItsIntentIs) {
  HeldFile file(file_request(), "abc", false, 1);
  const Request request = world_.start_file(file);
  step_until(world_.loop, [&] { return file.content().source().is_waiting(); });
  world_.clock.advance(world_.limits.stream_life_max);
  file.content().source().release();
  const Answer& answer = world_.finish(request);
  EXPECT_EQ(answer.failure().code, ErrorCode::timed_out);
  EXPECT_TRUE(world_.blobs.published().empty());
  world_.reap();
  world_.check_at_rest();
}

TEST_P(SeveralNodes, AnIntentThatWasGivenUpIsNotAdoptedAndItsBlobIsRemoved) {
  HeldFile file(file_request(), "abc");
  world_.gates.restart();
  world_.gates.hold({"uploads.create_file.before", 1});
  const Request request = world_.start_file(file);
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  world_.clock.advance(world_.limits.intent_life);
  world_.change_node();
  const int wakes = world_.server->reaper_wakes;
  ASSERT_TRUE(world_.finish(world_.start_sweep()).ok());
  EXPECT_GT(world_.server->reaper_wakes, wakes);
  world_.gates.open();
  EXPECT_EQ(world_.finish(request).failure().code, ErrorCode::unavailable);
  world_.reap();
  EXPECT_EQ(blobs(), 1U);  // Held back, as everything that ended by time.
  world_.reap_held();
  EXPECT_EQ(blobs(), 0U);
  world_.check_at_rest();
}

TEST_P(SeveralNodes, ADownloadEndsWellWhileTheOtherNodeDeletesItsFile) {
  HeldFile file(file_request(), "abc");
  const StoredFile stored = *world_.finish(world_.start_file(file)).file;
  const OwnedFileId id{stored.project, stored.id};
  world_.gates.restart();
  world_.gates.hold({"blobs.open.before", 1});
  const Request download = world_.start_download(id);
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  world_.change_node();
  ASSERT_TRUE(world_.finish(world_.start_delete(id)).ok());
  world_.clock.advance(world_.limits.reader_grace - 1s);
  world_.reap();
  EXPECT_EQ(blobs(), 1U);
  world_.gates.open();
  EXPECT_EQ(world_.finish(download).content, "abc");
  world_.clock.advance(1s);
  world_.reap();
  EXPECT_EQ(blobs(), 0U);
}

TEST_P(SeveralNodes, BothRemoveTheSameBlobsWithoutError) {
  const Upload upload = world_.create(3);
  for (int i = 0; i < 3; ++i) (void)world_.add_part(upload, "abc");
  ASSERT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  world_.gates.restart();
  world_.gates.hold({"garbage.settle_work.before", 1});
  const Running<Result<bool>> first(world_.loop, world_.server->reaper.pass());
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  world_.clock.advance(world_.limits.claim_lease);
  world_.change_node();
  world_.reap();
  world_.gates.open();
  EXPECT_TRUE(world_.finish(first).value());
  reap_on_both();
  world_.check_at_rest();
}

INSTANTIATE_TEST_SUITE_P(Shared, SeveralNodes, testing::ValuesIn(shared_backends()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace partwise::test
