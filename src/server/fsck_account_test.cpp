// `partwise fsck` on what a server leaves that was killed at work: every kind of byte, to the last
// one, and sums that were made wrong by hand.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "base/hash.hpp"
#include "server/data_directory.hpp"
#include "server/fsck_command.hpp"
#include "server/run_to_end.hpp"
#include "store/disk/disk_layout.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

using namespace std::chrono_literals;

class FsckAccountTest : public ::testing::Test {
 protected:
  // Nothing reaps here, so that what was cancelled or deleted stays as garbage.
  FsckAccountTest() {
    const auto data = DataDirectory::open(*files_, directory_.path(), Durability::strict).value();
    EXPECT_TRUE(DiskLayout::open(*files_, directory_.path()));
    SqliteOptions metadata;
    metadata.path = data->metadata_path();
    store_ = SqliteStore::open(std::move(metadata), clock_, log_).value();
    add_part(create_upload(8), "pending.");
    const Upload completed = create_upload(5);
    const Part used = add_part(completed, "used.");
    add_part(completed, "un.");
    run(store_->complete_upload(
        {project_, completed.id},
        {.part_ids = {used.id.text}, .md5 = {}, .computed_md5 = {}, .file_id = file_id()}));
    const Upload cancelled = create_upload(7);
    add_part(cancelled, "cancel.");
    run(store_->cancel_upload({project_, cancelled.id}));
    create_file("file");
    run(store_->delete_file({project_, create_file("delete").id}));
    put("in");
    (void)intend();  // Its blob did not come yet.
    store_.reset();
    EXPECT_TRUE(data->mark_clean_stop());
  }

  template <class T>
  T run(Task<Result<T>> task) {
    return run_to_end(loop_, std::move(task)).value();
  }
  FileId file_id() { return {fmt::format("file-{:022}", ++last_id_)}; }
  BlobKey intend() {
    const BlobKey key = *BlobKey::parse(fmt::format("{:032x}", ++last_id_));
    EXPECT_TRUE(run_to_end(loop_, store_->record_intent(key, {"run"})));
    return key;
  }
  BlobRef put(const std::string& content) {
    const BlobKey key = intend();
    EXPECT_TRUE(files_->write_small(paths_.blob(key), content));
    Crc64 crc;
    crc.update(as_bytes(content));
    return {.key = key, .bytes = content.size(), .crc64 = crc.value()};
  }
  Upload create_upload(std::uint64_t bytes) {
    return run(store_->create_upload({.id = {fmt::format("upload_{:032x}", ++last_id_)},
                                      .project = project_,
                                      .bytes = bytes,
                                      .filename = "a",
                                      .mime_type = {},
                                      .ttl = 1h,
                                      .file_ttl = {}}));
  }
  Part add_part(const Upload& upload, const std::string& content) {
    const BlobRef blob = put(content);
    return run(store_->add_part(
        {project_, upload.id},
        {.id = {fmt::format("part_{:032x}", last_id_)}, .blob = blob, .digests = {}}));
  }
  StoredFile create_file(const std::string& content) {
    const BlobRef blob = put(content);
    return run(store_->create_file({.id = file_id(),
                                    .project = project_,
                                    .filename = "a",
                                    .ttl = {},
                                    .blob = blob,
                                    .md5 = {}}));
  }

  void put_strays() {
    ASSERT_TRUE(
        files_->write_small(paths_.blob(*BlobKey::parse(std::string(32, 'f'))), "orphaned!"));
    ASSERT_TRUE(files_->write_small(paths_.staging() + "/left", "left behind"));
  }
  void make_sums_wrong() {
    const auto database =
        sqlite::Database::open(
            {.path = DataDirectory::metadata_path_in(directory_.path()), .vfs = {}})
            .value();
    ASSERT_TRUE(
        database->execute("UPDATE projects SET stored_bytes = 100;"
                          "UPDATE usage SET count = count + 1 WHERE name = 'pending'"));
  }

  int fsck(FsckOptions options = {.json = true}) {
    options.data_dir = directory_.path();
    std::ostringstream out;
    std::ostringstream errors;
    const int code = run_fsck(options, out, errors);
    report_ = out.str() + errors.str();
    return code;
  }
  bool report_has(std::string_view words) const { return report_.contains(words); }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  const DiskPaths paths_{directory_.path()};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  test::ManualClock clock_;
  NullLog log_;
  boost::asio::io_context loop_;
  const ProjectId project_{"default"};
  std::uint64_t last_id_ = 0;
  std::unique_ptr<SqliteStore> store_;
  std::string report_;
};

TEST_F(FsckAccountTest, AccountsForEveryByteOfWhatWasLeft) {
  EXPECT_EQ(fsck(), 0) << report_;
  EXPECT_TRUE(report_has(R"("billed_bytes":17,"garbage_bytes":18,"staging_bytes":0,)"
                         R"("orphan_bytes":0,"disk_bytes":35,)"))
      << report_;
  EXPECT_EQ(fsck({}), 0);
  EXPECT_TRUE(report_.starts_with(
      directory_.path() +
      ": 17 bytes billed, 18 garbage, 0 in staging, 0 orphaned; 35 on disk.\n"));
}

TEST_F(FsckAccountTest, AccountsForWhatNoRowKnowsUntilItIsSetAside) {
  put_strays();
  constexpr std::string_view kAccount =
      R"("billed_bytes":17,"garbage_bytes":18,"staging_bytes":11,)"
      R"("orphan_bytes":9,"disk_bytes":55,)";
  EXPECT_EQ(fsck(), 1);
  EXPECT_TRUE(report_has(kAccount)) << report_;
  EXPECT_TRUE(report_has(R"("findings_total":2,)")) << report_;
  EXPECT_EQ(fsck({.json = true, .repair = true}), 1);
  EXPECT_TRUE(report_has(kAccount)) << report_;
  EXPECT_EQ(fsck(), 0);
  EXPECT_TRUE(report_has(R"("disk_bytes":35,)")) << report_;
}

TEST_F(FsckAccountTest, SumsUpWrongCountersAnewAndSetsOrphansAsideBesideThem) {
  make_sums_wrong();
  put_strays();
  EXPECT_EQ(fsck(), 1);
  EXPECT_TRUE(report_has(R"({"kind":"wrong_counter","subject":"default",)"
                         R"("sentence":"The project is billed 100 bytes and stores 17.",)"
                         R"("repaired":false})"))
      << report_;
  EXPECT_TRUE(report_has(R"("findings_total":4,"repaired_total":0,)")) << report_;
  EXPECT_EQ(fsck({.repair = true}), 1);
  EXPECT_TRUE(
      report_has("wrong_counter default: The project is billed 100 bytes and stores 17. "
                 "Summed up anew.\n"))
      << report_;
  EXPECT_TRUE(report_has("4 findings, 4 repaired: clean from now on.")) << report_;
  EXPECT_EQ(fsck(), 0);
  EXPECT_TRUE(report_has(R"("billed_bytes":17,)")) << report_;
}

}  // namespace

}  // namespace partwise
