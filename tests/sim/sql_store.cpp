// The real transactions and rows of src/store/sqlite, in one thread. The writer's and the reader's
// threads and their queues are not here: SimStore stands for them.

#include <fmt/format.h>

#include <stdexcept>

#include "disk_vfs.hpp"
#include "durable_store.hpp"
#include "store/sqlite/account_transactions.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/file_transactions.hpp"
#include "store/sqlite/garbage_transactions.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/sqlite_catalog.hpp"
#include "store/sqlite/statement.hpp"
#include "store/sqlite/transaction.hpp"
#include "store/sqlite/upload_transactions.hpp"

namespace partwise::sim {

namespace {

using sqlite::Snapshot;
using sqlite::Transaction;

const std::string kPath = "data/metadata.db";
// The log is moved into the database after so many commits.
constexpr std::uint64_t kCheckpointCommits = 15;
constexpr std::uint64_t kIndexBytes = 64 * kKiB;

// One connection, with its statements.
struct Connection {
  explicit Connection(std::unique_ptr<sqlite::Database> opened)
      : database(std::move(opened)), tables(*database) {}
  std::unique_ptr<sqlite::Database> database;
  sqlite::Tables tables;
  sqlite::Statement begin{*database, "BEGIN IMMEDIATE"};
  sqlite::Statement begin_reading{*database, "BEGIN"};
  sqlite::Statement commit{*database, "COMMIT"};
  sqlite::Statement set_savepoint{*database, "SAVEPOINT operation"};
  sqlite::Statement roll_back_to_savepoint{*database, "ROLLBACK TO operation"};
  sqlite::Statement release_savepoint{*database, "RELEASE operation"};
};

class SqlStore final : public DurableStore,
                       public UploadStore,
                       public GarbageStore,
                       public AccountStore,
                       public LiveCatalog {
 public:
  SqlStore(Disk& disk, Clock& clock, CoreLimits limits, Mutation mutation)
      : vfs_(disk, clock), clock_(clock), limits_(limits), mutation_(mutation) {
    auto opened = open();
    if (!opened) throw std::runtime_error(opened.error().message);
  }

  UploadStore& uploads() override { return *this; }
  GarbageStore& garbage() override { return *this; }
  AccountStore& accounts() override { return *this; }
  LiveCatalog& catalog() override { return *this; }
  bool is_on_disk() const override { return true; }

  Result<> open() override {
    TRY(auto database,
        sqlite::Database::open({.path = kPath,
                                .create = true,
                                .sync_every_commit = mutation_ != Mutation::commit_not_synced,
                                .vfs = vfs_.name()}));
    CHECK(sqlite::migrate(*database));
    CHECK(database->extend_log_index(kIndexBytes));
    CHECK(database->checkpoint(SQLITE_CHECKPOINT_PASSIVE, std::chrono::milliseconds{0}));
    connection_.emplace(std::move(database));
    return {};
  }

  void close() override {
    connection_->database->keep_log_on_close();
    transaction_.reset();
    connection_.reset();
    vfs_.forget_index();
    vfs_.fail_change(0);
  }

  Result<> begin() override {
    CHECK(connection_->begin.run());
    transaction_.emplace(connection_->tables, clock_.now(), limits_, *connection_->database);
    return {};
  }

  Result<> commit(bool fails) override {
    // A commit is a few writes and a sync: one of them.
    if (fails) vfs_.fail_change(1 + ++failures_ % 5);
    auto committed = transaction_->ledger.write(connection_->tables.usage);
    if (committed) committed = connection_->commit.run();
    transaction_.reset();
    if (!committed && connection_->database->in_transaction()) {
      (void)connection_->database->execute("ROLLBACK");  // The next start decides.
    }
    if (committed && ++commits_ % kCheckpointCommits == 0) {
      CHECK(connection_->database->checkpoint(SQLITE_CHECKPOINT_RESTART,
                                              std::chrono::milliseconds{0}));
    }
    return committed;
  }

  std::vector<std::string> contradictions() override {
    auto catalog = SqliteCatalog::open(kPath, vfs_.name());
    if (!catalog) return {catalog.error().message};
    auto found = (*catalog)->contradictions();
    if (!found) return {found.error().message};
    const auto counters = wrong_sums(**catalog);
    if (!counters) return {counters.error().message};
    for (const WrongCounter& counter : *counters) found->push_back(counter.sentence);
    return *found;
  }

  Task<Result<Upload>> create_upload(NewUpload upload) override {
    co_return write([&](Transaction& tx) { return sqlite::create_upload(tx, upload); });
  }
  Task<Result<Upload>> find_upload(OwnedUploadId id) override {
    co_return write([&](Transaction& tx) { return sqlite::find_upload(tx, id); });
  }
  Task<Result<Page<Upload>>> list_uploads(ProjectId project, PageRequest page) override {
    co_return read([&](Snapshot& view) { return sqlite::list_uploads(view, project, page); });
  }
  Task<Result<Page<Part>>> list_parts(OwnedUploadId id, PageRequest page) override {
    auto parts = read([&](Snapshot& view) { return sqlite::list_parts(view, id, page); });
    if (parts || parts.error().code != ErrorCode::would_block) co_return parts;
    CO_CHECK(write([&](Transaction& tx) { return sqlite::find_upload(tx, id); }));
    co_return Page<Part>{};
  }
  Task<Result<Part>> add_part(OwnedUploadId id, NewPart part) override {
    co_return write([&](Transaction& tx) { return sqlite::add_part(tx, id, part); });
  }
  Task<Result<CompleteOutcome>> complete_upload(OwnedUploadId id,
                                                CompleteRequest request) override {
    co_return write([&](Transaction& tx) { return sqlite::complete_upload(tx, id, request); });
  }
  Task<Result<Upload>> cancel_upload(OwnedUploadId id) override {
    co_return write([&](Transaction& tx) { return sqlite::cancel_upload(tx, id); });
  }
  Task<Result<std::uint64_t>> check_quota(ProjectId project, std::uint64_t bytes) override {
    co_return write([&](Transaction& tx) { return sqlite::check_quota(tx, project, bytes); });
  }
  Task<Result<StoredFile>> create_file(NewFile file) override {
    co_return write([&](Transaction& tx) { return sqlite::create_file(tx, file); });
  }
  Task<Result<FileContent>> find_file(OwnedFileId id) override {
    co_return write([&](Transaction& tx) { return sqlite::find_file(tx, id); });
  }
  Task<Result<Page<StoredFile>>> list_files(ProjectId project, PageRequest page) override {
    co_return read([&](Snapshot& view) { return sqlite::list_files(view, project, page); });
  }
  Task<Result<StoredFile>> delete_file(OwnedFileId id) override {
    co_return write([&](Transaction& tx) { return sqlite::delete_file(tx, id); });
  }

  Task<Result<>> record_intent(BlobKey key, RunId run) override {
    co_return write([&](Transaction& tx) { return sqlite::record_intent(tx, key, run); });
  }
  Task<Result<>> release_intent(BlobKey key) override {
    co_return write([&](Transaction& tx) { return sqlite::release_intent(tx, key); });
  }
  Task<Result<ReapBatch>> claim_work(RunId run, std::uint32_t blobs_max,
                                     ClaimFilter filter) override {
    co_return write(
        [&](Transaction& tx) { return sqlite::claim_work(tx, run, blobs_max, filter); });
  }
  Task<Result<>> settle_work(std::vector<ReapWork> work) override {
    co_return write([&](Transaction& tx) { return sqlite::settle_work(tx, work); });
  }
  Task<Result<SweepOutcome>> sweep(std::uint32_t rows_max,
                                   std::chrono::seconds ended_ttl) override {
    co_return write([&](Transaction& tx) { return sqlite::sweep(tx, rows_max, ended_ttl); });
  }

  Task<Result<ApiKey>> create_key(NewKey key) override {
    co_return write([&](Transaction& tx) { return sqlite::create_key(tx, key); });
  }
  Task<Result<ApiKey>> revoke_key(KeyId id) override {
    co_return write([&](Transaction& tx) { return sqlite::revoke_key(tx, id); });
  }
  Task<Result<std::vector<ApiKey>>> list_keys() override {
    co_return read([&](Snapshot& view) { return view.tables.keys.all(); });
  }
  Task<Result<std::uint64_t>> keys_version() override {
    co_return read([&](Snapshot& view) { return view.tables.keys.version(); });
  }
  Task<Result<Project>> create_project(ProjectId id, Quotas quotas) override {
    co_return write([&](Transaction& tx) { return sqlite::create_project(tx, id, quotas); });
  }
  Task<Result<Project>> set_quotas(ProjectId id, Quotas quotas) override {
    co_return write([&](Transaction& tx) { return sqlite::set_quotas(tx, id, quotas); });
  }
  Task<Result<std::vector<Usage>>> usage(std::optional<ProjectId> project) override {
    co_return read([&](Snapshot& view) { return sqlite::usage(view, project); });
  }

  Task<Result<OwnerPage>> owners(OwnerCursor cursor, std::uint32_t blobs_max) override {
    co_return read([&](Snapshot& view) { return view.tables.owners.page(cursor, blobs_max); });
  }
  Task<Result<std::vector<CatalogBlob>>> still_owned(std::vector<CatalogBlob> blobs) override {
    co_return read([&](Snapshot& view) { return view.tables.owners.still_owned(blobs); });
  }

 private:
  // One operation of the transaction that is under way, or one of its own.
  template <class Work>
  std::invoke_result_t<Work&, Transaction&> write(Work work) {
    const bool is_alone = !transaction_;
    if (is_alone) CHECK(begin());
    sqlite::Database& database = *connection_->database;
    CHECK(connection_->set_savepoint.run());
    transaction_->mark_kept();
    auto result = work(*transaction_);
    if (!result) {
      if (!database.in_transaction()) return result;
      CHECK(connection_->roll_back_to_savepoint.run());
      transaction_->ledger.undo_operation();
    }
    CHECK(connection_->release_savepoint.run());
    transaction_->ledger.keep_operation();
    if (is_alone) CHECK(commit(false));
    return result;
  }

  template <class Work>
  std::invoke_result_t<Work&, Snapshot&> read(Work work) {
    Snapshot view{connection_->tables, clock_.now()};
    if (transaction_) return work(view);
    CHECK(connection_->begin_reading.run());
    auto result = work(view);
    (void)connection_->commit.run();  // Nothing was written.
    return result;
  }

  DiskVfs vfs_;
  Clock& clock_;
  const CoreLimits limits_;
  const Mutation mutation_;
  std::optional<Connection> connection_;
  std::optional<Transaction> transaction_;
  std::uint64_t commits_ = 0;
  std::uint64_t failures_ = 0;
};

}  // namespace

std::unique_ptr<DurableStore> make_sql_store(Disk& disk, Clock& clock, CoreLimits limits,
                                             Mutation mutation) {
  return std::make_unique<SqlStore>(disk, clock, limits, mutation);
}

}  // namespace partwise::sim
