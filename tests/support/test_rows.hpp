#pragma once

// Rows of every kind, made by the verbs of a store, with ids that count up. For tests of those who
// look at a store from outside.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/garbage_store.hpp"
#include "core/upload_store.hpp"
#include "support/run_task.hpp"

namespace partwise::test {

class TestRows {
 public:
  // Both outlive this.
  TestRows(UploadStore& uploads, GarbageStore& garbage) : uploads_(uploads), garbage_(garbage) {}

  // A key whose intent is recorded.
  BlobKey intend() {
    const BlobKey key = *BlobKey::parse(fmt::format("{:032x}", ++last_id_));
    EXPECT_TRUE(run_task(loop_, garbage_.record_intent(key, {"run"})));
    return key;
  }
  Upload create_upload(std::uint64_t bytes) {
    return must(uploads_.create_upload({.id = {fmt::format("upload_{:032x}", ++last_id_)},
                                        .project = project,
                                        .bytes = bytes,
                                        .filename = "a",
                                        .mime_type = {},
                                        .ttl = std::chrono::hours(1),
                                        .file_ttl = {}}));
  }
  // `blob` has the key of an intent.
  Part add_part(const Upload& upload, const BlobRef& blob) {
    return must(uploads_.add_part(
        {project, upload.id},
        {.id = {fmt::format("part_{:032x}", ++last_id_)}, .blob = blob, .digests = {}}));
  }
  void complete(const Upload& upload, const std::vector<Part>& parts) {
    std::vector<std::string> ids;
    for (const Part& part : parts) ids.push_back(part.id.text);
    must(uploads_.complete_upload(
        {project, upload.id},
        {.part_ids = std::move(ids), .md5 = {}, .computed_md5 = {}, .file_id = file_id()}));
  }
  void cancel(const Upload& upload) { must(uploads_.cancel_upload({project, upload.id})); }
  StoredFile create_file(const BlobRef& blob) {
    return must(uploads_.create_file({.id = file_id(),
                                      .project = project,
                                      .filename = "a",
                                      .ttl = {},
                                      .blob = blob,
                                      .md5 = {}}));
  }
  void remove(const StoredFile& file) { must(uploads_.delete_file({project, file.id})); }

  const ProjectId project{"default"};

 private:
  template <class T>
  T must(Task<Result<T>> task) {
    return std::move(run_task(loop_, std::move(task)).value());
  }
  FileId file_id() { return {fmt::format("file-{:022}", ++last_id_)}; }

  UploadStore& uploads_;
  GarbageStore& garbage_;
  boost::asio::io_context loop_;
  std::uint64_t last_id_ = 0;
};

}  // namespace partwise::test
