// Completing an upload, one request at a time: what is refused, and what becomes of it.

#include <algorithm>

#include "world.hpp"

namespace partwise::test {

namespace {

// Finds fault with everything.
class RefusingCheck final : public ContentCheck {
 public:
  Result<> update(Bytes) override { return fail(ErrorCode::invalid_request, "It is wrong."); }
  Result<> finish() override { return {}; }
};

class CompleteUpload : public Barrier {
 protected:
  World world_{GetParam()};
};

}  // namespace

TEST_P(CompleteUpload, TellsTheSweeperWhenTheFileExpires) {
  const Upload upload = world_.create(0, 3600s);
  world_.server->due.reset();
  const Answer completed = world_.finish(world_.start_complete(upload, {}));
  const auto& file = std::get<Completed>(completed.upload->state).file;
  EXPECT_EQ(file.expires_at, upload.created_at + 3600s);
  EXPECT_EQ(world_.server->due, file.expires_at);
}

TEST_P(CompleteUpload, TakesThePartsInTheOrderOfItsList) {
  const Upload upload = world_.create(6);
  const std::string c = world_.add_part(upload, "ef").id.text;
  const std::string a = world_.add_part(upload, "ab").id.text;
  const std::string b = world_.add_part(upload, "cd").id.text;
  const Answer completed = world_.finish(world_.start_complete(upload, {a, b, c}));
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(world_.content_of(World::file_of(*completed.upload)), "abcdef");
  Crc64 crc;
  crc.update(as_bytes("abcdef"));
  EXPECT_EQ(std::get<Completed>(completed.upload->state).file.crc64, crc.value());
}

TEST_P(CompleteUpload, RefusedLeavesTheUploadPending) {
  const Upload upload = world_.create(6);
  const Upload other = world_.create(6);
  const std::string a = world_.add_part(upload, "abc").id.text;
  const std::string b = world_.add_part(upload, "def").id.text;
  const std::string foreign = world_.add_part(other, "abc").id.text;
  const Md5Digest right = md5(as_bytes("abcdef"));
  for (const std::vector<std::string>& ids : {std::vector<std::string>{},
                                              {a},
                                              {a, a},
                                              {a, b, a},
                                              {a, foreign},
                                              {a, ""},
                                              {a, "part_x"},
                                              {a, std::string(1'000'000, 'x')}}) {
    for (const auto& asked : {std::optional<Md5Digest>(), std::optional(right)}) {
      const Answer refused = world_.finish(world_.start_complete(upload, ids, asked));
      EXPECT_EQ(refused.failure().code, ErrorCode::invalid_request);
      EXPECT_EQ(refused.failure().param, "part_ids");
      EXPECT_LT(refused.failure().message.size(), 400U);
    }
  }
  const Answer wrong =
      world_.finish(world_.start_complete(upload, {a, b}, md5(as_bytes("abcdeF"))));
  EXPECT_EQ(wrong.failure().code, ErrorCode::invalid_request);
  EXPECT_EQ(wrong.failure().param, "md5");
  EXPECT_EQ(status_text(world_.stored(upload).state), "pending");
  EXPECT_TRUE(world_.finish(world_.start_complete(upload, {a, b}, right)).ok());
}

TEST_P(CompleteUpload, ComputesOneDigestOfAnUploadAtATime) {
  const Upload upload = world_.create(3);
  const std::string part = world_.add_part(upload, "abc").id.text;
  world_.gates.restart();
  world_.gates.hold({.gate = "blobs.open.before"});
  const Request first = world_.start_complete(upload, {part}, md5(as_bytes("abc")));
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  const Request second = world_.start_complete(upload, {part}, md5(as_bytes("abc")));
  settle(world_.loop);
  world_.gates.open();
  EXPECT_TRUE(world_.finish(first).ok());
  EXPECT_TRUE(world_.finish(second).ok());
  EXPECT_EQ(first.value().upload, second.value().upload);
  const auto opened =
      std::ranges::count(world_.gates.trace(), "blobs.open.before", &GatePoint::gate);
  EXPECT_EQ(opened, 1);
}

TEST_P(CompleteUpload, OfABlobThatIsUnreadableIsAFailureOfTheDiskAndStaysPending) {
  const Upload upload = world_.create(3);
  const std::string part = world_.add_part(upload, "abc").id.text;
  world_.faults.arm("blobs.open", Fault::undone, {ErrorCode::io_failure, "It cannot be read."});
  const Answer failed = world_.finish(world_.start_complete(upload, {part}, md5(as_bytes("abc"))));
  EXPECT_EQ(failed.failure().code, ErrorCode::io_failure);
  EXPECT_EQ(status_text(world_.stored(upload).state), "pending");
  // Gone altogether, and not because the upload has ended.
  world_.faults.arm("blobs.open", Fault::undone, {ErrorCode::not_found, "No such blob."});
  const Answer lost = world_.finish(world_.start_complete(upload, {part}, md5(as_bytes("abc"))));
  EXPECT_EQ(lost.failure().code, ErrorCode::io_failure);
  EXPECT_TRUE(world_.finish(world_.start_complete(upload, {part}, md5(as_bytes("abc")))).ok());
}

TEST_P(CompleteUpload, CutsEveryStreamButItsOwn) {
  const Upload upload = world_.create(0);
  int interrupts = 0;
  UploadStream::Transport transport{.interrupt = [&interrupts] { ++interrupts; }, .abort = [] {}};
  UploadStream own(world_.server->streams, upload.id, std::move(transport));
  const UploadStream other(world_.server->streams, upload.id, {.interrupt = [] {}, .abort = [] {}});
  ASSERT_TRUE(world_.run(world_.server->uploads.complete(World::owned(upload), {}, own)));
  EXPECT_TRUE(own.check_not_cut());
  EXPECT_EQ(interrupts, 0);
  EXPECT_FALSE(other.check_not_cut());
}

TEST_P(CompleteUpload, IsNotDoneWhereItsContentCouldNotBeLookedInto) {
  world_.make_check = [](Purpose) { return std::make_unique<RefusingCheck>(); };
  world_.restart();
  const Upload upload = world_.create(3);
  const std::string part = world_.add_part(upload, "abc").id.text;
  for (const char* verb : {"uploads.find_upload", "uploads.list_parts"}) {
    world_.faults.arm(verb, Fault::undone, {ErrorCode::overloaded, "Too many requests."});
    const Answer refused = world_.finish(world_.start_complete(upload, {part}));
    EXPECT_EQ(refused.failure().code, ErrorCode::overloaded) << verb;
    EXPECT_EQ(status_text(world_.stored(upload).state), "pending") << verb;
  }
}

TEST_P(CompleteUpload, EndsItsDigestWhenTheServerStops) {
  const Upload upload = world_.create(3);
  const std::string part = world_.add_part(upload, "abc").id.text;
  world_.gates.restart();
  world_.gates.hold({.gate = "blobs.open.after"});
  const Request completing = world_.start_complete(upload, {part}, md5(as_bytes("abc")));
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  world_.server->uploads.stop();
  world_.gates.open();
  EXPECT_EQ(world_.finish(completing).failure().code, ErrorCode::unavailable);
  EXPECT_EQ(status_text(world_.stored(upload).state), "pending");
  world_.restart();
  EXPECT_TRUE(world_.finish(world_.start_complete(upload, {part}, md5(as_bytes("abc")))).ok());
}

INSTANTIATE_TEST_SUITE_P(Backends, CompleteUpload, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
