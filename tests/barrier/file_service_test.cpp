// The verbs of FileService one at a time. Their races are in download_race_test.cpp.

#include "world.hpp"

namespace partwise::test {

namespace {

class FileServiceVerbs : public Barrier {
 protected:
  StoredFile make_file(std::optional<std::chrono::seconds> ttl = {}) {
    const Upload upload = world_.create(3, ttl);
    const std::string part = world_.add_part(upload, "abc").id.text;
    const Answer completed = world_.finish(world_.start_complete(upload, {part}));
    return std::get<Completed>(completed.upload->state).file;
  }
  static OwnedFileId owned(const StoredFile& file) { return {file.project, file.id}; }

  World world_{GetParam()};
  FileService& files_ = world_.server->files;
};

}  // namespace

TEST_P(FileServiceVerbs, GetIsWhatTheCompleteAnswered) {
  const StoredFile file = make_file();
  EXPECT_EQ(world_.run(files_.get(owned(file))), file);
  EXPECT_EQ(file.filename, "name.bin");
  EXPECT_EQ(file.bytes, 3U);
}

TEST_P(FileServiceVerbs, KnowNothingOfAnotherProject) {
  const StoredFile file = make_file();
  const OwnedFileId foreign{.project = {"another"}, .id = file.id};
  EXPECT_EQ(world_.run(files_.get(foreign)).error().code, ErrorCode::not_found);
  EXPECT_EQ(world_.run(files_.open(foreign)).error().code, ErrorCode::not_found);
  EXPECT_EQ(world_.run(files_.remove(foreign)).error().code, ErrorCode::not_found);
  EXPECT_EQ(world_.content_of(owned(file)), "abc");
  EXPECT_FALSE(world_.server->leases.is_leased(file.id));
}

TEST_P(FileServiceVerbs, OpenHoldsALeaseForAsLongAsItIsOpen) {
  const StoredFile file = make_file();
  {
    const auto open = world_.run(files_.open(owned(file)));
    ASSERT_TRUE(open);
    EXPECT_EQ(open->content.file, file);
    EXPECT_EQ(open->content.manifest.size(), 1U);
    EXPECT_TRUE(world_.server->leases.is_leased(file.id));
  }
  EXPECT_FALSE(world_.server->leases.is_leased(file.id));
}

TEST_P(FileServiceVerbs, RemoveWakesTheReaperAndOnlyOnce) {
  const StoredFile file = make_file();
  const int wakes = world_.server->reaper_wakes;
  EXPECT_EQ(world_.run(files_.remove(owned(file)))->id, file.id);
  EXPECT_EQ(world_.server->reaper_wakes, wakes + 1);
  EXPECT_EQ(world_.run(files_.remove(owned(file))).error().message,
            "No such File object: " + file.id.text);
  EXPECT_EQ(world_.server->reaper_wakes, wakes + 1);
  EXPECT_EQ(world_.run(files_.get(owned(file))).error().code, ErrorCode::not_found);
  world_.reap();
  world_.check_at_rest();
}

TEST_P(FileServiceVerbs, AnExpiredFileIsNotFoundBeforeTheSweeperHasSeenIt) {
  const StoredFile file = make_file(3600s);
  world_.clock.advance(3599s);
  EXPECT_TRUE(world_.run(files_.get(owned(file))));
  world_.clock.advance(1s);
  EXPECT_EQ(world_.run(files_.get(owned(file))).error().code, ErrorCode::not_found);
  EXPECT_EQ(world_.run(files_.open(owned(file))).error().code, ErrorCode::not_found);
  EXPECT_EQ(world_.run(files_.remove(owned(file))).error().code, ErrorCode::not_found);
  EXPECT_TRUE(world_.finish(world_.start_sweep()).ok());
  EXPECT_EQ(world_.billed(), 0U);
  world_.reap_held();
  world_.check_at_rest();
}

INSTANTIATE_TEST_SUITE_P(Backends, FileServiceVerbs, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
