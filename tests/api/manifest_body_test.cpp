// The body of a download: what it opens, holds and refuses.

#include "api/manifest_body.hpp"

#include <gtest/gtest.h>

#include "store/memory/blob_store.hpp"
#include "support/run_task.hpp"
#include "support/scripted_byte_source.hpp"

namespace partwise::test {
namespace {

using api::ManifestBody;

// Counts the readers that are open.
class CountedReader final : public BlobReader {
 public:
  CountedReader(std::unique_ptr<BlobReader> inner, std::shared_ptr<int> open)
      : inner_(std::move(inner)), open_(std::move(open)) {
    ++*open_;
  }
  ~CountedReader() override { --*open_; }
  Task<Result<std::size_t>> read_at(std::uint64_t offset, MutableBytes out) override {
    return inner_->read_at(offset, out);
  }
  std::shared_ptr<File> file() override { return inner_->file(); }

 private:
  const std::unique_ptr<BlobReader> inner_;
  const std::shared_ptr<int> open_;
};

class CountingBlobStore final : public BlobStore {
 public:
  Task<Result<std::unique_ptr<StagedBlob>>> stage(ByteSource& content, std::uint64_t bytes_max,
                                                  DigestKinds kinds) override {
    return inner_.stage(content, bytes_max, kinds);
  }
  Task<Result<PartDigests>> digests(StagedBlob& staged, DigestKinds kinds) override {
    return inner_.digests(staged, kinds);
  }
  Task<Result<>> publish(std::unique_ptr<StagedBlob> staged, BlobKey key) override {
    return inner_.publish(std::move(staged), key);
  }
  Task<> discard(std::unique_ptr<StagedBlob> staged) override {
    return inner_.discard(std::move(staged));
  }
  Task<Result<std::unique_ptr<BlobReader>>> open(BlobKey key) override {
    if (failing_opens > 0 && --failing_opens == 0) {
      co_return fail(ErrorCode::overloaded, "Too many files are open.");
    }
    CO_TRY(auto reader, co_await inner_.open(key));
    co_return std::make_unique<CountedReader>(std::move(reader), open_);
  }
  Task<Result<>> remove(std::vector<BlobKey> keys) override {
    return inner_.remove(std::move(keys));
  }
  Task<Result<>> admit() override { return inner_.admit(); }
  VolumeStatus status() const override { return inner_.status(); }
  int open_readers() const { return *open_; }

  int failing_opens = 0;  // The open that fails, counted from now; 0: none.

 private:
  MemoryBlobStore inner_;
  const std::shared_ptr<int> open_ = std::make_shared<int>(0);
};

class ManifestBodies : public testing::Test {
 protected:
  BlobRef store(const std::string& content) {
    ScriptedByteSource source;
    source.piece(content);
    auto staged = run_task(blobs.stage(source, content.size(), {})).value();
    const BlobRef blob{.key = BlobKey::generate(random, "x"), .bytes = staged->bytes()};
    EXPECT_TRUE(run_task(blobs.publish(std::move(staged), blob.key)).has_value());
    return blob;
  }
  ManifestBody body_of(Manifest manifest) {
    OpenFile file{.content = {}, .lease = LeaseTable::Lease(leases, {"file-1"})};
    for (const BlobRef& blob : manifest) file.content.file.bytes += blob.bytes;
    file.content.file.id = {"file-1"};
    file.content.manifest = std::move(manifest);
    return ManifestBody(std::move(file), blobs);
  }
  std::string text_of(const http::ResponseBody::Segment& segment) {
    return std::string(as_text(segment.data));
  }

  SystemRandom random;
  CountingBlobStore blobs;
  LeaseTable leases;
};

TEST_F(ManifestBodies, ComesBlobByBlobWithoutTheEmptyOnes) {
  auto body = body_of({store(""), store("ab"), store(""), store("c"), store("")});
  ASSERT_TRUE(run_task(body.open_first()).has_value());
  EXPECT_EQ(body.bytes(), 3U);
  EXPECT_EQ(text_of(run_task(body.next(true)).value()), "ab");
  EXPECT_EQ(text_of(run_task(body.next(true)).value()), "c");
  EXPECT_EQ(run_task(body.next(true)).value().bytes, 0U);
  EXPECT_EQ(run_task(body.next(true)).value().bytes, 0U);
}

TEST_F(ManifestBodies, ALargeBlobComesInSlicesOfAMegabyte) {
  std::string content(2 * kMiB + 5, 'x');
  content[kMiB] = 'y';
  auto body = body_of({store(content)});
  std::string received;
  for (const std::size_t bytes : {kMiB, kMiB, std::uint64_t{5}}) {
    const auto segment = run_task(body.next(false)).value();
    EXPECT_EQ(segment.bytes, bytes);
    received += text_of(segment);
  }
  EXPECT_TRUE(received == content);
}

TEST_F(ManifestBodies, OnlyTheBlobThatIsSentAndTheNextAreOpen) {
  {
    auto body = body_of({store("a"), store("b"), store(""), store("c"), store("d")});
    ASSERT_TRUE(run_task(body.open_first()).has_value());
    for (const int open : {2, 2, 2, 1}) {
      EXPECT_EQ(run_task(body.next(false)).value().bytes, 1U);
      EXPECT_EQ(blobs.open_readers(), open);
    }
    EXPECT_EQ(run_task(body.next(false)).value().bytes, 0U);
    EXPECT_EQ(blobs.open_readers(), 0);
  }
  auto unread = body_of({store("a"), store("b"), store("c")});
  ASSERT_TRUE(run_task(unread.open_first()).has_value());
  EXPECT_EQ(blobs.open_readers(), 2);
}

TEST_F(ManifestBodies, ABlobThatIsOpenMayBeRemoved) {
  const Manifest manifest{store("a"), store("b")};
  auto body = body_of(manifest);
  ASSERT_TRUE(run_task(body.open_first()).has_value());
  ASSERT_TRUE(run_task(blobs.remove({manifest[0].key, manifest[1].key})).has_value());
  EXPECT_EQ(text_of(run_task(body.next(false)).value()), "a");
  EXPECT_EQ(text_of(run_task(body.next(false)).value()), "b");
}

TEST_F(ManifestBodies, AMissingBlobFailsWhenItsTurnComes) {
  const Manifest manifest{store("a"), store("b")};
  ASSERT_TRUE(run_task(blobs.remove({manifest[1].key})).has_value());
  auto body = body_of(manifest);
  ASSERT_TRUE(run_task(body.open_first()).has_value());
  EXPECT_EQ(text_of(run_task(body.next(false)).value()), "a");
  EXPECT_EQ(run_task(body.next(false)).error().code, ErrorCode::io_failure);
}

TEST_F(ManifestBodies, ABlobThatCouldNotBeOpenedAheadIsOpenedWhenItsTurnComes) {
  auto body = body_of({store("a"), store("b")});
  blobs.failing_opens = 2;
  ASSERT_TRUE(run_task(body.open_first()).has_value());
  EXPECT_EQ(blobs.open_readers(), 1);
  EXPECT_EQ(text_of(run_task(body.next(false)).value()), "a");
  EXPECT_EQ(text_of(run_task(body.next(false)).value()), "b");
}

TEST_F(ManifestBodies, AMissingFirstBlobIsKnownBeforeTheAnswer) {
  const Manifest manifest{store("a")};
  ASSERT_TRUE(run_task(blobs.remove({manifest[0].key})).has_value());
  auto body = body_of(manifest);
  EXPECT_EQ(run_task(body.open_first()).error().code, ErrorCode::io_failure);
}

TEST_F(ManifestBodies, ABlobShorterThanItsRecordIsNotPadded) {
  Manifest manifest{store("abc")};
  manifest[0].bytes = 4;
  auto body = body_of(manifest);
  EXPECT_EQ(run_task(body.next(false)).error().code, ErrorCode::io_failure);
}

TEST_F(ManifestBodies, TheLeaseLastsAsLongAsTheBody) {
  {
    const auto body = body_of({store("a")});
    EXPECT_TRUE(leases.is_leased({"file-1"}));
  }
  EXPECT_FALSE(leases.is_leased({"file-1"}));
}

}  // namespace
}  // namespace partwise::test
