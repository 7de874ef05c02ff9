// What only the blob store on disk promises: durability by the order of its calls.

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "disk_blob_store_fixture.hpp"
#include "support/running.hpp"

namespace partwise::test {

namespace {

TEST_F(DiskBlobStoreTest, SyncsBytesBeforeTheNameAndTheNameBeforeTheAnswer) {
  reopen();
  ASSERT_TRUE(put(key_of(1), "content"));
  const std::vector<std::string> expected{"free_bytes", "open_nameless", "write_at",
                                          "sync_data",  "link",          "sync_directory"};
  EXPECT_EQ(faulty_.journal(), expected);
}

// 200 bytes are three bursts of 80.
TEST_F(DiskBlobStoreTest, MakesRoomForOthersAfterABurst) {
  const auto visits_of_a_stage = [&](Durability durability, bool busy) {
    reopen(durability);
    workers_.busy = busy;
    workers_.visits = 0;
    ScriptedByteSource source;
    source.pieces(kContent, 40);
    auto staged = run_task(store_->stage(source, kGiB, {}));
    EXPECT_TRUE(staged);
    const int visits = workers_.visits;
    run_task([](DiskBlobStore& store, std::unique_ptr<StagedBlob> blob) -> Task<int> {
      co_await store.discard(std::move(blob));
      co_return 0;
    }(*store_, std::move(*staged)));
    return visits;
  };
  EXPECT_EQ(visits_of_a_stage(Durability::relaxed, true), 3);
  EXPECT_EQ(visits_of_a_stage(Durability::relaxed, false), 1);
  // And a step of write-back between them, which is taken in turn with other streams.
  EXPECT_EQ(visits_of_a_stage(Durability::strict, false), 3 + 3);
}

TEST_F(DiskBlobStoreTest, SyncsNothingWithRelaxedDurability) {
  reopen(Durability::relaxed);
  ASSERT_TRUE(put(key_of(1), kContent));
  ASSERT_TRUE(remove({key_of(1)}));
  for (const std::string& verb : faulty_.journal()) {
    EXPECT_TRUE(verb != "sync_data" && verb != "sync_directory" && verb != "write_back") << verb;
  }
}

TEST_F(DiskBlobStoreTest, WritesBackInStepsWhileContentArrives) {
  reopen();
  ASSERT_TRUE(put(key_of(1), kContent));
  const auto journal = faulty_.journal();
  EXPECT_EQ(std::ranges::count(journal, "write_back"), 3);  // 200 bytes in steps of 64.
  EXPECT_LT(std::ranges::find(journal, "write_back") - journal.begin(),
            std::ranges::find(journal, "sync_data") - journal.begin());
}

TEST_F(DiskBlobStoreTest, ReceivesTheNextBurstWhileTheLastIsWrittenBack) {
  HeldWorkers held;
  boost::asio::io_context loop;
  auto store = open_with(held);
  ScriptedByteSource source;
  source.pieces(kContent, 40);
  const Running staging(loop, store->stage(source, kGiB, {}));
  settle(loop);
  held.run_next();
  settle(loop);
  EXPECT_EQ(held.waiting(), 2U) << "the second burst, and a step of write-back for the first";
  while (held.waiting() > 0) {
    held.run_next();
    settle(loop);
  }
  EXPECT_TRUE(staging.done());
}

TEST_F(DiskBlobStoreTest, WritesNothingBackForAContentThatWasCut) {
  HeldWorkers held;
  boost::asio::io_context loop;
  auto store = open_with(held);
  // Two streams: the first has the turn to write back while the second, which waits for it, is cut.
  ScriptedByteSource first;
  first.pieces(kContent, 40);
  const Running staging(loop, store->stage(first, kGiB, {}));
  settle(loop);
  held.run_next();
  settle(loop);
  ASSERT_EQ(held.waiting(), 2U);
  ScriptedByteSource second;
  second.pieces(std::string(80, 'c'), 40).fail_pull({ErrorCode::cut, "The upload was cancelled."});
  const Running cut(loop, store->stage(second, kGiB, {}));
  faulty_.heal();
  while (held.waiting() > 0) {
    held.run_last();
    settle(loop);
  }
  EXPECT_EQ(cut.value().error().code, ErrorCode::cut);
  EXPECT_TRUE(staging.value());
  EXPECT_EQ(std::ranges::count(faulty_.journal(), "write_back"), 3) << "of the first alone";
}

// The kernel tells one of them alone that a sync of both has failed.
TEST_F(DiskBlobStoreTest, SyncsADirectoryForOneAtATime) {
  ThreadPool threads(4);
  boost::asio::io_context loop;
  auto store = open_with(threads);
  std::deque<ScriptedByteSource> sources(40);
  std::deque<Running<Result<>>> puts;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i].piece("content");
    BlobKey key = key_of(1);
    key.bytes[7] = static_cast<std::byte>(i);
    puts.emplace_back(loop, put_into(*store, sources[i], key));
  }
  step_until(loop, [&] { return std::ranges::all_of(puts, &Running<Result<>>::done); });
  EXPECT_EQ(std::ranges::count(faulty_.journal(), "sync_directory"), 40);
  EXPECT_EQ(faulty_.directory_syncs_at_once(), 1);
}

TEST_F(DiskBlobStoreTest, GathersATrickleIntoOneWrite) {
  reopen();
  ASSERT_TRUE(put(key_of(1), "0123456789abcdef", 1));
  EXPECT_EQ(std::ranges::count(faulty_.journal(), "write_at"), 1);
  EXPECT_EQ(read(key_of(1)), "0123456789abcdef");
}

TEST_F(DiskBlobStoreTest, OpensNoFileBeforeThereIsSomethingToWrite) {
  reopen();
  ScriptedByteSource source;
  source.piece("tiny").fail_wait({ErrorCode::disconnected, "It went away."});
  EXPECT_FALSE(run_task(store_->stage(source, kGiB, {})));
  EXPECT_EQ(std::ranges::count(faulty_.journal(), "open_nameless"), 0);
}

TEST_F(DiskBlobStoreTest, SyncsEachDirectoryOnceForManyRemovals) {
  reopen();
  std::vector<BlobKey> keys;
  for (int number = 0; number < 6; ++number) {
    BlobKey key = key_of(number % 2);
    key.bytes[7] = static_cast<std::byte>(number);
    ASSERT_TRUE(put(key, "content"));
    keys.push_back(key);
  }
  faulty_.heal();
  ASSERT_TRUE(remove(keys));
  const auto journal = faulty_.journal();
  EXPECT_EQ(std::ranges::count(journal, "remove"), 6);
  EXPECT_EQ(std::ranges::count(journal, "sync_directory"), 2);
  EXPECT_EQ(journal.back(), "sync_directory");
}

TEST_F(DiskBlobStoreTest, LeavesNothingWhenTheContentIsCut) {
  reopen();
  ScriptedByteSource source;
  source.pieces(kContent, 40).fail_wait({ErrorCode::cut, "The upload was cancelled."});
  EXPECT_EQ(run_task(store_->stage(source, kGiB, {})).error().code, ErrorCode::cut);
  EXPECT_EQ(faulty_.open_files(), 0U);
  EXPECT_TRUE(names_on_disk().empty());
}

TEST_F(DiskBlobStoreTest, HoldsNoFileAfterAReaderIsGone) {
  reopen();
  ASSERT_TRUE(put(key_of(1), "content"));
  EXPECT_EQ(read(key_of(1)), "content");
  EXPECT_EQ(faulty_.open_files(), 0U);
}

TEST_F(DiskBlobStoreTest, ClosesAReaderThatOutlivesIt) {
  reopen();
  ASSERT_TRUE(put(key_of(1), "content"));
  auto reader = run_task(store_->open(key_of(1))).value();
  store_.reset();
  EXPECT_EQ(faulty_.open_files(), 1U);
  reader.reset();
  EXPECT_EQ(faulty_.open_files(), 0U);
}

TEST_F(DiskBlobStoreTest, RefusesContentWhileLessThanTheReserveIsFree) {
  reopen();
  faulty_.set_free_bytes(999);
  const auto refused = put(key_of(1), "content");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::out_of_space);
  EXPECT_FALSE(store_->status().degraded);
  EXPECT_EQ(store_->status().free_bytes, 999U);
  EXPECT_TRUE(names_on_disk().empty());
  faulty_.set_free_bytes(100'000);
  EXPECT_TRUE(put(key_of(1), "content"));
}

TEST_F(DiskBlobStoreTest, SaysBeforeTheContentThatThereIsNoRoomForIt) {
  reopen();
  faulty_.set_free_bytes(999);
  EXPECT_TRUE(admit());  // As of the last look; the content is refused then.
  EXPECT_FALSE(put(key_of(1), "content"));
  EXPECT_EQ(admit().error().code, ErrorCode::out_of_space);
  faulty_.set_free_bytes(100'000);
  EXPECT_TRUE(admit());
}

TEST_F(DiskBlobStoreTest, NoticesWhileReceivingThatTheReserveIsReached) {
  DiskLimits rarely = kSmall;
  rarely.free_space_check_bytes = 10'000;
  reopen(Durability::strict, rarely);
  faulty_.set_free_bytes(1150);
  EXPECT_EQ(put(key_of(1), kContent).error().code, ErrorCode::out_of_space);
  EXPECT_EQ(faulty_.open_files(), 0U);
  faulty_.set_free_bytes(1150);
  EXPECT_TRUE(put(key_of(2), std::string(150, 'c')));
}

TEST_F(DiskBlobStoreTest, LooksAgainWhileReceivingForWhatOthersHaveTaken) {
  reopen();
  ASSERT_TRUE(put(key_of(1), std::string(1000, 'c')));
  // At the start, and after each 100 of 1000 bytes that came in pieces of 40.
  EXPECT_GE(std::ranges::count(faulty_.journal(), "free_bytes"), 8);
}

TEST_F(DiskBlobStoreTest, StartsOnAFullDiskAndRemoves) {
  reopen();
  ASSERT_TRUE(put(key_of(1), "content"));
  faulty_.set_free_bytes(0);
  reopen();
  EXPECT_TRUE(remove({key_of(1)}));
  EXPECT_TRUE(names_on_disk().empty());
}

TEST_F(DiskBlobStoreTest, RemovesNothingWhileItsDirectoryIsHeld) {
  reopen();
  ASSERT_TRUE(put(key_of(1), "content"));
  auto first = real_->hold(directory_.path()).value();
  auto second = real_->hold(directory_.path()).value();
  EXPECT_EQ(remove({key_of(1)}).error().code, ErrorCode::would_block);
  first.reset();
  EXPECT_EQ(remove({key_of(1)}).error().code, ErrorCode::would_block);
  EXPECT_EQ(read(key_of(1)), "content");
  EXPECT_TRUE(put(key_of(2), "content"));
  EXPECT_FALSE(store_->status().degraded);
  second.reset();
  EXPECT_TRUE(remove({key_of(1), key_of(2)}));
  EXPECT_TRUE(names_on_disk().empty());
}

TEST_F(DiskBlobStoreTest, RemovesNothingWhereItCannotTellWhetherItIsHeld) {
  reopen();
  ASSERT_TRUE(put(key_of(1), "content"));
  faulty_.fail_verb("is_held", ErrorCode::overloaded);
  EXPECT_EQ(remove({key_of(1)}).error().code, ErrorCode::overloaded);
  EXPECT_EQ(read(key_of(1)), "content");
}

TEST_F(DiskBlobStoreTest, EmptiesStagingAtStart) {
  reopen();
  const DiskPaths paths(directory_.path());
  ASSERT_TRUE(real_->write_small(paths.staging() + "/staged-0123456789abcdef", "left over"));
  reopen();
  EXPECT_TRUE(names_on_disk().empty());
}

TEST_F(DiskBlobStoreTest, LeavesInStagingWhatItDidNotPutThere) {
  reopen();
  const std::string foreign = DiskPaths(directory_.path()).staging() + "/site.tar";
  ASSERT_TRUE(real_->write_small(foreign, "somebody's"));
  reopen();
  EXPECT_EQ(real_->read_small(foreign), "somebody's");
  ASSERT_TRUE(real_->remove(foreign));
}

TEST_F(DiskBlobStoreTest, KeepsItsBlobsOverARestart) {
  reopen();
  ASSERT_TRUE(put(key_of(255), "content"));
  reopen();
  EXPECT_EQ(read(key_of(255)), "content");
}

}  // namespace

}  // namespace partwise::test
