#pragma once

// The metadata of one node, in one SQLite file. Posts each verb of the ports to the writer,
// or a list to the reader; what a verb does is written in *_transactions.cpp, the SQL in
// *_rows.cpp.

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "core/account_store.hpp"
#include "core/garbage_store.hpp"
#include "core/limits.hpp"
#include "core/live_catalog.hpp"
#include "core/upload_store.hpp"
#include "store/sqlite/figures.hpp"
#include "store/sqlite/limits.hpp"

namespace partwise {

namespace sqlite {
class Reader;
class Writer;
}  // namespace sqlite

struct SqliteOptions {
  std::string path;  // Of the database file; its log, index and reserve lie beside it.
  bool sync_every_commit =
      true;  // False is --durability relaxed: a commit survives the process only.
  CoreLimits core_limits;
  SqliteLimits limits;
  // The volume failed, and the outcome of what was answered `unavailable` is unknown: the process
  // must end and start again. Called once, on a thread of the store.
  std::function<void(const Error&)> on_fatal = [](const Error&) {};
  // False for commands beside a server, which may be an older one: only a new file is brought up to
  // date, and an older one is refused.
  bool may_migrate = true;
  std::string vfs = {};  // Name of a registered sqlite3_vfs; empty: the system's.
};

class SqliteStore final : public UploadStore,
                          public GarbageStore,
                          public AccountStore,
                          public LiveCatalog {
 public:
  // Opens or makes the file, recovers what a killed process left in the log, moves it into the
  // database file, and brings the schema up to date: all before the first verb is served. Blocks.
  // `clock` and `log` outlive the store. Several processes may open one file. Errors: io_failure;
  // invalid_request (made by a newer Partwise); overloaded; out_of_space.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(SqliteOptions options,
                                                                 Clock& clock, Log& log);
  // Serves what is queued, checkpoints and closes. Blocks.
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  [[nodiscard]] Task<Result<Upload>> create_upload(NewUpload upload) override;
  [[nodiscard]] Task<Result<Upload>> find_upload(OwnedUploadId id) override;
  [[nodiscard]] Task<Result<Page<Upload>>> list_uploads(ProjectId project,
                                                        PageRequest page) override;
  [[nodiscard]] Task<Result<Page<Part>>> list_parts(OwnedUploadId id, PageRequest page) override;
  [[nodiscard]] Task<Result<Part>> add_part(OwnedUploadId id, NewPart part) override;
  [[nodiscard]] Task<Result<CompleteOutcome>> complete_upload(OwnedUploadId id,
                                                              CompleteRequest request) override;
  [[nodiscard]] Task<Result<Upload>> cancel_upload(OwnedUploadId id) override;
  [[nodiscard]] Task<Result<std::uint64_t>> check_quota(ProjectId project,
                                                        std::uint64_t bytes) override;
  [[nodiscard]] Task<Result<StoredFile>> create_file(NewFile file) override;
  [[nodiscard]] Task<Result<FileContent>> find_file(OwnedFileId id) override;
  [[nodiscard]] Task<Result<Page<StoredFile>>> list_files(ProjectId project,
                                                          PageRequest page) override;
  [[nodiscard]] Task<Result<StoredFile>> delete_file(OwnedFileId id) override;

  [[nodiscard]] Task<Result<>> record_intent(BlobKey key, RunId run) override;
  [[nodiscard]] Task<Result<>> release_intent(BlobKey key) override;
  [[nodiscard]] Task<Result<ReapBatch>> claim_work(RunId run, std::uint32_t blobs_max,
                                                   ClaimFilter filter) override;
  [[nodiscard]] Task<Result<>> settle_work(std::vector<ReapWork> work) override;
  [[nodiscard]] Task<Result<SweepOutcome>> sweep(std::uint32_t rows_max,
                                                 std::chrono::seconds ended_ttl) override;

  [[nodiscard]] Task<Result<ApiKey>> create_key(NewKey key) override;
  [[nodiscard]] Task<Result<ApiKey>> revoke_key(KeyId id) override;
  [[nodiscard]] Task<Result<std::vector<ApiKey>>> list_keys() override;
  [[nodiscard]] Task<Result<std::uint64_t>> keys_version() override;
  [[nodiscard]] Task<Result<Project>> create_project(ProjectId id, Quotas quotas) override;
  [[nodiscard]] Task<Result<Project>> set_quotas(ProjectId id, Quotas quotas) override;
  [[nodiscard]] Task<Result<std::vector<Usage>>> usage(std::optional<ProjectId> project) override;

  [[nodiscard]] Task<Result<OwnerPage>> owners(OwnerCursor cursor,
                                               std::uint32_t blobs_max) override;
  [[nodiscard]] Task<Result<std::vector<CatalogBlob>>> still_owned(
      std::vector<CatalogBlob> blobs) override;

  // Never waits for a transaction. Thread-safe.
  [[nodiscard]] SqliteFigures figures() const;

 private:
  SqliteStore(std::unique_ptr<sqlite::Writer> writer, std::unique_ptr<sqlite::Reader> reader);

  // The reader goes first, so that the writer's last checkpoint finds nobody in the way.
  std::unique_ptr<sqlite::Writer> writer_;
  std::unique_ptr<sqlite::Reader> reader_;
};

}  // namespace partwise
