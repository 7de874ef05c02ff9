#pragma once

// What an online check sees, with a gate before and after each look. What is decorated outlives it.

#include <utility>

#include "core/live_blobs.hpp"
#include "core/live_catalog.hpp"
#include "support/gates.hpp"

namespace partwise::test {

// Gates `check.owners` and `check.still_owned`, each `.before` and `.after`.
class GatedLiveCatalog final : public LiveCatalog {
 public:
  GatedLiveCatalog(LiveCatalog& inner, Gates& gates) : inner_(inner), gates_(gates) {}

  Task<Result<OwnerPage>> owners(OwnerCursor cursor, std::uint32_t blobs_max) override {
    return gates_.around("check.owners", inner_.owners(cursor, blobs_max));
  }
  Task<Result<std::vector<CatalogBlob>>> still_owned(std::vector<CatalogBlob> blobs) override {
    return gates_.around("check.still_owned", inner_.still_owned(std::move(blobs)));
  }

 private:
  LiveCatalog& inner_;
  Gates& gates_;
};

// Gates `check.list` of the first and of the last group alone, and `check.sizes`.
class GatedLiveBlobs final : public LiveBlobs {
 public:
  GatedLiveBlobs(LiveBlobs& inner, Gates& gates) : inner_(inner), gates_(gates) {}

  Task<Result<BlobGroup>> list(std::uint32_t group) override {
    if (group != 0 && group + 1 != kBlobGroups) return inner_.list(group);
    return gates_.around("check.list", inner_.list(group));
  }
  Task<Result<std::vector<Result<std::uint64_t>>>> sizes(std::vector<BlobKey> keys) override {
    return gates_.around("check.sizes", inner_.sizes(std::move(keys)));
  }

 private:
  LiveBlobs& inner_;
  Gates& gates_;
};

}  // namespace partwise::test
