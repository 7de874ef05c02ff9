#include "postgres_adapter.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "postgres/postgres_cluster.hpp"
#include "store/postgres/postgres_catalog.hpp"
#include "store/postgres/postgres_store.hpp"

namespace partwise::test {

namespace {

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// The database's clock is the test's: each port that is asked for is preceded by setting it.
class PostgresStores final : public MetadataStores {
 public:
  PostgresStores(PostgresCluster& cluster, Clock& clock, const CoreLimits& limits)
      : clock_(clock), url_(cluster.url()) {
    cluster.empty();
    store_ = value_of(
        PostgresStore::open({.url = url_, .core_limits = limits, .is_node = false}, clock, log_));
    setter_ = cluster.connect();
    setter_->send("CREATE TABLE test_clock (moment bigint NOT NULL)");
    setter_->send("INSERT INTO test_clock VALUES (0)");
    setter_->send(
        "CREATE OR REPLACE FUNCTION partwise_moment() RETURNS bigint LANGUAGE sql VOLATILE"
        " AS 'SELECT moment FROM test_clock'");
    value_of(setter_->exchange());
  }
  UploadStore& uploads() override { return now(); }
  GarbageStore& garbage() override { return now(); }
  AccountStore& accounts() override { return now(); }
  LiveCatalog& catalog() override { return now(); }
  std::vector<std::string> contradictions() override {
    auto catalog = value_of(PostgresCatalog::open(url_));
    auto sentences = value_of(catalog->contradictions());
    for (auto& counter : value_of(wrong_sums(*catalog))) {
      sentences.push_back(std::move(counter.sentence));
    }
    return sentences;
  }

 private:
  PostgresStore& now() {
    static const postgres::Statement kSet{"set", "UPDATE test_clock SET moment = $1"};
    if (set_to_ != clock_.now()) {
      set_to_ = clock_.now();
      setter_->send(kSet, postgres::Params(*set_to_));
      value_of(setter_->exchange());
    }
    return *store_;
  }

  Clock& clock_;
  const std::string url_;
  NullLog log_;
  std::unique_ptr<PostgresStore> store_;
  std::unique_ptr<postgres::Connection> setter_;
  std::optional<Timestamp> set_to_;
};

}  // namespace

std::unique_ptr<MetadataStores> make_postgres_stores(Clock& clock, const CoreLimits& limits) {
  auto* cluster = PostgresCluster::shared();
  if (cluster == nullptr) return nullptr;
  return std::make_unique<PostgresStores>(*cluster, clock, limits);
}

}  // namespace partwise::test
