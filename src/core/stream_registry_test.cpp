#include "core/stream_registry.hpp"

#include <gtest/gtest.h>

namespace partwise {

namespace {

const UploadId kUpload{"upload_1"};
const UploadId kOther{"upload_2"};

// A stream with a transport that counts what is done to it.
struct Client {
  explicit Client(StreamRegistry& registry, const UploadId& upload = kUpload) {
    UploadStream::Transport transport{.interrupt = [this] { ++interrupts; },
                                      .abort = [this] { ++aborts; }};
    stream = std::make_unique<UploadStream>(registry, upload, std::move(transport));
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int interrupts = 0;
  int aborts = 0;
  std::unique_ptr<UploadStream> stream;
};

// Cuts the upload, and says how often `when_quiet` was called so far.
std::shared_ptr<int> cut(StreamRegistry& registry, const UploadStream* except = nullptr) {
  auto quiet = std::make_shared<int>(0);
  registry.cut(kUpload, "It was cancelled.", except, [quiet] { ++*quiet; });
  return quiet;
}

}  // namespace

TEST(StreamRegistry, CountsStreamsByUpload) {
  StreamRegistry registry;
  Client a(registry);
  {
    const Client b(registry);
    const Client c(registry, kOther);
    EXPECT_EQ(registry.streams_of(kUpload), 2U);
    EXPECT_EQ(registry.streams_of(kOther), 1U);
    EXPECT_EQ(registry.size(), 3U);
  }
  EXPECT_EQ(registry.streams_of(kUpload), 1U);
  EXPECT_EQ(registry.streams_of(kOther), 0U);
  a.stream.reset();
  EXPECT_EQ(registry.size(), 0U);
}

TEST(StreamRegistry, CutTakesTheRightToAnswerAndInterruptsOnce) {
  StreamRegistry registry;
  const Client client(registry);
  EXPECT_TRUE(client.stream->check_not_cut());
  EXPECT_EQ(*cut(registry), 1);
  EXPECT_EQ(*cut(registry), 1);
  EXPECT_EQ(client.interrupts, 1);
  EXPECT_EQ(client.aborts, 0);
  const Error expected{ErrorCode::cut, "It was cancelled.", {}};
  EXPECT_EQ(client.stream->check_not_cut().error(), expected);
  EXPECT_EQ(client.stream->claim_answer().error(), expected);
}

TEST(StreamRegistry, CutKeepsTheReasonOfTheFirst) {
  StreamRegistry registry;
  const Client client(registry);
  cut(registry);
  registry.cut(kUpload, "Something else.", nullptr, [] {});
  EXPECT_EQ(client.stream->check_not_cut().error().message, "It was cancelled.");
}

TEST(StreamRegistry, CutReachesEveryStreamOfItsUploadAndNoOther) {
  StreamRegistry registry;
  const Client a(registry);
  const Client b(registry);
  const Client excepted(registry);
  const Client foreign(registry, kOther);
  cut(registry, excepted.stream.get());
  EXPECT_FALSE(a.stream->check_not_cut());
  EXPECT_FALSE(b.stream->check_not_cut());
  EXPECT_TRUE(excepted.stream->claim_answer());
  EXPECT_TRUE(foreign.stream->claim_answer());
  EXPECT_EQ(excepted.interrupts + foreign.interrupts, 0);
}

TEST(StreamRegistry, TakesEveryRightBeforeItInterruptsAnybody) {
  StreamRegistry registry;
  std::unique_ptr<Client> neighbour;
  bool neighbour_was_cut = false;
  UploadStream::Transport transport{
      .interrupt = [&] { neighbour_was_cut = !neighbour->stream->claim_answer().has_value(); },
      .abort = [] {}};
  const UploadStream first(registry, kUpload, std::move(transport));
  neighbour = std::make_unique<Client>(registry);
  cut(registry);
  EXPECT_TRUE(neighbour_was_cut);
}

TEST(StreamRegistry, OfAnUploadWithoutStreamsIsQuiet) {
  StreamRegistry registry;
  EXPECT_EQ(*cut(registry), 1);
  const Client foreign(registry, kOther);
  EXPECT_EQ(*cut(registry), 1);
}

TEST(StreamRegistry, WaitsForAnAnswerThatIsBeingWritten) {
  StreamRegistry registry;
  Client client(registry);
  ASSERT_TRUE(client.stream->claim_answer());
  const auto quiet = cut(registry);
  EXPECT_EQ(*quiet, 0);
  EXPECT_EQ(client.interrupts, 0);
  EXPECT_TRUE(client.stream->check_not_cut());
  client.stream.reset();
  EXPECT_EQ(*quiet, 1);
}

TEST(StreamRegistry, WaitsForEveryAnswerAndForNobodyElse) {
  StreamRegistry registry;
  Client a(registry);
  Client b(registry);
  const Client open(registry);
  const Client excepted(registry);
  ASSERT_TRUE(a.stream->claim_answer());
  ASSERT_TRUE(b.stream->claim_answer());
  ASSERT_TRUE(excepted.stream->claim_answer());
  const auto first = cut(registry, excepted.stream.get());
  const auto second = cut(registry, excepted.stream.get());
  a.stream.reset();
  EXPECT_EQ(*first + *second, 0);
  b.stream.reset();
  EXPECT_EQ(*first, 1);
  EXPECT_EQ(*second, 1);
  EXPECT_EQ(open.interrupts, 1);
}

TEST(StreamRegistry, AStreamThatEntersAfterTheCutIsNotWaitedFor) {
  StreamRegistry registry;
  Client claimed(registry);
  ASSERT_TRUE(claimed.stream->claim_answer());
  const auto quiet = cut(registry);
  const Client late(registry);
  EXPECT_TRUE(late.stream->check_not_cut());
  claimed.stream.reset();
  EXPECT_EQ(*quiet, 1);
}

TEST(StreamRegistry, AbortsOnlyWhatHadClaimedItsAnswer) {
  StreamRegistry registry;
  const Client claimed(registry);
  const Client open(registry);
  const Client foreign(registry, kOther);
  ASSERT_TRUE(claimed.stream->claim_answer());
  ASSERT_TRUE(foreign.stream->claim_answer());
  registry.abort_claimed(kUpload);
  registry.abort_claimed(UploadId{"upload_3"});
  EXPECT_EQ(claimed.aborts, 1);
  EXPECT_EQ(open.aborts, 0);
  EXPECT_EQ(foreign.aborts, 0);
}

TEST(StreamRegistry, MayBeUsedAgainFromTheCallThatItIsQuiet) {
  StreamRegistry registry;
  Client claimed(registry);
  ASSERT_TRUE(claimed.stream->claim_answer());
  int calls = 0;
  registry.cut(kUpload, "First.", nullptr, [&] {
    ++calls;
    EXPECT_EQ(registry.streams_of(kUpload), 0U);
    registry.cut(kUpload, "Second.", nullptr, [&] { ++calls; });
  });
  claimed.stream.reset();
  EXPECT_EQ(calls, 2);
}

}  // namespace partwise
