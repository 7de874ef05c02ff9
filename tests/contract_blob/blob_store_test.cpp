// The contract of BlobStore, over every adapter: see core/blob_store.hpp.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/thread_pool.hpp"
#include "core/blob_store.hpp"
#include "store/disk/disk_blob_store.hpp"
#include "store/memory/blob_store.hpp"
#include "store/s3/s3_blob_store.hpp"
#include "support/object_store.hpp"
#include "support/run_task.hpp"
#include "support/scripted_byte_source.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

using test::run_task;
using test::ScriptedByteSource;

// A store with all that it stands on. The store goes first, then its pool, which closes its files.
struct Bench {
  test::TemporaryDirectory directory{test::TemporaryDirectory::On::memory};
  NullLog log;
  std::unique_ptr<FileSystem> files;
  std::unique_ptr<WorkerPool> workers;
  test::ObjectStore objects{log};
  std::shared_ptr<s3::Spool> spool;
  std::unique_ptr<BlobStore> store;  // None: what it stands on is not here.
};

struct Adapter {
  std::string name;
  std::function<void(Bench&)> build;
  bool keeps_what_is_read = true;  // A blob that is open and removed.
};

Adapter memory() {
  return {"Memory", [](Bench& bench) { bench.store = std::make_unique<MemoryBlobStore>(); }};
}

Adapter disk(std::string name, Durability durability, NamelessFiles nameless, bool threads) {
  return {std::move(name), [=](Bench& bench) {
            bench.files = make_posix_file_system(nameless);
            if (threads) {
              bench.workers = std::make_unique<ThreadPool>(3);
            } else {
              bench.workers = std::make_unique<InlineWorkerPool>();
            }
            // Small, so that the content below takes several bursts, steps and writes.
            const DiskLimits limits{.write_back_bytes = 64 * kKiB,
                                    .burst_bytes = 96 * kKiB,
                                    .gather_bytes = 1000,
                                    .read_buffer_bytes = 7000,
                                    .removals_per_visit = 2};
            bench.store = DiskBlobStore::open({.files = *bench.files,
                                               .workers = *bench.workers,
                                               .log = bench.log,
                                               .data_directory = bench.directory.path(),
                                               .durability = durability,
                                               .limits = limits})
                              .value();
          }};
}

Adapter s3(std::string name, bool threads) {
  return {std::move(name),
          [=](Bench& bench) {
            const s3::S3Limits limits{
                .gather_bytes = 1000, .burst_bytes = 96 * kKiB, .read_buffer_bytes = 7000};
            if (!bench.objects.open(limits)) return;
            bench.files = make_posix_file_system();
            if (threads) {
              bench.workers = std::make_unique<ThreadPool>(3);
            } else {
              bench.workers = std::make_unique<InlineWorkerPool>();
            }
            bench.spool = s3::Spool::open(*bench.files, bench.directory.path(),
                                          bench.objects.client()->limits(), bench.log)
                              .value();
            bench.store = std::make_unique<s3::S3BlobStore>(
                s3::S3BlobStoreParts{.client = bench.objects.client(),
                                     .spool = bench.spool,
                                     .workers = *bench.workers,
                                     .requests = *bench.workers});
          },
          false};
}

std::string pattern(std::size_t bytes) {
  std::string content(bytes, '\0');
  std::uint32_t state = 1;
  for (char& byte : content) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return content;
}

BlobKey key_of(int number) {
  BlobKey key;
  key.bytes[0] = static_cast<std::byte>(number % 3);  // Some share a directory, some do not.
  key.bytes[15] = static_cast<std::byte>(number);
  return key;
}

std::uint64_t crc_of(const std::string& content) {
  Crc64 crc;
  crc.update(as_bytes(content));
  return crc.value();
}

constexpr std::uint64_t kNoLimit = kGiB;

class BlobStoreContract : public ::testing::TestWithParam<Adapter> {
 protected:
  BlobStoreContract() { GetParam().build(bench_); }
  void SetUp() override {
    if (!bench_.store) GTEST_SKIP() << test::ObjectStore::kMissing;
  }

  Result<std::unique_ptr<StagedBlob>> stage(ScriptedByteSource& source,
                                            std::uint64_t bytes_max = kNoLimit,
                                            DigestKinds kinds = {}) {
    return run_task(loop_, store().stage(source, bytes_max, kinds));
  }

  std::unique_ptr<StagedBlob> staged(const std::string& content) {
    ScriptedByteSource source;
    source.pieces(content, 10'000);
    return stage(source).value();
  }

  Result<> publish(std::unique_ptr<StagedBlob> blob, BlobKey key) {
    return run_task(loop_, store().publish(std::move(blob), key));
  }

  void put(BlobKey key, const std::string& content) { ASSERT_TRUE(publish(staged(content), key)); }

  Result<std::unique_ptr<BlobReader>> open(BlobKey key) {
    return run_task(loop_, store().open(key));
  }

  Result<> remove(std::vector<BlobKey> keys) {
    return run_task(loop_, store().remove(std::move(keys)));
  }

  void discard(std::unique_ptr<StagedBlob> blob) {
    auto task = store().discard(std::move(blob));
    boost::asio::co_spawn(loop_, std::move(task),
                          [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
    // This loop outlives the pool: a worker may still be about to leave it when it has run dry.
    loop_.restart();
    loop_.run();
  }

  // Up to `bytes` from `offset` on.
  std::string read(BlobReader& reader, std::uint64_t offset, std::size_t bytes) {
    std::string out(bytes, '?');
    const auto count =
        run_task(loop_, reader.read_at(offset, std::as_writable_bytes(std::span(out))));
    out.resize(count.value());
    return out;
  }

  std::string content(BlobKey key) {
    const auto reader = open(key);
    return reader ? read(**reader, 0, 4 * kMiB) : "(no blob)";
  }

  BlobStore& store() { return *bench_.store; }

  boost::asio::io_context loop_;
  Bench bench_;
};

INSTANTIATE_TEST_SUITE_P(
    Adapters, BlobStoreContract,
    ::testing::Values(memory(),
                      disk("Disk", Durability::strict, NamelessFiles::if_supported, false),
                      disk("DiskRelaxed", Durability::relaxed, NamelessFiles::if_supported, false),
                      disk("DiskNamed", Durability::strict, NamelessFiles::never, false),
                      disk("DiskThreads", Durability::strict, NamelessFiles::if_supported, true),
                      s3("S3", false), s3("S3Threads", true)),
    [](const auto& adapter) { return adapter.param.name; });

TEST_P(BlobStoreContract, KeepsContentThatArrivesInPiecesOfEverySize) {
  const std::string whole = pattern(500'000);
  int number = 0;
  for (const std::size_t piece_bytes :
       {1UZ, 999UZ, 1000UZ, 1001UZ, 65'536UZ, 98'304UZ, 500'000UZ}) {
    ScriptedByteSource source;
    // Single bytes of all of it would only take longer.
    const std::string expected = whole.substr(0, piece_bytes == 1 ? 5000 : whole.size());
    source.pieces(expected, piece_bytes);
    auto blob = stage(source).value();
    EXPECT_EQ(blob->bytes(), expected.size());
    EXPECT_EQ(blob->crc64(), crc_of(expected));
    ASSERT_TRUE(publish(std::move(blob), key_of(number)));
    EXPECT_TRUE(content(key_of(number)) == expected) << "pieces of " << piece_bytes;
    ++number;
  }
}

TEST_P(BlobStoreContract, KeepsTheOrderOfLargeAndSmallPieces) {
  ScriptedByteSource source;
  std::string expected;
  const std::vector<std::size_t> sizes{3, 5000, 7, 1, 999, 2000, 2000, 998, 1, 1, 1, 70'000, 2};
  for (const std::size_t bytes : sizes) {
    const std::string piece = pattern(bytes);
    source.piece(piece);
    expected += piece;
  }
  ASSERT_TRUE(publish(stage(source).value(), key_of(1)));
  EXPECT_TRUE(content(key_of(1)) == expected);
}

TEST_P(BlobStoreContract, WaitsWhereNothingHasArrived) {
  ScriptedByteSource source;
  source.pause().piece("one ").pause().pause().piece("two").pause();
  ASSERT_TRUE(publish(stage(source).value(), key_of(1)));
  EXPECT_EQ(content(key_of(1)), "one two");
  EXPECT_EQ(source.waits(), 4);
}

TEST_P(BlobStoreContract, KeepsABlobOfNoBytes) {
  ScriptedByteSource source;
  auto blob = stage(source).value();
  EXPECT_EQ(blob->bytes(), 0U);
  EXPECT_EQ(blob->crc64(), 0U);
  ASSERT_TRUE(publish(std::move(blob), key_of(1)));
  EXPECT_EQ(content(key_of(1)), "");
}

TEST_P(BlobStoreContract, AcceptsExactlyTheMaximumAndNotAByteMore) {
  ScriptedByteSource exact;
  exact.piece("1234").piece("56");
  EXPECT_EQ(stage(exact, 6).value()->bytes(), 6U);
  ScriptedByteSource larger;
  larger.piece("1234").piece("567");
  EXPECT_EQ(stage(larger, 6).error().code, ErrorCode::too_large);
  ScriptedByteSource none_allowed;
  none_allowed.piece("1");
  EXPECT_EQ(stage(none_allowed, 0).error().code, ErrorCode::too_large);
}

TEST_P(BlobStoreContract, PassesOnTheErrorsOfTheContent) {
  for (const ErrorCode code : {ErrorCode::cut, ErrorCode::timed_out, ErrorCode::disconnected}) {
    const Error error{code, "It ended."};
    ScriptedByteSource waiting;
    waiting.piece(pattern(200'000)).pause().piece("x").fail_wait(error);
    EXPECT_EQ(stage(waiting).error(), error);
    ScriptedByteSource pulling;
    pulling.fail_pull(error);
    EXPECT_EQ(stage(pulling).error(), error);
  }
  EXPECT_FALSE(store().status().degraded);
}

TEST_P(BlobStoreContract, ComputesDigestsOnTheWayOrAfterwards) {
  const std::string whole = pattern(300'000);
  for (const bool on_the_way : {true, false}) {
    ScriptedByteSource source;
    source.pieces(whole, 4096);
    auto blob = stage(source, kNoLimit, {.md5 = on_the_way, .sha256 = on_the_way}).value();
    const DigestKinds both_kinds{.md5 = true, .sha256 = true};
    const auto digests = run_task(loop_, store().digests(*blob, both_kinds)).value();
    EXPECT_EQ(digests.md5, md5(as_bytes(whole)));
    EXPECT_EQ(digests.sha256, sha256(as_bytes(whole)));
    ASSERT_TRUE(publish(std::move(blob), key_of(on_the_way ? 1 : 2)));
    EXPECT_TRUE(content(key_of(on_the_way ? 1 : 2)) == whole);
  }
}

TEST_P(BlobStoreContract, ComputesOnlyTheDigestsThatWereAskedFor) {
  ScriptedByteSource source;
  source.piece("abc");
  auto blob = stage(source, kNoLimit, {.md5 = true}).value();
  const auto on_the_way = run_task(loop_, store().digests(*blob, {})).value();
  EXPECT_TRUE(on_the_way.md5.has_value());
  EXPECT_FALSE(on_the_way.sha256.has_value());
  discard(std::move(blob));
}

TEST_P(BlobStoreContract, ShowsNothingBeforeItIsPublished) {
  auto blob = staged("content");
  EXPECT_EQ(open(key_of(1)).error().code, ErrorCode::not_found);
  ASSERT_TRUE(publish(std::move(blob), key_of(1)));
  EXPECT_EQ(content(key_of(1)), "content");
}

TEST_P(BlobStoreContract, ForgetsWhatIsDiscarded) {
  auto blob = staged("content");
  discard(std::move(blob));
  EXPECT_EQ(open(key_of(1)).error().code, ErrorCode::not_found);
  EXPECT_FALSE(store().status().degraded);
}

TEST_P(BlobStoreContract, NeverReplacesABlob) {
  put(key_of(1), "first");
  EXPECT_EQ(publish(staged("second"), key_of(1)).error().code, ErrorCode::io_failure);
  EXPECT_EQ(content(key_of(1)), "first");
}

TEST_P(BlobStoreContract, ReadsAnyWindow) {
  const std::string whole = pattern(100'000);
  put(key_of(1), whole);
  const auto reader = open(key_of(1)).value();
  EXPECT_EQ(read(*reader, 12'345, 678), whole.substr(12'345, 678));
  EXPECT_EQ(read(*reader, 99'999, 10), whole.substr(99'999));
  EXPECT_EQ(read(*reader, 100'000, 10), "");
  EXPECT_EQ(read(*reader, 200'000, 10), "");
}

TEST_P(BlobStoreContract, GivesALocalFileThatHoldsExactlyTheContent) {
  put(key_of(1), "content");
  const auto reader = open(key_of(1)).value();
  const auto file = reader->file();
  if (!file) GTEST_SKIP() << "this adapter has no local files";
  EXPECT_EQ(file->size(), 7U);
  EXPECT_GE(file->descriptor(), 0);
}

TEST_P(BlobStoreContract, ReadsToTheEndWhatIsRemovedMeanwhileOrSaysThatItIsGone) {
  put(key_of(1), "content");
  const auto reader = open(key_of(1)).value();
  ASSERT_TRUE(remove({key_of(1)}));
  EXPECT_EQ(open(key_of(1)).error().code, ErrorCode::not_found);
  if (!GetParam().keeps_what_is_read) {
    std::array<std::byte, 100> out{};
    EXPECT_EQ(run_task(loop_, reader->read_at(0, out)).error().code, ErrorCode::not_found);
    return;
  }
  EXPECT_EQ(read(*reader, 0, 100), "content");
}

TEST_P(BlobStoreContract, RemovesManyAndCountsThoseThatAreGone) {
  std::vector<BlobKey> keys;
  for (int number = 0; number < 7; ++number) {
    put(key_of(number), std::to_string(number));
    keys.push_back(key_of(number));
  }
  put(key_of(100), "kept");
  keys.push_back(key_of(50));  // Never existed.
  ASSERT_TRUE(remove(keys));
  for (const BlobKey& key : keys) EXPECT_EQ(open(key).error().code, ErrorCode::not_found);
  ASSERT_TRUE(remove(keys));
  ASSERT_TRUE(remove({}));
  EXPECT_EQ(content(key_of(100)), "kept");
}

TEST_P(BlobStoreContract, StagesManyAtTheSameTime) {
  constexpr int kStreams = 8;
  std::vector<ScriptedByteSource> sources(kStreams);
  std::vector<std::string> wholes;
  int ended = 0;
  for (int number = 0; number < kStreams; ++number) {
    auto& source = sources[static_cast<std::size_t>(number)];
    wholes.push_back(pattern(150'000 + static_cast<std::size_t>(number)));
    source.pieces(wholes.back().substr(0, 100'000), 30'000).pause();
    source.pieces(wholes.back().substr(100'000), 30'000);
    auto work = [](BlobStore& store, ScriptedByteSource& from, BlobKey key) -> Task<Result<>> {
      CO_TRY(auto blob, co_await store.stage(from, kNoLimit, DigestKinds{}));
      co_return co_await store.publish(std::move(blob), key);
    };
    auto on_done = [&ended](const std::exception_ptr& error, const Result<>& result) {
      EXPECT_FALSE(error);
      EXPECT_TRUE(result);
      ++ended;
    };
    boost::asio::co_spawn(loop_, work(store(), source, key_of(number)), on_done);
  }
  loop_.restart();
  loop_.run();
  EXPECT_EQ(ended, kStreams);
  for (int number = 0; number < kStreams; ++number) {
    EXPECT_TRUE(content(key_of(number)) == wholes[static_cast<std::size_t>(number)]) << number;
  }
}

TEST_P(BlobStoreContract, KnowsItsVolume) {
  EXPECT_FALSE(store().status().degraded);
  EXPECT_GT(store().status().free_bytes, 0U);
}

TEST(MemoryBlobStore, TellsWhatItHolds) {
  MemoryBlobStore store;
  ScriptedByteSource source;
  source.piece("content");
  auto blob = run_task(store.stage(source, kNoLimit, {})).value();
  EXPECT_EQ(store.staged_count(), 1U);
  EXPECT_EQ(store.blob_count(), 0U);
  ASSERT_TRUE(run_task(store.publish(std::move(blob), key_of(1))));
  EXPECT_EQ(store.staged_count(), 0U);
  EXPECT_EQ(store.blob_count(), 1U);
  EXPECT_TRUE(store.contains(key_of(1)));
  EXPECT_FALSE(store.contains(key_of(2)));
}

}  // namespace

}  // namespace partwise
