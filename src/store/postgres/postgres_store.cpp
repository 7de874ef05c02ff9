#include "store/postgres/postgres_store.hpp"

#include <fmt/format.h>

#include "core/transitions.hpp"
#include "store/postgres/account_transactions.hpp"
#include "store/postgres/file_transactions.hpp"
#include "store/postgres/garbage_transactions.hpp"
#include "store/postgres/intent_rows.hpp"
#include "store/postgres/key_rows.hpp"
#include "store/postgres/listener.hpp"
#include "store/postgres/migrations.hpp"
#include "store/postgres/owner_rows.hpp"
#include "store/postgres/part_rows.hpp"
#include "store/postgres/pool.hpp"
#include "store/postgres/project_rows.hpp"
#include "store/postgres/upload_transactions.hpp"
#include "store/postgres/usage_rows.hpp"

namespace partwise {

using postgres::Access;
using postgres::Created;
using postgres::Pool;
using postgres::Transaction;
using postgres::upload_rows::Seen;

namespace {

// A clock that is set back makes an overdue upload pending again, and an id may be made between two
// looks at it.
constexpr int kLooksMax = 4;

Error changing() { return {ErrorCode::overloaded, "The upload is changing. Try again."}; }

}  // namespace

// What the pools refer to.
struct PostgresStore::Foundation {
  std::unique_ptr<const postgres::LibPq> pq;
  postgres::Location location;
};

PostgresStore::PostgresStore(std::unique_ptr<Foundation> foundation, PostgresOptions options,
                             const Clock& clock, Log& log)
    : foundation_(std::move(foundation)), options_(std::move(options)), clock_(clock) {
  const auto pool_of = [&](std::size_t connections) {
    return std::make_unique<Pool>(postgres::PoolParts{.pq = *foundation_->pq,
                                                      .location = foundation_->location,
                                                      .log = log,
                                                      .core_limits = options_.core_limits,
                                                      .limits = options_.limits,
                                                      .connections = connections});
  };
  verbs_ = pool_of(options_.is_node ? options_.limits.connections : 1);
  lists_ = pool_of(options_.is_node ? options_.limits.list_connections : 1);
  if (!options_.is_node) return;
  listener_ = std::make_unique<postgres::Listener>(
      postgres::ListenerParts{.pq = *foundation_->pq,
                              .location = foundation_->location,
                              .log = log,
                              .limits = options_.limits,
                              .on_news = [this](std::string_view payload) { on_news(payload); },
                              .on_turn = [this](bool is_reachable) { on_turn(is_reachable); }});
}

PostgresStore::~PostgresStore() {
  *hear_ = {};
  listener_.reset();
}

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(PostgresOptions options,
                                                           const Clock& clock, Log& log) {
  auto foundation = std::make_unique<Foundation>();
  TRY(foundation->pq, postgres::LibPq::load());
  TRY(foundation->location, postgres::Location::parse(*foundation->pq, options.url));
  TRY(const auto connection,
      postgres::Connection::open(*foundation->pq, foundation->location, options.limits));
  if (options.migration == PostgresMigration::none) {
    CHECK(postgres::require_newest(*connection));
  } else {
    CHECK(postgres::migrate(*connection, options.migration == PostgresMigration::any));
  }
  if (options.is_node) {
    TRY(const bool is_node, postgres::be_a_node(*connection));
    if (!is_node) {
      return fail(ErrorCode::overloaded,
                  fmt::format("`partwise fsck` is checking {}.", foundation->location.shown));
    }
  }
  if (options.agree_on_blobs) {
    CHECK(postgres::bind_blobs(*connection, [&](const postgres::StoreName& name) {
      return options.agree_on_blobs(name.id, name.blobs_id);
    }));
    options.agree_on_blobs = {};  // It may refer to what its caller has on the stack.
  }
  return std::unique_ptr<PostgresStore>(
      new PostgresStore(std::move(foundation), std::move(options), clock, log));
}

const std::string& PostgresStore::shown() const { return foundation_->location.shown; }

bool PostgresStore::is_reachable() const {
  return verbs_->is_reachable() && listener_is_connected_;
}

PostgresFigures PostgresStore::figures() const {
  PostgresFigures figures = verbs_->figures();
  const PostgresFigures lists = lists_->figures();
  figures.list_queue_length = lists.queue_length;
  figures.connects += lists.connects;
  figures.repeated += lists.repeated;
  return figures;
}

Task<Result<Upload>> PostgresStore::create_upload(NewUpload upload) {
  const OwnedUploadId own{upload.project, upload.id};
  std::optional<UploadId> gone_id;
  for (int look = 0; look < kLooksMax; ++look) {
    auto work = [upload, gone_id](Transaction& tx) {
      return postgres::create_upload(tx, upload, gone_id);
    };
    postgres::LookUp<Created> find_done = [own](Transaction& tx) -> Result<std::optional<Created>> {
      TRY(auto made, postgres::upload_rows::find_made(tx, own));
      if (!made) return std::nullopt;
      return Created{.upload = std::move(made), .made_before = {}};
    };
    auto created =
        co_await verbs_->run<Created>(Access::writes, std::move(work), std::move(find_done));
    if (!created) co_return fail(std::move(created).error());
    if (created->upload) co_return std::move(*created->upload);
    auto made_before = co_await find_upload({upload.project, created->made_before});
    const bool is_gone = !made_before && made_before.error().code == ErrorCode::not_found;
    if (!is_gone) co_return made_before;
    gone_id = created->made_before;
  }
  co_return fail(changing());
}

Task<Result<Upload>> PostgresStore::find_upload(OwnedUploadId id) {
  for (int look = 0; look < kLooksMax; ++look) {
    auto read = [id](Transaction& tx) { return postgres::look_at(tx, id); };
    CO_TRY(auto seen, co_await verbs_->run<Seen>(Access::one_read, std::move(read)));
    if (!is_overdue(seen.upload, seen.now)) co_return std::move(seen.upload);
    auto meet = [id](Transaction& tx) { return postgres::meet_deadline(tx, id); };
    auto met = co_await verbs_->run<Upload>(Access::writes, std::move(meet));
    if (met || met.error().code != ErrorCode::would_block) co_return met;
  }
  co_return fail(changing());
}

Task<Result<Page<Upload>>> PostgresStore::list_uploads(ProjectId project, PageRequest page) {
  return lists_->run<Page<Upload>>(
      Access::snapshot, [project = std::move(project), page = std::move(page)](Transaction& view) {
        return postgres::list_uploads(view, project, page);
      });
}

Task<Result<Page<Part>>> PostgresStore::list_parts(OwnedUploadId id, PageRequest page) {
  for (int look = 0; look < kLooksMax; ++look) {
    auto read = [id, page](Transaction& view) { return postgres::list_parts(view, id, page); };
    auto parts = co_await lists_->run<Page<Part>>(Access::snapshot, std::move(read));
    if (parts || parts.error().code != ErrorCode::would_block) co_return parts;
    CO_TRY(const auto upload, co_await find_upload(id));  // Moves it to expired.
    if (!std::holds_alternative<Pending>(upload.state)) co_return Page<Part>{};
  }
  co_return fail(changing());
}

Task<Result<Part>> PostgresStore::add_part(OwnedUploadId id, NewPart part) {
  for (int look = 0; look < kLooksMax; ++look) {
    auto work = [id, part](Transaction& tx) { return postgres::add_part(tx, id, part); };
    postgres::LookUp<Part> find_done = [id, part](Transaction& tx) {
      return postgres::part_rows::find_made(tx, part.id, id.id);
    };
    auto added = co_await verbs_->run<Part>(Access::writes, std::move(work), std::move(find_done));
    if (added || added.error().code != ErrorCode::would_block) co_return added;
    CO_TRY(const auto upload, co_await find_upload(id));  // Moves it to expired.
    if (!std::holds_alternative<Pending>(upload.state)) co_return fail(not_pending(upload));
  }
  co_return fail(changing());
}

Task<Result<CompleteOutcome>> PostgresStore::complete_upload(OwnedUploadId id,
                                                             CompleteRequest request) {
  postgres::LookUp<CompleteOutcome> find_done = [id, file = request.file_id](Transaction& tx) {
    return postgres::find_completed(tx, id, file);
  };
  auto work = [id = std::move(id), request = std::move(request)](Transaction& tx) {
    return postgres::complete_upload(tx, id, request);
  };
  auto outcome =
      co_await verbs_->run<CompleteOutcome>(Access::writes, std::move(work), std::move(find_done));
  if (!outcome && outcome.error().code == ErrorCode::would_block) co_return fail(changing());
  co_return outcome;
}

Task<Result<Upload>> PostgresStore::cancel_upload(OwnedUploadId id) {
  auto work = [id = std::move(id)](Transaction& tx) { return postgres::cancel_upload(tx, id); };
  auto cancelled = co_await verbs_->run<Upload>(Access::writes, std::move(work));
  if (!cancelled && cancelled.error().code == ErrorCode::would_block) co_return fail(changing());
  co_return cancelled;
}

Task<Result<std::uint64_t>> PostgresStore::check_quota(ProjectId project, std::uint64_t bytes) {
  return verbs_->run<std::uint64_t>(Access::one_read,
                                    [project = std::move(project), bytes](Transaction& tx) {
                                      return postgres::check_quota(tx, project, bytes);
                                    });
}

Task<Result<StoredFile>> PostgresStore::create_file(NewFile file) {
  postgres::LookUp<StoredFile> find_done =
      [id = OwnedFileId{file.project, file.id}](Transaction& tx) {
        return postgres::file_rows::find_made(tx, id);
      };
  return verbs_->run<StoredFile>(
      Access::writes,
      [file = std::move(file)](Transaction& tx) { return postgres::create_file(tx, file); },
      std::move(find_done));
}

Task<Result<FileContent>> PostgresStore::find_file(OwnedFileId id) {
  return verbs_->run<FileContent>(Access::one_read, [id = std::move(id)](Transaction& tx) {
    return postgres::find_file(tx, id);
  });
}

Task<Result<Page<StoredFile>>> PostgresStore::list_files(ProjectId project, PageRequest page) {
  return lists_->run<Page<StoredFile>>(
      Access::snapshot, [project = std::move(project), page = std::move(page)](Transaction& view) {
        return postgres::list_files(view, project, page);
      });
}

Task<Result<StoredFile>> PostgresStore::delete_file(OwnedFileId id) {
  // The file was living in the transaction whose answer was lost, so whoever buried it did so
  // meanwhile.
  postgres::LookUp<StoredFile> find_done = [id](Transaction& tx) {
    return postgres::file_rows::find_buried(tx, id);
  };
  return verbs_->run<StoredFile>(
      Access::writes,
      [id = std::move(id)](Transaction& tx) { return postgres::delete_file(tx, id); },
      std::move(find_done));
}

Task<Result<>> PostgresStore::record_intent(BlobKey key, RunId run) {
  return verbs_->run(Access::writes, [key, run = std::move(run)](Transaction& tx) {
    return postgres::intent_rows::record(tx, key, run);
  });
}

Task<Result<>> PostgresStore::release_intent(BlobKey key) {
  return verbs_->run(Access::writes,
                     [key](Transaction& tx) { return postgres::intent_rows::release(tx, key); });
}

Task<Result<ReapBatch>> PostgresStore::claim_work(RunId run, std::uint32_t blobs_max,
                                                  ClaimFilter filter) {
  return verbs_->run<ReapBatch>(Access::writes, [run = std::move(run), blobs_max,
                                                 filter = std::move(filter)](Transaction& tx) {
    return postgres::claim_work(tx, run, blobs_max, filter);
  });
}

Task<Result<>> PostgresStore::settle_work(std::vector<ReapWork> work) {
  return verbs_->run(Access::writes, [work = std::move(work)](Transaction& tx) {
    return postgres::settle_work(tx, work);
  });
}

Task<Result<SweepOutcome>> PostgresStore::sweep(std::uint32_t rows_max,
                                                std::chrono::seconds ended_ttl) {
  return verbs_->run<SweepOutcome>(Access::writes, [rows_max, ended_ttl](Transaction& tx) {
    return postgres::sweep(tx, rows_max, ended_ttl);
  });
}

Task<Result<ApiKey>> PostgresStore::create_key(NewKey key) {
  postgres::LookUp<ApiKey> find_done = [id = key.id](Transaction& tx) {
    return postgres::key_rows::find(tx, id);
  };
  return verbs_->run<ApiKey>(
      Access::writes,
      [key = std::move(key)](Transaction& tx) { return postgres::create_key(tx, key); },
      std::move(find_done));
}

Task<Result<ApiKey>> PostgresStore::revoke_key(KeyId id) {
  return verbs_->run<ApiKey>(Access::writes, [id = std::move(id)](Transaction& tx) {
    return postgres::revoke_key(tx, id);
  });
}

Task<Result<std::vector<ApiKey>>> PostgresStore::list_keys() {
  return lists_->run<std::vector<ApiKey>>(
      Access::one_read, [](Transaction& view) { return postgres::key_rows::all(view); });
}

Task<Result<std::uint64_t>> PostgresStore::keys_version() {
  auto read = [](Transaction& tx) { return postgres::key_rows::version(tx); };
  CO_TRY(const auto version,
         co_await verbs_->run<postgres::key_rows::Version>(Access::one_read, std::move(read)));
  clock_.set(version.now);
  co_return version.number;
}

Task<Result<Project>> PostgresStore::create_project(ProjectId id, Quotas quotas) {
  // It did not exist in the transaction whose answer was lost.
  postgres::LookUp<Project> find_done = [id](Transaction& tx) {
    return postgres::project_rows::find(tx, id);
  };
  return verbs_->run<Project>(
      Access::writes,
      [id = std::move(id), quotas](Transaction& tx) {
        return postgres::create_project(tx, id, quotas);
      },
      std::move(find_done));
}

Task<Result<Project>> PostgresStore::set_quotas(ProjectId id, Quotas quotas) {
  return verbs_->run<Project>(Access::writes, [id = std::move(id), quotas](Transaction& tx) {
    return postgres::set_quotas(tx, id, quotas);
  });
}

Task<Result<std::vector<Usage>>> PostgresStore::usage(std::optional<ProjectId> project) {
  return lists_->run<std::vector<Usage>>(
      Access::snapshot,
      [project = std::move(project)](Transaction& view) { return postgres::usage(view, project); });
}

Task<Result<OwnerPage>> PostgresStore::owners(OwnerCursor cursor, std::uint32_t blobs_max) {
  return lists_->run<OwnerPage>(Access::one_read, [cursor, blobs_max](Transaction& view) {
    return postgres::owner_rows::page(view, cursor, blobs_max);
  });
}

Task<Result<std::vector<CatalogBlob>>> PostgresStore::still_owned(std::vector<CatalogBlob> blobs) {
  return lists_->run<std::vector<CatalogBlob>>(
      Access::snapshot, [blobs = std::move(blobs)](Transaction& view) {
        return postgres::owner_rows::still_owned(view, blobs);
      });
}

void PostgresStore::announce(const UploadId& upload, std::string_view status) {
  // A transaction of its own: inside of one NOTIFY makes commits wait for each other.
  auto payload = fmt::format("{} {} {}", options_.run.text, upload.text, status);
  verbs_->post(Access::one_read, [payload = std::move(payload)](Transaction& tx) -> Result<> {
    CHECK(tx.query(postgres::Listener::announcement(), payload));
    return {};
  });
}

void PostgresStore::listen(Hear hear) { *hear_ = std::move(hear); }

void PostgresStore::on_news(std::string_view payload) {
  const auto first = payload.find(' ');
  const auto second = payload.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return;
  if (payload.substr(0, first) == options_.run.text) return;
  // Whoever may write to the database may say anything here.
  auto upload = UploadId::parse(payload.substr(first + 1, second - first - 1));
  const std::string status(payload.substr(second + 1));
  const bool is_end = status == "completed" || status == "cancelled" || status == "expired";
  if (!upload || !is_end) return;
  options_.post_to_loop([hear = hear_, upload = std::move(*upload), status] {
    if (*hear) (*hear)(upload, status);
  });
}

void PostgresStore::on_turn(bool is_reachable) {
  listener_is_connected_ = is_reachable;
  const auto now = std::chrono::steady_clock::now();
  if (!is_reachable || now < last_fold_ + options_.limits.fold_interval) return;
  last_fold_ = now;
  lists_->post(Access::writes,
               [rows_max = options_.limits.fold_rows_max](Transaction& tx) -> Result<> {
                 CHECK(postgres::usage_rows::fold(tx, rows_max));
                 return {};
               });
}

}  // namespace partwise
