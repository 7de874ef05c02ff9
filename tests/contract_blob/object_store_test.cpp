// What the object store does for the checks and for the mark of its owner, on a real one.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/worker_pool.hpp"
#include "store/s3/bucket_mark.hpp"
#include "store/s3/s3_inventory.hpp"
#include "store/s3/s3_live_blobs.hpp"
#include "support/object_store.hpp"
#include "support/run_task.hpp"

namespace partwise::s3 {

namespace {

using test::run_task;

BlobKey key_of(int group, int number) {
  BlobKey key;
  key.bytes[0] = static_cast<std::byte>(group);
  key.bytes[15] = static_cast<std::byte>(number);
  return key;
}

class ObjectStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Small, so that a few objects are several pages and several removals.
    const bool is_there = objects_.open({.names_per_removal = 2, .names_per_page = 2});
    if (!is_there) GTEST_SKIP() << test::ObjectStore::kMissing;
    names_.emplace(client().location());
  }

  void put(const std::string& name, const std::string& content) {
    TextBody body(content);
    ASSERT_TRUE(client().put(name, body, sha256(as_bytes(content))));
  }
  void put(const BlobKey& key, const std::string& content) { put(names_->blob(key), content); }
  void put_below(const std::string& name, const std::string& content) {
    put(names_->all() + name, content);
  }
  S3Client& client() { return *objects_.client(); }
  std::shared_ptr<S3Client> shared() { return objects_.client(); }

  NullLog log_;
  test::ObjectStore objects_{log_};
  InlineWorkerPool workers_;
  std::optional<ObjectNames> names_;
};

TEST_F(ObjectStoreTest, TellsWhatAnObjectIs) {
  put_below("a", "content");
  const auto status = client().status(names_->all() + "a").value();
  EXPECT_EQ(status.bytes, 7U);
  EXPECT_EQ(status.sha256, to_hex(sha256(as_bytes("content"))));
  EXPECT_EQ(client().get_small(names_->all() + "a").value(), "content");
  EXPECT_EQ(client().status(names_->all() + "b").error().code, ErrorCode::not_found);
  EXPECT_EQ(client().get_small(names_->all() + "b").error().code, ErrorCode::not_found);
}

TEST_F(ObjectStoreTest, RefusesContentThatIsNotWhatItsDigestSays) {
  TextBody body("content");
  const auto refused = client().put(names_->all() + "a", body, sha256(as_bytes("another")));
  EXPECT_FALSE(refused);
  EXPECT_EQ(client().status(names_->all() + "a").error().code, ErrorCode::not_found);
}

TEST_F(ObjectStoreTest, BelongsToTheMetadataThatCameFirst) {
  EXPECT_FALSE(require_bucket(client(), "first")) << "nobody has claimed it";
  ASSERT_TRUE(claim_bucket(client(), "first"));
  EXPECT_TRUE(claim_bucket(client(), "first"));
  EXPECT_TRUE(require_bucket(client(), "first"));
  EXPECT_EQ(claim_bucket(client(), "second").error().code, ErrorCode::invalid_request);
  EXPECT_EQ(require_bucket(client(), "second").error().code, ErrorCode::invalid_request);
}

TEST_F(ObjectStoreTest, IsNotTakenFromAnotherProgram) {
  put_below("database", "something else");
  EXPECT_EQ(claim_bucket(client(), "first").error().code, ErrorCode::invalid_request);
  EXPECT_EQ(client().get_small(names_->database()).value(), "something else");
}

TEST_F(ObjectStoreTest, ListsAGroupInPagesWithSizes) {
  for (int number = 5; number > 0; --number)
    put(key_of(7, number), std::string(static_cast<std::size_t>(number), 'x'));
  put(key_of(8, 1), "of another group");
  put_below("blobs/07/strange_name", "");
  S3LiveBlobs live(shared(), workers_);
  const auto group = run_task(live.list(7)).value();
  EXPECT_EQ(group.keys,
            (std::vector{key_of(7, 1), key_of(7, 2), key_of(7, 3), key_of(7, 4), key_of(7, 5)}));
  EXPECT_EQ(group.bytes, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(group.foreign_names, std::vector<std::string>{"blobs/07/strange_name"});
  EXPECT_TRUE(run_task(live.list(9)).value().keys.empty());
}

TEST_F(ObjectStoreTest, CountsWhatLiesBesideAllGroupsToTheFirst) {
  put(key_of(0, 1), "x");
  put(key_of(255, 1), "x");
  put_below("blobs/zz/a", "");
  put_below("blobs/0/b", "");
  put_below("blobs/c", "");
  S3LiveBlobs live(shared(), workers_);
  auto group = run_task(live.list(0)).value();
  std::ranges::sort(group.foreign_names);
  EXPECT_EQ(group.keys, std::vector{key_of(0, 1)});
  EXPECT_EQ(group.foreign_names, (std::vector<std::string>{"blobs/0/", "blobs/c", "blobs/zz/"}));
}

TEST_F(ObjectStoreTest, TellsTheSizesOfThoseThatAreThere) {
  put(key_of(1, 1), "abc");
  S3LiveBlobs live(shared(), workers_);
  const auto sizes = run_task(live.sizes({key_of(1, 1), key_of(1, 2)})).value();
  ASSERT_EQ(sizes.size(), 2U);
  EXPECT_EQ(sizes[0], 3U);
  EXPECT_EQ(sizes[1].error().code, ErrorCode::not_found);
}

TEST_F(ObjectStoreTest, IsListedWholeForACheck) {
  put(key_of(1, 1), "abc");
  put(key_of(200, 1), "de");
  put_below("database", "x");
  put_below("blobs/01/foreign", "12");
  put_below("lost-and-found/blobs/01/old", "1234");
  put_below("elsewhere", "12345");
  S3Inventory inventory(shared(), nullptr);
  EXPECT_EQ(inventory.keys().value(), (std::vector{key_of(1, 1), key_of(200, 1)}));
  EXPECT_EQ(inventory.bytes_of(key_of(200, 1)).value(), 2U);
  EXPECT_EQ(inventory.bytes_of(key_of(2, 1)).error().code, ErrorCode::not_found);
  EXPECT_EQ(inventory.foreign().value(),
            (std::vector<Stray>{{.name = "blobs/01/foreign", .bytes = 2}}));
  EXPECT_EQ(inventory.unknown().value(), (std::vector<Stray>{{.name = "elsewhere", .bytes = 5}}));
  EXPECT_EQ(inventory.lost_and_found().bytes, 4U);
}

TEST_F(ObjectStoreTest, IsReadForACheckByteByByte) {
  put(key_of(1, 1), "abc");
  std::uint64_t told = 0;
  S3Inventory inventory(shared(), [&](std::uint64_t bytes) { told += bytes; });
  Crc64 crc;
  crc.update(as_bytes("abc"));
  const auto content = inventory.read(key_of(1, 1)).value();
  EXPECT_EQ(content.bytes, 3U);
  EXPECT_EQ(content.crc64, crc.value());
  EXPECT_EQ(told, 3U);
  EXPECT_EQ(inventory.read(key_of(1, 2)).error().code, ErrorCode::not_found);
}

TEST_F(ObjectStoreTest, SetsAsideWithoutReplacingAnything) {
  put(key_of(1, 1), "abc");
  put_below("lost-and-found/" + std::string(names_->shown(names_->blob(key_of(1, 1)))), "before");
  put_below("blobs/01/foreign", "12");
  S3Inventory inventory(shared(), nullptr);
  ASSERT_TRUE(inventory.set_aside(key_of(1, 1)));
  ASSERT_TRUE(inventory.set_aside("blobs/01/foreign"));
  EXPECT_EQ(client().status(names_->blob(key_of(1, 1))).error().code, ErrorCode::not_found);
  const std::string aside =
      names_->lost_and_found() + std::string(names_->shown(names_->blob(key_of(1, 1))));
  EXPECT_EQ(client().get_small(aside).value(), "before");
  EXPECT_EQ(client().get_small(aside + ".1").value(), "abc");
  EXPECT_EQ(client().get_small(names_->lost_and_found() + "blobs/01/foreign").value(), "12");
}

}  // namespace

}  // namespace partwise::s3
