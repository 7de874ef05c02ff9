#include "backend.hpp"

#include <algorithm>
#include <filesystem>

#include "base/thread_pool.hpp"
#include "store/disk/disk_blob_store.hpp"
#include "store/disk/disk_live_blobs.hpp"
#include "store/memory/blob_store.hpp"
#include "store/memory/metadata_store.hpp"
#include "store/sqlite/sqlite_catalog.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

namespace {

template <Sharing sharing>
class MemoryBackend final : public Backend {
 public:
  MemoryBackend(Clock& clock, const CoreLimits& limits) : metadata_(clock, limits, sharing) {}

  UploadStore& uploads() override { return metadata_; }
  GarbageStore& garbage() override { return metadata_; }
  AccountStore& accounts() override { return metadata_; }
  BlobStore& blobs() override { return blobs_; }
  void keep_blobs(bool keeps) override { blobs_.keep_all(keeps); }
  LiveCatalog& catalog() override { return metadata_; }
  LiveBlobs& live_blobs() override { return blobs_; }
  void put_blob(BlobKey key, const std::string& content) override { blobs_.put(key, content); }
  bool has_blob(BlobKey key) override { return blobs_.contains(key); }
  std::size_t blob_count() override { return blobs_.blob_count(); }
  std::vector<std::string> contradictions() override { return {}; }

 private:
  MemoryMetadataStore metadata_;
  MemoryBlobStore blobs_;
};

class EmbeddedBackend final : public Backend {
 public:
  EmbeddedBackend(Clock& clock, const CoreLimits& limits)
      : directory_(TemporaryDirectory::On::memory),
        files_(make_posix_file_system()),
        workers_(2),
        metadata_(open_metadata(clock, limits)),
        blobs_(open_blobs()),
        live_blobs_(*files_, workers_, directory_.path()) {}

  UploadStore& uploads() override { return *metadata_; }
  GarbageStore& garbage() override { return *metadata_; }
  AccountStore& accounts() override { return *metadata_; }
  BlobStore& blobs() override { return *blobs_; }
  void keep_blobs(bool keeps) override {
    hold_ = nullptr;
    // The store may be asking at this moment, and has it for itself then.
    while (keeps && !hold_) hold_ = files_->hold(directory_.path()).value_or(nullptr);
  }
  LiveCatalog& catalog() override { return *metadata_; }
  LiveBlobs& live_blobs() override { return live_blobs_; }
  void put_blob(BlobKey key, const std::string& content) override {
    files_->write_small(DiskPaths(directory_.path()).blob(key), content).value();
  }

  bool has_blob(BlobKey key) override {
    return std::filesystem::exists(DiskPaths(directory_.path()).blob(key));
  }
  std::size_t blob_count() override {
    const std::filesystem::recursive_directory_iterator all(DiskPaths(directory_.path()).blobs());
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [](const auto& entry) { return entry.is_regular_file(); }));
  }
  std::vector<std::string> contradictions() override {
    const auto catalog = SqliteCatalog::open(database()).value();
    auto sentences = catalog->contradictions().value();
    for (const WrongCounter& counter : wrong_sums(*catalog).value()) {
      sentences.push_back(counter.sentence);
    }
    return sentences;
  }

 private:
  std::string database() const { return directory_ / "metadata.db"; }

  std::unique_ptr<SqliteStore> open_metadata(Clock& clock, const CoreLimits& limits) {
    SqliteOptions options;
    options.path = database();
    options.core_limits = limits;
    options.limits.reserve_bytes = 0;
    return SqliteStore::open(std::move(options), clock, log_).value();
  }
  std::unique_ptr<DiskBlobStore> open_blobs() {
    // Containers have small file systems in memory.
    DiskLimits limits;
    limits.reserve_bytes = 0;
    return DiskBlobStore::open({.files = *files_,
                                .workers = workers_,
                                .log = log_,
                                .data_directory = directory_.path(),
                                .limits = limits})
        .value();
  }

  const TemporaryDirectory directory_;
  NullLog log_;
  const std::unique_ptr<FileSystem> files_;
  ThreadPool workers_;
  const std::unique_ptr<SqliteStore> metadata_;
  const std::unique_ptr<DiskBlobStore> blobs_;
  std::unique_ptr<FileLock> hold_;
  DiskLiveBlobs live_blobs_;
};

template <class Kind>
std::unique_ptr<Backend> make(Clock& clock, const CoreLimits& limits) {
  return std::make_unique<Kind>(clock, limits);
}

}  // namespace

std::vector<BackendKind> all_backends() {
  return {{"Memory", &make<MemoryBackend<Sharing::one_process>>},
          {"SqliteAndDisk", &make<EmbeddedBackend>}};
}

std::vector<BackendKind> shared_backends() {
  return {{"Memory", &make<MemoryBackend<Sharing::many_nodes>>, Sharing::many_nodes}};
}

}  // namespace partwise::test
