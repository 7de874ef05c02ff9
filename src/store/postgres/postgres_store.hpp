#pragma once

// The metadata of any number of nodes, in one PostgreSQL database. Posts each verb of the ports to
// a pool of connections; what a verb does is written in *_transactions.cpp, the SQL in *_rows.cpp.
// Why it is so: docs/adr/0013-postgres.md.

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "core/account_store.hpp"
#include "core/endings.hpp"
#include "core/garbage_store.hpp"
#include "core/limits.hpp"
#include "core/live_catalog.hpp"
#include "core/upload_store.hpp"
#include "store/postgres/figures.hpp"
#include "store/postgres/limits.hpp"
#include "store/postgres/postgres_clock.hpp"

namespace partwise {

namespace postgres {
struct LibPq;
struct Location;
class Listener;
class Pool;
}  // namespace postgres

// Which schema may be brought up to date. Commands beside servers leave an older one alone: the
// servers may be older too.
enum class PostgresMigration : std::uint8_t { any, only_empty, none };

struct PostgresOptions {
  std::string url;  // postgres://..., as libpq reads it.
  CoreLimits core_limits = {};
  PostgresLimits limits = {};
  PostgresMigration migration = PostgresMigration::any;
  // False for commands: one connection, no news of other nodes, and usage is not summed up.
  bool is_node = true;
  // Has the database agree with the place of its blobs: postgres::bind_blobs. Called by `open`; may
  // be empty.
  std::function<Result<std::string>(const std::string& store_id,
                                    const std::optional<std::string>& blobs_id)>
      agree_on_blobs = {};
  // Names this node to the others, of which none has the same.
  RunId run = {};
  // Runs a function on the loop, on which `announce`, `listen` and the verbs are called; drops it
  // where the loop has ended. Wanted of a node.
  std::function<void(std::move_only_function<void()>)> post_to_loop = {};
};

// Beyond the ports: an answer of the database that does not come within the limits is
// `overloaded` where nothing can have stayed, and else `unavailable`.
class PostgresStore final : public UploadStore,
                            public GarbageStore,
                            public AccountStore,
                            public LiveCatalog,
                            public Endings {
 public:
  // Connects, and brings the schema up to date. Blocks. `clock` and `log` outlive the store.
  // Errors: invalid_request (the URL; libpq is missing; a newer schema); overloaded (the database
  // cannot be reached; `partwise fsck` is at it); those of `agree_on_blobs`.
  [[nodiscard]] static Result<std::unique_ptr<PostgresStore>> open(PostgresOptions options,
                                                                   const Clock& clock, Log& log);
  // Refuses what waits, ends what is under way. Blocks.
  ~PostgresStore() override;
  PostgresStore(const PostgresStore&) = delete;
  PostgresStore& operator=(const PostgresStore&) = delete;

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
  // Sets `clock` too.
  [[nodiscard]] Task<Result<std::uint64_t>> keys_version() override;
  [[nodiscard]] Task<Result<Project>> create_project(ProjectId id, Quotas quotas) override;
  [[nodiscard]] Task<Result<Project>> set_quotas(ProjectId id, Quotas quotas) override;
  [[nodiscard]] Task<Result<std::vector<Usage>>> usage(std::optional<ProjectId> project) override;

  [[nodiscard]] Task<Result<OwnerPage>> owners(OwnerCursor cursor,
                                               std::uint32_t blobs_max) override;
  [[nodiscard]] Task<Result<std::vector<CatalogBlob>>> still_owned(
      std::vector<CatalogBlob> blobs) override;

  void announce(const UploadId& upload, std::string_view status) override;
  void listen(Hear hear) override;

  // The database's time. Thread-safe.
  [[nodiscard]] Clock& clock() { return clock_; }
  // `postgres://host:port/database`.
  [[nodiscard]] const std::string& shown() const;
  // Whether the database answered lately. Thread-safe.
  [[nodiscard]] bool is_reachable() const;
  // Thread-safe.
  [[nodiscard]] PostgresFigures figures() const;

 private:
  struct Foundation;

  PostgresStore(std::unique_ptr<Foundation> foundation, PostgresOptions options, const Clock& clock,
                Log& log);

  void on_news(std::string_view payload);
  void on_turn(bool is_reachable);

  // Constant after construction.
  const std::unique_ptr<Foundation> foundation_;
  const PostgresOptions options_;
  PostgresClock clock_;
  // What is on its way to the loop may come when this store is gone.
  const std::shared_ptr<Hear> hear_ = std::make_shared<Hear>();  // Touched on the loop only.
  std::atomic<bool> listener_is_connected_ = true;
  std::chrono::steady_clock::time_point last_fold_{};  // Of the listener's thread.
  std::unique_ptr<postgres::Pool> verbs_;
  std::unique_ptr<postgres::Pool> lists_;
  std::unique_ptr<postgres::Listener> listener_;  // Of a node.
};

}  // namespace partwise
