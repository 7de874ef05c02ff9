#pragma once

// The metadata as something that outlives each run of the server. Its verbs never suspend. One of
// two: the tables in memory, where a transaction is durable as soon as it has run; or the real
// SQLite transactions, on the simulated disk.

#include <memory>

#include "core/account_store.hpp"
#include "core/garbage_store.hpp"
#include "core/limits.hpp"
#include "core/live_catalog.hpp"
#include "core/sharing.hpp"
#include "core/upload_store.hpp"
#include "disk.hpp"
#include "mutation.hpp"
#include "store/memory/metadata_store.hpp"

namespace partwise::sim {

class DurableStore {
 public:
  virtual ~DurableStore() = default;
  [[nodiscard]] virtual UploadStore& uploads() = 0;
  [[nodiscard]] virtual GarbageStore& garbage() = 0;
  [[nodiscard]] virtual AccountStore& accounts() = 0;
  [[nodiscard]] virtual LiveCatalog& catalog() = 0;

  // Verbs in between are one transaction, each of which can be undone by itself.
  [[nodiscard]] virtual Result<> begin() = 0;
  // `fails`: something fails on the way, and the outcome is unknown.
  [[nodiscard]] virtual Result<> commit(bool fails) = 0;
  // Whether a commit that fails may have happened in part on the disk. Where not, it has happened
  // if it was begun.
  [[nodiscard]] virtual bool is_on_disk() const = 0;

  // The process ends, and starts again on what the disk has then.
  virtual void close() = 0;
  [[nodiscard]] virtual Result<> open() = 0;
  // What its own checker finds wrong.
  [[nodiscard]] virtual std::vector<std::string> contradictions() = 0;
};

class MemoryDurableStore final : public DurableStore {
 public:
  MemoryDurableStore(Clock& clock, CoreLimits limits, Sharing sharing)
      : store_(clock, limits, sharing) {}

  UploadStore& uploads() override { return store_; }
  GarbageStore& garbage() override { return store_; }
  AccountStore& accounts() override { return store_; }
  LiveCatalog& catalog() override { return store_; }
  Result<> begin() override { return {}; }
  Result<> commit(bool) override { return {}; }
  bool is_on_disk() const override { return false; }
  void close() override {}
  Result<> open() override { return {}; }
  std::vector<std::string> contradictions() override { return {}; }

 private:
  MemoryMetadataStore store_;
};

// All outlive the store. Throws where the database cannot be made.
[[nodiscard]] std::unique_ptr<DurableStore> make_sql_store(Disk& disk, Clock& clock,
                                                           CoreLimits limits, Mutation mutation);

}  // namespace partwise::sim
