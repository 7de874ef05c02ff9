// The adapters that the suites run on. Adding one here runs every suite on it.

#include <fmt/format.h>

#include <stdexcept>

#include "metadata_contract.hpp"
#include "postgres_adapter.hpp"
#include "store/memory/metadata_store.hpp"
#include "store/sqlite/sqlite_catalog.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/faulty_vfs.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

namespace {

template <Sharing sharing>
class MemoryStores final : public MetadataStores {
 public:
  MemoryStores(Clock& clock, const CoreLimits& limits) : store_(clock, limits, sharing) {}
  UploadStore& uploads() override { return store_; }
  GarbageStore& garbage() override { return store_; }
  AccountStore& accounts() override { return store_; }
  LiveCatalog& catalog() override { return store_; }
  std::vector<std::string> contradictions() override { return {}; }

 private:
  MemoryMetadataStore store_;
};

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Without syncs, because these suites ask what the verbs do and not what survives; that is tested
// beside the adapter.
class SqliteStores final : public MetadataStores {
 public:
  SqliteStores(Clock& clock, const CoreLimits& limits) {
    vfs_.skip_syncs();
    SqliteOptions options{.path = path_, .core_limits = limits, .limits = {}, .vfs = vfs_.name()};
    options.limits.reserve_bytes = 0;
    store_ = value_of(SqliteStore::open(std::move(options), clock, log_));
  }
  UploadStore& uploads() override { return *store_; }
  GarbageStore& garbage() override { return *store_; }
  AccountStore& accounts() override { return *store_; }
  LiveCatalog& catalog() override { return *store_; }
  std::vector<std::string> contradictions() override {
    auto catalog = value_of(SqliteCatalog::open(path_, vfs_.name()));
    auto sentences = value_of(catalog->contradictions());
    for (auto& counter : value_of(wrong_sums(*catalog))) {
      sentences.push_back(std::move(counter.sentence));
    }
    return sentences;
  }

 private:
  FaultyVfs vfs_{"contract"};
  TemporaryDirectory directory_;
  std::string path_ = directory_ / "metadata.sqlite";
  NullLog log_;
  std::unique_ptr<SqliteStore> store_;
};

template <class Stores>
std::unique_ptr<MetadataStores> make(Clock& clock, const CoreLimits& limits) {
  return std::make_unique<Stores>(clock, limits);
}

template <class Stores>
std::unique_ptr<MetadataStores> make_without_grace(Clock& clock, const CoreLimits& limits) {
  CoreLimits impatient = limits;
  impatient.reader_grace = std::chrono::seconds{0};
  return std::make_unique<Stores>(clock, impatient);
}

std::unique_ptr<MetadataStores> make_postgres_without_grace(Clock& clock,
                                                            const CoreLimits& limits) {
  CoreLimits impatient = limits;
  impatient.reader_grace = std::chrono::seconds{0};
  return make_postgres_stores(clock, impatient);
}

using OwnMemory = MemoryStores<Sharing::one_process>;
using SharedMemory = MemoryStores<Sharing::many_nodes>;

}  // namespace

std::vector<Adapter> all_adapters() {
  return {{"memory", make<OwnMemory>},
          {"sqlite", make<SqliteStores>},
          {"shared_memory", make_without_grace<SharedMemory>},
          {"postgres", make_postgres_without_grace}};
}

std::vector<Adapter> one_process_adapters() {
  return {{"memory", make<OwnMemory>}, {"sqlite", make<SqliteStores>}};
}

std::vector<Adapter> shared_adapters() {
  return {{"shared_memory", make<SharedMemory>}, {"postgres", make_postgres_stores}};
}

}  // namespace partwise::test
