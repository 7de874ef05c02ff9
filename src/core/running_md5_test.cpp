#include "core/running_md5.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace partwise {
namespace {

// Content in pieces; a piece of no bytes ends it.
class PiecesOfContent final : public IncomingContent, private ByteSource {
 public:
  explicit PiecesOfContent(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  ByteSource& bytes() override { return *this; }
  PartDigests expected_so_far() const override { return {}; }
  Task<Result<PartDigests>> finish() override { co_return PartDigests{}; }

 private:
  Result<Bytes> pull_now() override {
    if (next_ == pieces_.size()) return Bytes{};
    return as_bytes(pieces_[next_++]);
  }
  Task<Result<>> wait() override { co_return Result<>{}; }

  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
};

class RunningMd5Test : public testing::Test {
 protected:
  static void drain(IncomingContent& content) {
    while (true) {
      const auto piece = content.bytes().pull_now();
      if (!piece || piece->empty()) return;
    }
  }
  // One part from its beginning to its acceptance.
  void add(const std::string& id, std::vector<std::string> pieces) {
    PiecesOfContent content(std::move(pieces));
    auto part = running_.begin(upload_, content);
    if (part) drain(*part);
    running_.accept(upload_, std::move(part), {id});
  }
  std::optional<Md5Digest> digest(const std::vector<std::string>& ids) {
    return running_.digest_of(upload_, ids);
  }
  static Md5Digest md5_of(std::string_view text) { return md5(as_bytes(text)); }

  const UploadId upload_{"upload_0"};
  RunningMd5 running_{Md5Mode::running};
};

TEST_F(RunningMd5Test, IsThatOfThePartsInTheOrderInWhichTheyCame) {
  add("part_1", {"hel", "lo "});
  EXPECT_EQ(digest({"part_1"}), md5_of("hello "));
  add("part_2", {"world"});
  EXPECT_EQ(digest({"part_1", "part_2"}), md5_of("hello world"));
  EXPECT_EQ(digest({"part_1", "part_2"}), md5_of("hello world")) << "asking changes nothing";
}

TEST_F(RunningMd5Test, IsNotKnownOfOtherParts) {
  EXPECT_FALSE(digest({}));
  add("part_1", {"a"});
  add("part_2", {"b"});
  EXPECT_FALSE(digest({"part_1"}));
  EXPECT_FALSE(digest({"part_2", "part_1"}));
  EXPECT_FALSE(digest({"part_1", "part_2", "part_2"}));
  EXPECT_FALSE(running_.digest_of({"upload_1"}, std::vector<std::string>{"part_1", "part_2"}));
}

TEST_F(RunningMd5Test, APartThatWasNotAcceptedLeavesItAsItWas) {
  add("part_1", {"a"});
  {
    PiecesOfContent content({"never accepted"});
    drain(*running_.begin(upload_, content));
  }
  add("part_2", {"b"});
  EXPECT_EQ(digest({"part_1", "part_2"}), md5_of("ab"));
}

TEST_F(RunningMd5Test, PartsAtTheSameTimeEndIt) {
  PiecesOfContent first({"a"});
  PiecesOfContent second({"b"});
  auto one = running_.begin(upload_, first);
  ASSERT_TRUE(one);
  EXPECT_FALSE(running_.begin(upload_, second));
  drain(*one);
  running_.accept(upload_, nullptr, {"part_2"});
  running_.accept(upload_, std::move(one), {"part_1"});
  EXPECT_FALSE(digest({"part_2", "part_1"}));
  EXPECT_FALSE(digest({"part_1"}));
  EXPECT_FALSE(running_.begin(upload_, second)) << "no work for nothing";
}

TEST_F(RunningMd5Test, APartThatIsRefusedBesideAnotherEndsNothing) {
  PiecesOfContent first({"a"});
  PiecesOfContent second({"b"});
  auto one = running_.begin(upload_, first);
  EXPECT_FALSE(running_.begin(upload_, second));  // And it is refused.
  drain(*one);
  running_.accept(upload_, std::move(one), {"part_1"});
  EXPECT_EQ(digest({"part_1"}), md5_of("a"));
}

TEST_F(RunningMd5Test, NothingIsKeptOfAnUploadThatHasEnded) {
  add("part_1", {"a"});
  EXPECT_EQ(running_.uploads(), 1U);
  PiecesOfContent content({"late"});
  auto late = running_.begin(upload_, content);
  running_.forget(upload_);
  EXPECT_FALSE(digest({"part_1"}));
  late.reset();
  EXPECT_EQ(running_.uploads(), 0U);
  late = running_.begin(upload_, content);  // Admitted before the end.
  late.reset();
  EXPECT_EQ(running_.uploads(), 0U);
}

TEST_F(RunningMd5Test, IsOffUnlessItIsAskedFor) {
  RunningMd5 off(Md5Mode::on_complete);
  PiecesOfContent content({"a"});
  EXPECT_FALSE(off.begin(upload_, content));
  off.accept(upload_, nullptr, {"part_1"});
  EXPECT_FALSE(off.digest_of(upload_, std::vector<std::string>{"part_1"}));
  EXPECT_EQ(off.uploads(), 0U);
}

}  // namespace
}  // namespace partwise
