// What the blob store on disk does when any of its calls fails.

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "disk_blob_store_fixture.hpp"

namespace partwise::test {

namespace {

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

}  // namespace partwise::test
