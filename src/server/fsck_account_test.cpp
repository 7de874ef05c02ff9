// `partwise fsck` on what a server leaves that was killed at work: every kind of byte, to the last
// one, and sums that were made wrong by hand.

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "base/hash.hpp"
#include "server/data_directory.hpp"
#include "server/fsck_command.hpp"
#include "store/disk/disk_layout.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_rows.hpp"

namespace partwise {

namespace {

class FsckAccountTest : public ::testing::Test {
 protected:
  // Nothing reaps here, so that what was cancelled or deleted stays as garbage.
  FsckAccountTest() {
    const auto data = DataDirectory::open(*files_, directory_.path(), Durability::strict).value();
    EXPECT_TRUE(DiskLayout::open(*files_, directory_.path()));
    SqliteOptions metadata;
    metadata.path = data->metadata_path();
    store_ = SqliteStore::open(std::move(metadata), clock_, log_).value();
    test::TestRows rows(*store_, *store_);
    const auto put = [&](const std::string& content) {
      const BlobKey key = rows.intend();
      EXPECT_TRUE(files_->write_small(paths_.blob(key), content));
      Crc64 crc;
      crc.update(as_bytes(content));
      return BlobRef{.key = key, .bytes = content.size(), .crc64 = crc.value()};
    };
    rows.add_part(rows.create_upload(8), put("pending."));
    const Upload completed = rows.create_upload(5);
    const Part used = rows.add_part(completed, put("used."));
    rows.add_part(completed, put("un."));
    rows.complete(completed, {used});
    const Upload cancelled = rows.create_upload(7);
    rows.add_part(cancelled, put("cancel."));
    rows.cancel(cancelled);
    rows.create_file(put("file"));
    rows.remove(rows.create_file(put("delete")));
    put("in");
    rows.intend();  // Its blob did not come yet.
    store_.reset();
    EXPECT_TRUE(data->mark_clean_stop());
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
