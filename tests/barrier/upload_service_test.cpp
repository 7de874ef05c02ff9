// The verbs of UploadService one at a time: what they refuse, and what they promise to those beside
// them.

#include "world.hpp"

namespace partwise::test {

namespace {

class UploadServiceVerbs : public Barrier {
 protected:
  World world_{GetParam()};
  UploadService& service_ = world_.server->uploads;

  static CreateUploadRequest request_of(std::uint64_t bytes) {
    return {.bytes = bytes,
            .filename = "name.bin",
            .purpose = Purpose::user_data,
            .mime_type = "application/pdf",
            .expires_after = {}};
  }
  Result<Upload> create(CreateUploadRequest request) {
    return world_.run(service_.create(world_.project, std::move(request)));
  }
  void expect_refused(CreateUploadRequest request, const std::string& param,
                      const std::string& words) {
    const auto refused = create(std::move(request));
    ASSERT_FALSE(refused) << words;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
    EXPECT_EQ(refused.error().param, param);
    EXPECT_NE(refused.error().message.find(words), std::string::npos) << refused.error().message;
  }
};

}  // namespace

TEST_P(UploadServiceVerbs, CreateMakesAPendingUploadThatExpiresInAnHour) {
  const Upload upload = create(request_of(5)).value();
  EXPECT_EQ(status_text(upload.state), "pending");
  EXPECT_EQ(upload.bytes, 5U);
  EXPECT_EQ(upload.filename, "name.bin");
  EXPECT_EQ(upload.mime_type, "application/pdf");
  EXPECT_EQ(upload.purpose, Purpose::user_data);
  EXPECT_EQ(upload.created_at, world_.clock.now());
  EXPECT_EQ(upload.expires_at, upload.created_at + 3600s);
  EXPECT_FALSE(upload.file_ttl);
  EXPECT_TRUE(UploadId::parse(upload.id.text));
  EXPECT_EQ(world_.run(service_.get(World::owned(upload))), upload);
  // The sweeper is told, so that it does not sleep past the deadline.
  EXPECT_EQ(world_.server->due, upload.expires_at);
}

TEST_P(UploadServiceVerbs, CreateRefusesWhatIsOutOfItsLimits) {
  auto request = request_of(world_.limits.upload_bytes_max);
  EXPECT_TRUE(create(request));
  ++request.bytes;
  expect_refused(request, "bytes",
                 "8589934593 is greater than the maximum of 8589934592 - 'bytes'");

  request = request_of(1);
  request.filename = "";
  expect_refused(request, "filename", "'filename'");
  request.filename = std::string(world_.limits.filename_bytes_max, 'x');
  EXPECT_TRUE(create(request));
  request.filename += 'x';
  expect_refused(request, "filename", "1025 bytes");

  request = request_of(1);
  request.mime_type = std::string(world_.limits.mime_type_bytes_max + 1UL, 'x');
  expect_refused(request, "mime_type", "1025 bytes");
  request.mime_type = "";
  EXPECT_TRUE(create(request));
}

TEST_P(UploadServiceVerbs, CreateBoundsTheLifeOfTheFile) {
  auto request = request_of(1);
  for (const auto seconds : {3600s, 2'592'000s}) {
    request.expires_after = seconds;
    EXPECT_EQ(create(request)->file_ttl, seconds);
  }
  for (const auto seconds : {3599s, 60s, 0s, -1s}) {
    request.expires_after = seconds;
    expect_refused(request, "expires_after.seconds",
                   std::to_string(seconds.count()) + " is less than the minimum of 3600");
  }
  request.expires_after = 2'592'001s;
  expect_refused(request, "expires_after.seconds",
                 "2592001 is greater than the maximum of 2592000");
}

TEST_P(UploadServiceVerbs, CreateGivesBatchFilesThirtyDays) {
  auto request = request_of(1);
  request.purpose = Purpose::batch;
  EXPECT_EQ(create(request)->file_ttl, 2'592'000s);
  request.expires_after = 3600s;
  EXPECT_EQ(create(request)->file_ttl, 3600s);
}

TEST_P(UploadServiceVerbs, KnowNothingOfAnotherProject) {
  const Upload upload = world_.create(1);
  const Part part = world_.add_part(upload, "x");
  Upload foreign = upload;
  foreign.project = {"another"};
  for (const Answer& answer :
       {world_.finish(world_.start_get(foreign)), world_.finish(world_.start_cancel(foreign)),
        world_.finish(world_.start_complete(foreign, {part.id.text})),
        world_.finish(world_.start_complete(foreign, {part.id.text}, md5(as_bytes("x")))),
        world_.finish(world_.start_part(foreign, "x")),
        world_.finish(world_.start_list_parts(foreign))}) {
    EXPECT_EQ(answer.failure().code, ErrorCode::not_found) << answer.verb;
    EXPECT_EQ(answer.failure().message, "No such Upload object: " + upload.id.text);
  }
  PageRequest page;
  page.limit = 10;
  EXPECT_TRUE(world_.run(service_.list(foreign.project, page))->items.empty());
  EXPECT_EQ(world_.stored_parts(upload), (std::vector{part}));
  EXPECT_TRUE(world_.finish(world_.start_complete(upload, {part.id.text})).ok());
}

TEST_P(UploadServiceVerbs, ListPartsOfAnEndedUploadIsEmpty) {
  const Upload upload = world_.create(3);
  (void)world_.add_part(upload, "abc");
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  PageRequest page;
  page.limit = 10;
  const auto listed = world_.run(service_.list_parts(World::owned(upload), page));
  EXPECT_TRUE(listed->items.empty());
  EXPECT_FALSE(listed->has_more);
}

TEST_P(UploadServiceVerbs, AClockSetBackRevivesNothing) {
  const Upload upload = world_.create(3);
  const std::string part = world_.add_part(upload, "abc").id.text;
  world_.clock.jump_wall(3600s);
  EXPECT_EQ(status_text(world_.finish(world_.start_get(upload)).upload->state), "expired");
  world_.clock.jump_wall(-3600s);
  const Upload expired = world_.stored(upload);
  EXPECT_EQ(status_text(expired.state), "expired");
  EXPECT_EQ(world_.finish(world_.start_complete(upload, {part})).failure().message,
            refusal(expired));
  EXPECT_EQ(world_.finish(world_.start_part(upload, "abc")).failure().message, refusal(expired));
  EXPECT_EQ(world_.finish(world_.start_cancel(upload)).failure().message, refusal(expired));
}

INSTANTIATE_TEST_SUITE_P(Backends, UploadServiceVerbs, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
