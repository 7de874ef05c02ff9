#include "store/s3/spooled_content.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/faulty_file_system.hpp"
#include "support/scripted_byte_source.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::s3 {

namespace {

using test::ScriptedByteSource;
using enum SpooledContent::Progress;

class SpooledContentTest : public ::testing::Test {
 protected:
  void open() { spool_ = Spool::open(faulty_, directory_.path(), limits_, log_).value(); }

  // What it ends with: `ended`, or the error.
  Result<SpooledContent::Progress> receive(SpooledContent& content, ScriptedByteSource& source) {
    for (;;) {
      auto progress = content.receive(source);
      if (!progress || *progress == ended) return progress;
    }
  }

  std::string read(SpooledContent& content) {
    std::string out(content.bytes(), '?');
    EXPECT_TRUE(content.read_at(0, std::as_writable_bytes(std::span(out))));
    return out;
  }

  S3Limits limits_{
      .spool_bytes_max = 1000, .reserve_bytes = 0, .gather_bytes = 10, .burst_bytes = 50};
  NullLog log_;
  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  test::FaultyFileSystem faulty_{*files_};
  std::shared_ptr<Spool> spool_;
};

TEST_F(SpooledContentTest, NeedsNoFileForWhatIsSmall) {
  open();
  SpooledContent content(spool_, limits_, 1000, {});
  ScriptedByteSource source;
  source.piece("12345").piece("67890");
  ASSERT_TRUE(receive(content, source));
  EXPECT_EQ(read(content), "1234567890");
  EXPECT_EQ(faulty_.open_files(), 0U);
}

TEST_F(SpooledContentTest, IsReadAgainAtAnyPlaceAcrossFileAndMemory) {
  open();
  SpooledContent content(spool_, limits_, 1000, {});
  ScriptedByteSource source;
  const std::string whole = "the first piece is long, and " + std::string("the others");
  source.piece(whole.substr(0, 29)).piece(whole.substr(29, 3)).piece(whole.substr(32));
  ASSERT_TRUE(receive(content, source));
  EXPECT_EQ(faulty_.open_files(), 1U);
  for (std::size_t begin = 0; begin < whole.size(); ++begin) {
    for (std::size_t size = 0; begin + size <= whole.size(); ++size) {
      std::string out(size, '?');
      ASSERT_TRUE(content.read_at(begin, std::as_writable_bytes(std::span(out))));
      EXPECT_EQ(out, whole.substr(begin, size));
    }
  }
  EXPECT_EQ(content.sha256(), sha256(as_bytes(whole)));
  EXPECT_FALSE(content.digests().sha256) << "nobody asked for it";
}

TEST_F(SpooledContentTest, TakesItsPlaceInTheSpoolUntilItIsGone) {
  open();
  auto first = std::make_unique<SpooledContent>(spool_, limits_, 1000, DigestKinds{});
  ScriptedByteSource source;
  source.piece(std::string(900, 'a'));
  ASSERT_TRUE(receive(*first, source));
  EXPECT_EQ(spool_->free_bytes(), 100U);
  ScriptedByteSource too_much;
  too_much.piece(std::string(101, 'b'));
  {
    SpooledContent second(spool_, limits_, 1000, {});
    EXPECT_EQ(receive(second, too_much).error().code, ErrorCode::overloaded);
  }
  EXPECT_EQ(spool_->free_bytes(), 100U);
  first.reset();
  EXPECT_EQ(spool_->free_bytes(), 1000U);
}

TEST_F(SpooledContentTest, LeavesTheReserve) {
  limits_.reserve_bytes = std::uint64_t{1} << 60U;
  open();
  EXPECT_EQ(spool_->check_room().error().code, ErrorCode::out_of_space);
  SpooledContent content(spool_, limits_, 1000, {});
  ScriptedByteSource source;
  source.piece("x");
  EXPECT_EQ(receive(content, source).error().code, ErrorCode::out_of_space);
}

TEST_F(SpooledContentTest, FailsWithTheDiskAndHoldsNothingAfterwards) {
  open();
  faulty_.heal();
  for (const auto [code, expected] : {std::pair{ErrorCode::io_failure, ErrorCode::io_failure},
                                      std::pair{ErrorCode::out_of_space, ErrorCode::out_of_space},
                                      std::pair{ErrorCode::overloaded, ErrorCode::overloaded}}) {
    for (const std::uint64_t call : {1U, 2U}) {
      faulty_.heal();
      faulty_.fail_call(call, code);
      SpooledContent content(spool_, limits_, 1000, {});
      ScriptedByteSource source;
      source.piece(std::string(100, 'a')).piece(std::string(100, 'b'));
      EXPECT_EQ(receive(content, source).error().code, expected);
    }
    EXPECT_EQ(spool_->free_bytes(), 1000U);
    EXPECT_EQ(faulty_.open_files(), 0U);
  }
}

TEST_F(SpooledContentTest, ForgetsWhatAnEarlierRunHasKeptWhereFilesHaveNames) {
  ASSERT_TRUE(files_->write_small(directory_ / "staged-old", "left"));
  ASSERT_TRUE(files_->write_small(directory_ / "other", "kept"));
  open();
  EXPECT_FALSE(files_->read_small(directory_ / "staged-old"));
  EXPECT_TRUE(files_->read_small(directory_ / "other"));
}

}  // namespace

}  // namespace partwise::s3
