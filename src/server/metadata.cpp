#include "server/metadata.hpp"

#include <fmt/format.h>

#include <utility>

#include "server/blob_binding.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace partwise {

namespace {

class SqliteMetadata final : public Metadata {
 public:
  SqliteMetadata(std::unique_ptr<SqliteStore> store, Clock& clock)
      : store_(std::move(store)), clock_(clock) {}

  UploadStore& uploads() override { return *store_; }
  GarbageStore& garbage() override { return *store_; }
  AccountStore& accounts() override { return *store_; }
  LiveCatalog& catalog() override { return *store_; }
  Endings& endings() override { return endings_; }
  Clock& clock() override { return clock_; }
  Result<> readiness() const override { return {}; }
  void take_figures(Figures& figures) const override { figures.metadata = store_->figures(); }

 private:
  const std::unique_ptr<SqliteStore> store_;
  NoOtherNodes endings_;
  Clock& clock_;
};

class PostgresMetadata final : public Metadata {
 public:
  explicit PostgresMetadata(std::unique_ptr<PostgresStore> store) : store_(std::move(store)) {}

  UploadStore& uploads() override { return *store_; }
  GarbageStore& garbage() override { return *store_; }
  AccountStore& accounts() override { return *store_; }
  LiveCatalog& catalog() override { return *store_; }
  Endings& endings() override { return *store_; }
  Clock& clock() override { return store_->clock(); }
  Result<> readiness() const override {
    if (store_->is_reachable()) return {};
    return fail(ErrorCode::unavailable, "The database cannot be reached.");
  }
  void take_figures(Figures& figures) const override { figures.postgres = store_->figures(); }

 private:
  const std::unique_ptr<PostgresStore> store_;
};

SqliteLimits limits_of_log(std::uint64_t checkpoint_step_bytes) {
  SqliteLimits limits;
  const std::uint64_t steps_max = limits.wal_bytes_max / limits.checkpoint_step_bytes;
  limits.checkpoint_step_bytes = checkpoint_step_bytes;
  limits.wal_bytes_max = steps_max * checkpoint_step_bytes;
  return limits;
}

Result<std::unique_ptr<Metadata>> open_sqlite(MetadataParts parts) {
  SqliteOptions options{.path = parts.sqlite_path,
                        .sync_every_commit = parts.config.durability == Durability::strict,
                        .core_limits = parts.config.core,
                        .limits = limits_of_log(parts.config.checkpoint_step_bytes),
                        .on_fatal = [fatal = std::move(parts.on_fatal)](const Error&) { fatal(); }};
  TRY(auto store, SqliteStore::open(std::move(options), parts.clock, parts.log));
  return std::make_unique<SqliteMetadata>(std::move(store), parts.clock);
}

Result<std::unique_ptr<Metadata>> open_postgres(MetadataParts parts) {
  const auto agree = [&](const std::string& store_id, const std::optional<std::string>& blobs_id) {
    return agree_on_blobs(parts.files, parts.random, blobs_directory(parts.config), store_id,
                          blobs_id);
  };
  PostgresOptions options{.url = parts.config.metadata,
                          .core_limits = parts.config.core,
                          .agree_on_blobs = agree,
                          .run = parts.run,
                          .post_to_loop = std::move(parts.post_to_loop)};
  options.limits.connections = parts.config.metadata_connections;
  TRY(auto store, PostgresStore::open(std::move(options), parts.clock, parts.log));
  return std::make_unique<PostgresMetadata>(std::move(store));
}

}  // namespace

Result<std::unique_ptr<Metadata>> open_metadata(MetadataParts parts) {
  return is_shared(parts.config) ? open_postgres(std::move(parts)) : open_sqlite(std::move(parts));
}

}  // namespace partwise
