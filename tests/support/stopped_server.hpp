#pragma once

// A data directory as a server leaves it that was stopped: one file of one blob, an intent whose
// blob is not there, a first key.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/hash.hpp"
#include "server/data_directory.hpp"
#include "store/disk/disk_layout.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

namespace partwise::test {

// Makes it at `path`.
class StoppedServer {
 public:
  StoppedServer(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {
    auto data = DataDirectory::open(files_, path_, Durability::strict).value();
    EXPECT_TRUE(DiskLayout::open(files_, path_));
    add_rows(data->metadata_path());
    EXPECT_TRUE(files_.write_small(blob_path(), content));
    EXPECT_TRUE(files_.write_small(path_ + "/api-key", "pw-first\n"));
    EXPECT_TRUE(data->mark_clean_stop());
  }

  [[nodiscard]] std::string blob_path() const { return DiskPaths(path_).blob(key); }

  static constexpr std::string_view content = "five!";
  const BlobKey key = *BlobKey::parse("a0000000000000000000000000000001");

 private:
  void add_rows(const std::string& metadata_path) {
    SqliteOptions metadata;
    metadata.path = metadata_path;
    metadata.limits.reserve_bytes = 0;
    ManualClock clock;
    NullLog log;
    boost::asio::io_context loop;
    const auto store = SqliteStore::open(std::move(metadata), clock, log).value();
    Crc64 crc;
    crc.update(as_bytes(content));
    EXPECT_TRUE(run_task(loop, store->record_intent(key, {"run"})));
    EXPECT_TRUE(run_task(loop, store->record_intent(BlobKey{}, {"run"})));
    EXPECT_TRUE(run_task(loop, store->create_file({.id = {"file-1"},
                                                   .project = {"default"},
                                                   .filename = "a",
                                                   .ttl = {},
                                                   .blob = {key, content.size(), crc.value()},
                                                   .md5 = {}})));
  }

  FileSystem& files_;
  const std::string path_;
};

}  // namespace partwise::test
