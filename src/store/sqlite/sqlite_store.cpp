#include "store/sqlite/sqlite_store.hpp"

#include "store/sqlite/account_transactions.hpp"
#include "store/sqlite/file_transactions.hpp"
#include "store/sqlite/garbage_transactions.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/upload_transactions.hpp"
#include "store/sqlite/writer.hpp"

namespace partwise {

using sqlite::Database;
using sqlite::DatabaseOptions;
using sqlite::Snapshot;
using sqlite::Space;
using sqlite::Transaction;

namespace {

// A clock that is set back makes an overdue upload pending again.
constexpr int kLooksMax = 3;

Result<std::unique_ptr<Database>> connect(const SqliteOptions& options, bool create,
                                          std::uint64_t cache_bytes) {
  return Database::open({.path = options.path,
                         .create = create,
                         .read_only = false,
                         .sync_every_commit = options.sync_every_commit,
                         .busy_timeout = options.limits.busy_timeout,
                         .cache_bytes = cache_bytes,
                         .vfs = options.vfs});
}

// The writing connection, with the file recovered and up to date.
Result<std::unique_ptr<Database>> connect_writer(const SqliteOptions& options) {
  TRY(auto database, connect(options, true, options.limits.cache_bytes));
  CHECK(sqlite::migrate(*database, options.may_migrate));
  // Twice the limit, because a log may pass it while a reader is in the way.
  CHECK(database->extend_log_index(2 * options.limits.wal_bytes_max));
  return database;
}

// Syncs what the last run has left in the log. What another process writes meanwhile, or what does
// not fit now, is moved later.
Result<> move_log(Database& database) {
  auto moved = database.checkpoint(SQLITE_CHECKPOINT_PASSIVE, std::chrono::milliseconds{0});
  if (!moved && moved.error().code != ErrorCode::out_of_space) {
    return fail(std::move(moved).error());
  }
  return {};
}

}  // namespace

SqliteStore::SqliteStore(std::unique_ptr<sqlite::Writer> writer,
                         std::unique_ptr<sqlite::Reader> reader)
    : writer_(std::move(writer)), reader_(std::move(reader)) {}

SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(SqliteOptions options, Clock& clock,
                                                       Log& log) {
  sqlite::configure_sqlite();
  sqlite::Reserve reserve(options.path + "-reserve", options.limits.reserve_bytes, options.vfs);
  if (!reserve.acquire())
    log.warning("the volume of the metadata is full: only what frees space is served");
  auto opened = connect_writer(options);
  if (!opened && reserve.held()) {
    // The volume may be too full even for the index of the log. Where something else is wrong, it
    // still is.
    reserve.release();
    opened = connect_writer(options);
  }
  TRY(auto writing, std::move(opened));
  // Once: after a sync that failed another would report a success for what the system has dropped.
  if (auto moved = move_log(*writing); !moved) {
    writing->keep_log_on_close();  // Closing would try it again.
    return fail(std::move(moved).error());
  }
  TRY(auto reading, connect(options, false, options.limits.reader_cache_bytes));
  TRY(auto checkpointing, connect(options, false, 0));
  TRY(const std::uint64_t reap_jobs, sqlite::count_jobs(*writing));

  auto writer = std::make_unique<sqlite::Writer>(sqlite::WriterParts{
      .database = std::move(writing),
      .checkpointing = std::move(checkpointing),
      .reserve = std::move(reserve),
      .clock = clock,
      .log = log,
      .core_limits = options.core_limits,
      .limits = options.limits,
      .on_fatal = std::move(options.on_fatal),
      .reap_jobs_at_start = reap_jobs,
  });
  auto reader = std::make_unique<sqlite::Reader>(std::move(reading), clock, options.limits,
                                                 writer->stopped());
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(writer), std::move(reader)));
}

Task<Result<Upload>> SqliteStore::create_upload(NewUpload upload) {
  return writer_->run<Upload>(Space::takes, [upload = std::move(upload)](Transaction& tx) {
    return sqlite::create_upload(tx, upload);
  });
}

Task<Result<Upload>> SqliteStore::find_upload(OwnedUploadId id) {
  return writer_->run<Upload>(
      Space::frees, [id = std::move(id)](Transaction& tx) { return sqlite::find_upload(tx, id); });
}

Task<Result<Page<Upload>>> SqliteStore::list_uploads(ProjectId project, PageRequest page) {
  return reader_->run<Page<Upload>>(
      [project = std::move(project), page = std::move(page)](Snapshot& view) {
        return sqlite::list_uploads(view, project, page);
      });
}

Task<Result<Page<Part>>> SqliteStore::list_parts(OwnedUploadId id, PageRequest page) {
  for (int look = 0; look < kLooksMax; ++look) {
    auto read = [id, page](Snapshot& view) { return sqlite::list_parts(view, id, page); };
    auto parts = co_await reader_->run<Page<Part>>(std::move(read));
    if (parts || parts.error().code != ErrorCode::would_block) co_return parts;
    CO_TRY(const auto upload, co_await find_upload(id));  // Moves it to expired.
    // Unless the clock was set back between the two.
    if (!std::holds_alternative<Pending>(upload.state)) co_return Page<Part>{};
  }
  co_return fail(ErrorCode::overloaded, "The clock is being set. Try again.");
}

Task<Result<Part>> SqliteStore::add_part(OwnedUploadId id, NewPart part) {
  return writer_->run<Part>(Space::takes,
                            [id = std::move(id), part = std::move(part)](Transaction& tx) {
                              return sqlite::add_part(tx, id, part);
                            });
}

Task<Result<CompleteOutcome>> SqliteStore::complete_upload(OwnedUploadId id,
                                                           CompleteRequest request) {
  return writer_->run<CompleteOutcome>(
      Space::takes, [id = std::move(id), request = std::move(request)](Transaction& tx) {
        return sqlite::complete_upload(tx, id, request);
      });
}

Task<Result<Upload>> SqliteStore::cancel_upload(OwnedUploadId id) {
  return writer_->run<Upload>(Space::frees, [id = std::move(id)](Transaction& tx) {
    return sqlite::cancel_upload(tx, id);
  });
}

Task<Result<std::uint64_t>> SqliteStore::check_quota(ProjectId project, std::uint64_t bytes) {
  // Not behind the lists: a part waits for it.
  return writer_->run<std::uint64_t>(Space::frees,
                                     [project = std::move(project), bytes](Transaction& tx) {
                                       return sqlite::check_quota(tx, project, bytes);
                                     });
}

Task<Result<StoredFile>> SqliteStore::create_file(NewFile file) {
  return writer_->run<StoredFile>(Space::takes, [file = std::move(file)](Transaction& tx) {
    return sqlite::create_file(tx, file);
  });
}

Task<Result<FileContent>> SqliteStore::find_file(OwnedFileId id) {
  return writer_->run<FileContent>(
      Space::frees, [id = std::move(id)](Transaction& tx) { return sqlite::find_file(tx, id); });
}

Task<Result<Page<StoredFile>>> SqliteStore::list_files(ProjectId project, PageRequest page) {
  return reader_->run<Page<StoredFile>>(
      [project = std::move(project), page = std::move(page)](Snapshot& view) {
        return sqlite::list_files(view, project, page);
      });
}

Task<Result<StoredFile>> SqliteStore::delete_file(OwnedFileId id) {
  return writer_->run<StoredFile>(
      Space::frees, [id = std::move(id)](Transaction& tx) { return sqlite::delete_file(tx, id); });
}

Task<Result<>> SqliteStore::record_intent(BlobKey key, RunId run) {
  return writer_->run<void>(Space::takes, [key, run = std::move(run)](Transaction& tx) {
    return sqlite::record_intent(tx, key, run);
  });
}

Task<Result<>> SqliteStore::release_intent(BlobKey key) {
  return writer_->run<void>(Space::frees,
                            [key](Transaction& tx) { return sqlite::release_intent(tx, key); });
}

Task<Result<ReapBatch>> SqliteStore::claim_work(RunId run, std::uint32_t blobs_max,
                                                ClaimFilter filter) {
  return writer_->run<ReapBatch>(
      Space::frees, [run = std::move(run), blobs_max, filter = std::move(filter)](Transaction& tx) {
        return sqlite::claim_work(tx, run, blobs_max, filter);
      });
}

Task<Result<>> SqliteStore::settle_work(std::vector<ReapWork> work) {
  return writer_->run<void>(Space::frees, [work = std::move(work)](Transaction& tx) {
    return sqlite::settle_work(tx, work);
  });
}

Task<Result<SweepOutcome>> SqliteStore::sweep(std::uint32_t rows_max,
                                              std::chrono::seconds ended_ttl) {
  return writer_->run<SweepOutcome>(Space::frees, [rows_max, ended_ttl](Transaction& tx) {
    return sqlite::sweep(tx, rows_max, ended_ttl);
  });
}

Task<Result<ApiKey>> SqliteStore::create_key(NewKey key) {
  return writer_->run<ApiKey>(Space::takes, [key = std::move(key)](Transaction& tx) {
    return sqlite::create_key(tx, key);
  });
}

Task<Result<ApiKey>> SqliteStore::revoke_key(KeyId id) {
  return writer_->run<ApiKey>(
      Space::frees, [id = std::move(id)](Transaction& tx) { return sqlite::revoke_key(tx, id); });
}

Task<Result<std::vector<ApiKey>>> SqliteStore::list_keys() {
  return reader_->run<std::vector<ApiKey>>([](Snapshot& view) { return view.tables.keys.all(); });
}

Task<Result<std::uint64_t>> SqliteStore::keys_version() {
  // Not behind the lists: a revoked key must be known within a second, whatever else is asked.
  return writer_->run<std::uint64_t>(Space::frees,
                                     [](Transaction& tx) { return tx.tables.keys.version(); });
}

Task<Result<Project>> SqliteStore::create_project(ProjectId id, Quotas quotas) {
  return writer_->run<Project>(Space::takes, [id = std::move(id), quotas](Transaction& tx) {
    return sqlite::create_project(tx, id, quotas);
  });
}

Task<Result<Project>> SqliteStore::set_quotas(ProjectId id, Quotas quotas) {
  return writer_->run<Project>(Space::takes, [id = std::move(id), quotas](Transaction& tx) {
    return sqlite::set_quotas(tx, id, quotas);
  });
}

Task<Result<std::vector<Usage>>> SqliteStore::usage(std::optional<ProjectId> project) {
  return reader_->run<std::vector<Usage>>(
      [project = std::move(project)](Snapshot& view) { return sqlite::usage(view, project); });
}

Task<Result<OwnerPage>> SqliteStore::owners(OwnerCursor cursor, std::uint32_t blobs_max) {
  return reader_->run<OwnerPage>(
      [cursor, blobs_max](Snapshot& view) { return view.tables.owners.page(cursor, blobs_max); });
}

Task<Result<std::vector<CatalogBlob>>> SqliteStore::still_owned(std::vector<CatalogBlob> blobs) {
  return reader_->run<std::vector<CatalogBlob>>(
      [blobs = std::move(blobs)](Snapshot& view) { return view.tables.owners.still_owned(blobs); });
}

SqliteFigures SqliteStore::figures() const {
  SqliteFigures figures = writer_->figures();
  figures.reader_queue_length = reader_->queue_length();
  return figures;
}

}  // namespace partwise
