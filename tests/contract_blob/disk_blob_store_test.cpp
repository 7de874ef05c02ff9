// What only the blob store on disk promises: durability by the order of its calls, and what it does
// when any of them fails.

#include "store/disk/disk_blob_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "support/faulty_file_system.hpp"
#include "support/run_task.hpp"
#include "support/running.hpp"
#include "support/scripted_byte_source.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

using test::FaultyFileSystem;
using test::run_task;
using test::ScriptedByteSource;

// Small, so that a short content makes every kind of call.
constexpr DiskLimits kSmall{.reserve_bytes = 1000,
                            .free_space_check_bytes = 100,
                            .write_back_bytes = 64,
                            .burst_bytes = 80,
                            .gather_bytes = 16,
                            .read_buffer_bytes = 32,
                            .removals_per_visit = 2};

BlobKey key_of(int number) {
  BlobKey key;
  key.bytes[0] = static_cast<std::byte>(number);
  key.bytes[15] = std::byte{1};
  return key;
}

// Remembers every line, for those that an operator must see.
class KeptLog final : public Log {
 public:
  void write(LogLevel level, std::string_view message) override {
    if (level == LogLevel::error) errors.emplace_back(message);
  }
  std::vector<std::string> errors;
};

// Runs every job at once, and says what a test wants of how much there is to do.
class CountingWorkers final : public WorkerPool {
 public:
  void post(Job job) override {
    ++visits;
    job();
  }
  [[nodiscard]] bool is_busy() const override { return busy; }

  bool busy = true;
  int visits = 0;
};

// Runs a job when a test says so.
class HeldWorkers final : public WorkerPool {
 public:
  void post(Job job) override { jobs_.push_back(std::move(job)); }
  [[nodiscard]] bool is_busy() const override { return true; }

  [[nodiscard]] std::size_t waiting() const { return jobs_.size(); }
  void run_next() {
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    job();
  }
  void run_last() {
    Job job = std::move(jobs_.back());
    jobs_.pop_back();
    job();
  }

 private:
  std::deque<Job> jobs_;
};

class DiskBlobStoreTest : public ::testing::Test {
 protected:
  Result<> open_store(Durability durability = Durability::strict, DiskLimits limits = kSmall) {
    store_.reset();
    TRY(store_, DiskBlobStore::open({.files = faulty_,
                                     .workers = workers_,
                                     .log = log_,
                                     .data_directory = directory_.path(),
                                     .durability = durability,
                                     .limits = limits}));
    return {};
  }

  void reopen(Durability durability = Durability::strict, DiskLimits limits = kSmall) {
    faulty_.heal();
    ASSERT_TRUE(open_store(durability, limits));
    faulty_.heal();  // The journal begins after the start.
  }

  // A store for a test that has its own loop; the journal begins now.
  std::unique_ptr<DiskBlobStore> open_with(WorkerPool& workers) {
    auto store = DiskBlobStore::open({.files = faulty_,
                                      .workers = workers,
                                      .log = log_,
                                      .data_directory = directory_.path(),
                                      .durability = Durability::strict,
                                      .limits = kSmall});
    faulty_.heal();
    return std::move(store).value();
  }

  Result<> put(BlobKey key, const std::string& content, std::size_t piece_bytes = 40) {
    ScriptedByteSource source;
    source.pieces(content, piece_bytes);
    TRY(auto staged, run_task(store_->stage(source, kGiB, {})));
    return run_task(store_->publish(std::move(staged), key));
  }

  Result<> admit() { return run_task(store_->admit()); }

  Result<std::string> read(BlobKey key) {
    TRY(const auto reader, run_task(store_->open(key)));
    std::string out(1000, '?');
    auto read_all = reader->read_at(0, std::as_writable_bytes(std::span(out)));
    TRY(const std::size_t count, run_task(std::move(read_all)));
    out.resize(count);
    return out;
  }

  Result<> remove(std::vector<BlobKey> keys) { return run_task(store_->remove(std::move(keys))); }

  // The names of files under blobs/ and staging/, whatever the store thinks.
  std::vector<std::string> names_on_disk() {
    const DiskPaths paths(directory_.path());
    std::vector<std::string> names;
    for (const std::string& root : {paths.blobs(), paths.staging()}) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_directory()) names.push_back(entry.path().filename().string());
      }
    }
    return names;
  }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> real_ = make_posix_file_system();
  FaultyFileSystem faulty_{*real_};
  CountingWorkers workers_;
  KeptLog log_;
  std::unique_ptr<DiskBlobStore> store_;
};

const std::string kContent(200, 'c');

Task<Result<>> put_into(DiskBlobStore& store, ByteSource& source, BlobKey key) {
  CO_TRY(auto staged, co_await store.stage(source, kGiB, {}));
  co_return co_await store.publish(std::move(staged), key);
}

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
  const test::Running staging(loop, store->stage(source, kGiB, {}));
  test::settle(loop);
  held.run_next();
  test::settle(loop);
  EXPECT_EQ(held.waiting(), 2U) << "the second burst, and a step of write-back for the first";
  while (held.waiting() > 0) {
    held.run_next();
    test::settle(loop);
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
  const test::Running staging(loop, store->stage(first, kGiB, {}));
  test::settle(loop);
  held.run_next();
  test::settle(loop);
  ASSERT_EQ(held.waiting(), 2U);
  ScriptedByteSource second;
  second.pieces(std::string(80, 'c'), 40).fail_pull({ErrorCode::cut, "The upload was cancelled."});
  const test::Running cut(loop, store->stage(second, kGiB, {}));
  faulty_.heal();
  while (held.waiting() > 0) {
    held.run_last();
    test::settle(loop);
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
  std::deque<test::Running<Result<>>> puts;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i].piece("content");
    BlobKey key = key_of(1);
    key.bytes[7] = static_cast<std::byte>(i);
    puts.emplace_back(loop, put_into(*store, sources[i], key));
  }
  test::step_until(loop, [&] { return std::ranges::all_of(puts, &test::Running<Result<>>::done); });
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

TEST_F(DiskBlobStoreTest, IsDegradedUntilARestartOnceASyncFailed) {
  for (const std::string verb : {"sync_data", "sync_directory", "write_back"}) {
    reopen();
    faulty_.fail_verb(verb, ErrorCode::io_failure);
    EXPECT_EQ(put(key_of(1), kContent).error().code, ErrorCode::io_failure) << verb;
    const auto journal = faulty_.journal();
    EXPECT_EQ(std::ranges::count(journal, verb), 1) << verb << " was tried again";
    EXPECT_TRUE(store_->status().degraded) << verb;
    // Healthy again, but what is on the disk is no longer known.
    faulty_.heal();
    EXPECT_EQ(put(key_of(2), "content").error().code, ErrorCode::unavailable) << verb;
    EXPECT_TRUE(faulty_.journal().empty()) << verb;
    EXPECT_EQ(faulty_.open_files(), 0U) << verb;
    // The names are taken away, but nobody may forget the rows on the word of a directory that
    // failed.
    EXPECT_EQ(remove({key_of(1)}).has_value(), verb != "sync_directory") << verb;
    EXPECT_EQ(remove({key_of(1)}).has_value(), verb != "sync_directory") << verb;
    EXPECT_TRUE(names_on_disk().empty()) << verb;
  }
  EXPECT_FALSE(log_.errors.empty());
}

TEST_F(DiskBlobStoreTest, RefusesToPublishWhatWasStagedBeforeTheVolumeFailed) {
  reopen();
  ScriptedByteSource source;
  source.piece("content");
  auto staged = run_task(store_->stage(source, kGiB, {})).value();
  faulty_.fail_verb("sync_data", ErrorCode::io_failure);
  EXPECT_FALSE(put(key_of(1), "content"));
  faulty_.heal();
  auto published = run_task(store_->publish(std::move(staged), key_of(2)));
  EXPECT_EQ(published.error().code, ErrorCode::unavailable);
  EXPECT_EQ(faulty_.open_files(), 0U);
  EXPECT_TRUE(names_on_disk().empty());
}

TEST_F(DiskBlobStoreTest, IsNotDegradedByAFullDisk) {
  for (const std::string verb : {"open_nameless", "write_at", "write_back", "sync_data", "link"}) {
    reopen();
    faulty_.fail_verb(verb, ErrorCode::out_of_space);
    EXPECT_EQ(put(key_of(1), kContent).error().code, ErrorCode::out_of_space) << verb;
    EXPECT_FALSE(store_->status().degraded) << verb;
    faulty_.fail_verb("", ErrorCode::io_failure);
    EXPECT_TRUE(put(key_of(1), kContent)) << verb;
    ASSERT_TRUE(remove({key_of(1)})) << verb;
  }
}

TEST_F(DiskBlobStoreTest, IsNotDegradedByAFailedRead) {
  reopen();
  ASSERT_TRUE(put(key_of(1), "content"));
  for (const std::string verb : {"open_read", "read_at"}) {
    faulty_.fail_verb(verb, ErrorCode::io_failure);
    EXPECT_EQ(read(key_of(1)).error().code, ErrorCode::io_failure) << verb;
    EXPECT_FALSE(store_->status().degraded) << verb;
  }
}

TEST_F(DiskBlobStoreTest, TellsTheClientNoPath) {
  reopen();
  faulty_.fail_verb("write_at", ErrorCode::io_failure);
  const auto failed = put(key_of(1), "content");
  EXPECT_EQ(failed.error().message.find("could not"), std::string::npos);
  ASSERT_EQ(log_.errors.size(), 1U);
  EXPECT_NE(log_.errors.front().find("could not write_at"), std::string::npos);
}

// The life of one blob, with pauses, digests and pieces of several sizes.
Task<Result<>> live(DiskBlobStore& store, BlobKey key) {
  ScriptedByteSource source;
  source.pieces(kContent, 40).pause().pieces("a few more bytes", 3);
  CO_TRY(auto staged, co_await store.stage(source, kGiB, DigestKinds{.md5 = true}));
  if (auto digests = co_await store.digests(*staged, DigestKinds{.sha256 = true}); !digests) {
    co_await store.discard(std::move(staged));
    co_return fail(std::move(digests).error());
  }
  CO_CHECK(co_await store.publish(std::move(staged), key));
  CO_TRY(const auto reader, co_await store.open(key));
  std::vector<std::byte> out(1000);
  CO_TRY(const std::size_t count, co_await reader->read_at(0, out));
  if (count != kContent.size() + 16) co_return fail(ErrorCode::internal, "It was read short.");
  co_return co_await store.remove(std::vector<BlobKey>{key});
}

// What is true after the `n`-th call of a blob's life has failed; false once no call was left to
// fail.
class EveryCall : public DiskBlobStoreTest,
                  public ::testing::WithParamInterface<std::tuple<Durability, ErrorCode>> {};

INSTANTIATE_TEST_SUITE_P(
    Faults, EveryCall,
    ::testing::Combine(::testing::Values(Durability::strict, Durability::relaxed),
                       ::testing::Values(ErrorCode::io_failure, ErrorCode::out_of_space,
                                         ErrorCode::overloaded)));

TEST_P(EveryCall, FailsCleanlyWhereverItFails) {
  const auto [durability, code] = GetParam();
  int failures = 0;
  for (std::uint64_t n = 1;; ++n) {
    reopen(durability);
    faulty_.fail_call(n, code);
    const auto outcome = run_task(live(*store_, key_of(1)));
    const auto failed = faulty_.failed_verb();
    if (!failed) {
      ASSERT_TRUE(outcome);
      break;
    }
    ++failures;
    SCOPED_TRACE("call " + std::to_string(n) + ", " + *failed);
    ASSERT_FALSE(outcome);
    // A reader has no use for an error of writing.
    const bool is_read = *failed == "open_read" || *failed == "is_held" ||
                         (*failed == "read_at" && !names_on_disk().empty());
    const bool is_full = code == ErrorCode::out_of_space;
    EXPECT_EQ(outcome.error().code, is_read && is_full ? ErrorCode::io_failure : code);
    // A directory that could not be synced takes no names until a restart, whatever the reason.
    const bool is_fault = code == ErrorCode::io_failure || *failed == "sync_directory";
    EXPECT_EQ(store_->status().degraded, is_fault && !is_read);
    EXPECT_EQ(faulty_.open_files(), 0U);
    EXPECT_EQ(faulty_.nameless_files(), 0U);
    // Until the name was given there is nothing; from then on the blob is whole until it is
    // removed.
    const bool may_exist = is_read || *failed == "sync_directory" || *failed == "remove";
    if (!may_exist) EXPECT_TRUE(names_on_disk().empty());
    faulty_.heal();
    // Removing what a failure left is never refused; a directory that failed is not believed again.
    ASSERT_EQ(remove({key_of(1)}).has_value(), *failed != "sync_directory");
    EXPECT_TRUE(names_on_disk().empty());
  }
  EXPECT_GE(failures, durability == Durability::strict ? 20 : 12);
}

TEST_F(DiskBlobStoreTest, CanBeOpenedAgainWhereverOpeningFailed) {
  std::uint64_t n = 1;
  // The first time makes the directories, and every later one finds what the one before has made.
  for (bool failed = true; failed; n += 37) {
    faulty_.heal();
    faulty_.fail_call(n, ErrorCode::io_failure);
    const auto opened = open_store();
    failed = faulty_.failed_verb().has_value();
    EXPECT_EQ(opened.has_value(), !failed) << n;
  }
  faulty_.heal();
  ASSERT_TRUE(put(key_of(1), "content"));
  EXPECT_EQ(read(key_of(1)), "content");
}

}  // namespace

}  // namespace partwise
