#pragma once

// What the contract suites of the metadata ports share: each adapter behind the same three ports, a
// clock that tests move, and short words for the steps that most tests begin with.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/account_store.hpp"
#include "core/garbage_store.hpp"
#include "core/limits.hpp"
#include "core/live_catalog.hpp"
#include "core/upload_store.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"

namespace partwise::test {

using namespace std::chrono_literals;

// One adapter with everything it stands on.
class MetadataStores {
 public:
  virtual ~MetadataStores() = default;
  virtual UploadStore& uploads() = 0;
  virtual GarbageStore& garbage() = 0;
  virtual AccountStore& accounts() = 0;
  virtual LiveCatalog& catalog() = 0;
  // What the adapter's own checker finds wrong.
  virtual std::vector<std::string> contradictions() = 0;
};

struct Adapter {
  const char* name;
  // Null where what it stands on is not installed.
  std::unique_ptr<MetadataStores> (*make)(Clock& clock, const CoreLimits& limits);
};

// Those that many nodes share are among them with a reader_grace of zero: what that is for has
// tests of its own, and the others need not wait.
[[nodiscard]] std::vector<Adapter> all_adapters();
[[nodiscard]] std::vector<Adapter> one_process_adapters();
[[nodiscard]] std::vector<Adapter> shared_adapters();

class MetadataContract : public testing::TestWithParam<Adapter> {
 protected:
  MetadataContract() { open({}); }
  void SetUp() override {
    if (!stores_) GTEST_SKIP() << "what " << GetParam().name << " stands on is not installed";
  }
  void TearDown() override;

  // Starts anew with other limits.
  void open(const CoreLimits& limits) { stores_ = GetParam().make(clock_, limits); }

  template <class T>
  T run(Task<T> task) {
    return run_task(loop_, std::move(task));
  }
  // The value of a verb that must succeed.
  template <class T>
  T must(Task<Result<T>> task) {
    Result<T> result = run(std::move(task));
    if (!result) {
      ADD_FAILURE() << "unexpected error: " << result.error().message;
      throw std::runtime_error(result.error().message);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
  // The error of a verb that must fail.
  template <class T>
  Error refused(Task<Result<T>> task) {
    Result<T> result = run(std::move(task));
    if (result) {
      ADD_FAILURE() << "the verb should have failed";
      return {};
    }
    return result.error();
  }

  UploadStore& uploads() { return stores_->uploads(); }
  GarbageStore& garbage() { return stores_->garbage(); }
  AccountStore& accounts() { return stores_->accounts(); }

  // Ids and keys that were not used before.
  [[nodiscard]] UploadId fresh_upload_id();
  [[nodiscard]] PartId fresh_part_id();
  [[nodiscard]] FileId fresh_file_id();
  [[nodiscard]] BlobKey fresh_key();

  [[nodiscard]] NewUpload new_upload(std::uint64_t bytes);
  Upload create_upload(std::uint64_t bytes = 100);
  Upload find(const Upload& upload) { return must(uploads().find_upload(owned(upload))); }
  // A part whose intent is recorded.
  [[nodiscard]] NewPart new_part(std::uint64_t bytes);
  Part add_part(const Upload& upload, std::uint64_t bytes);
  [[nodiscard]] CompleteRequest request_for(const std::vector<Part>& parts);
  StoredFile complete(const Upload& upload, const std::vector<Part>& parts);
  [[nodiscard]] NewFile new_file(std::uint64_t bytes);
  StoredFile create_file(std::uint64_t bytes = 10);
  // A project of which nothing is known holds nothing.
  Usage usage(const ProjectId& project);
  std::uint64_t billed(const ProjectId& project) { return usage(project).project.stored_bytes; }

  [[nodiscard]] static OwnedUploadId owned(const Upload& upload) {
    return {upload.project, upload.id};
  }
  [[nodiscard]] static OwnedFileId owned(const StoredFile& file) { return {file.project, file.id}; }
  [[nodiscard]] static std::string status(const Upload& upload) {
    return std::string(status_text(upload.state));
  }

  // Two blobs that may be removed, in the order of their claim: of an intent that was released, and
  // of a part whose upload was cancelled.
  std::vector<BlobKey> leave_garbage();
  // Everything that may be claimed now, without settling it.
  ReapBatch claim(std::uint32_t blobs_max = 1000, ClaimFilter filter = {});
  // Claims and settles until nothing is left, held jobs too; returns the blobs in the order they
  // came.
  std::vector<BlobKey> reap_all(std::uint32_t blobs_max = 1000);

  ManualClock clock_;
  boost::asio::io_context loop_;
  std::unique_ptr<MetadataStores> stores_;
  const ProjectId project_{"default"};
  const ProjectId stranger_{"stranger"};
  const RunId run_{"00000000000000aa"};

 private:
  std::uint64_t last_id_ = 0;
};

// The keys of parts, in their order.
[[nodiscard]] std::vector<BlobKey> keys_of(const std::vector<Part>& parts);

}  // namespace partwise::test
