#pragma once

// A blob store on disk whose file system fails where a test wants it to, and workers that run when
// a test says so.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/disk/disk_blob_store.hpp"
#include "support/blob_keys.hpp"
#include "support/faulty_file_system.hpp"
#include "support/run_task.hpp"
#include "support/scripted_byte_source.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

// Small, so that a short content makes every kind of call.
inline constexpr DiskLimits kSmall{.reserve_bytes = 1000,
                                   .free_space_check_bytes = 100,
                                   .write_back_bytes = 64,
                                   .burst_bytes = 80,
                                   .gather_bytes = 16,
                                   .read_buffer_bytes = 32,
                                   .removals_per_visit = 2};

// Remembers every line, for those that an operator must see.
class KeptLog final : public Log {
 public:
  void write(LogLevel level, std::string_view message) override {
    if (level == LogLevel::error) errors.emplace_back(message);
  }
  std::vector<std::string> errors;
};

// Runs every job at once, and says what a test wants of how much there is to do.
class CountingWorkers final : public WorkerPool {
 public:
  void post(Job job) override {
    ++visits;
    job();
  }
  [[nodiscard]] bool is_busy() const override { return busy; }

  bool busy = true;
  int visits = 0;
};

// Runs a job when a test says so.
class HeldWorkers final : public WorkerPool {
 public:
  void post(Job job) override { jobs_.push_back(std::move(job)); }
  [[nodiscard]] bool is_busy() const override { return true; }

  [[nodiscard]] std::size_t waiting() const { return jobs_.size(); }
  void run_next() {
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    job();
  }
  void run_last() {
    Job job = std::move(jobs_.back());
    jobs_.pop_back();
    job();
  }

 private:
  std::deque<Job> jobs_;
};

class DiskBlobStoreTest : public ::testing::Test {
 protected:
  Result<> open_store(Durability durability = Durability::strict, DiskLimits limits = kSmall) {
    store_.reset();
    TRY(store_, DiskBlobStore::open({.files = faulty_,
                                     .workers = workers_,
                                     .log = log_,
                                     .data_directory = directory_.path(),
                                     .durability = durability,
                                     .limits = limits}));
    return {};
  }

  void reopen(Durability durability = Durability::strict, DiskLimits limits = kSmall) {
    faulty_.heal();
    ASSERT_TRUE(open_store(durability, limits));
    faulty_.heal();  // The journal begins after the start.
  }

  // A store for a test that has its own loop; the journal begins now.
  std::unique_ptr<DiskBlobStore> open_with(WorkerPool& workers) {
    auto store = DiskBlobStore::open({.files = faulty_,
                                      .workers = workers,
                                      .log = log_,
                                      .data_directory = directory_.path(),
                                      .durability = Durability::strict,
                                      .limits = kSmall});
    faulty_.heal();
    return std::move(store).value();
  }

  Result<> put(BlobKey key, const std::string& content, std::size_t piece_bytes = 40) {
    ScriptedByteSource source;
    source.pieces(content, piece_bytes);
    TRY(auto staged, run_task(store_->stage(source, kGiB, {})));
    return run_task(store_->publish(std::move(staged), key));
  }

  Result<> admit() { return run_task(store_->admit()); }

  Result<std::string> read(BlobKey key) {
    TRY(const auto reader, run_task(store_->open(key)));
    std::string out(1000, '?');
    auto read_all = reader->read_at(0, std::as_writable_bytes(std::span(out)));
    TRY(const std::size_t count, run_task(std::move(read_all)));
    out.resize(count);
    return out;
  }

  Result<> remove(std::vector<BlobKey> keys) { return run_task(store_->remove(std::move(keys))); }

  // The names of files under blobs/ and staging/, whatever the store thinks.
  std::vector<std::string> names_on_disk() {
    const DiskPaths paths(directory_.path());
    std::vector<std::string> names;
    for (const std::string& root : {paths.blobs(), paths.staging()}) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_directory()) names.push_back(entry.path().filename().string());
      }
    }
    return names;
  }

  TemporaryDirectory directory_{TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> real_ = make_posix_file_system();
  FaultyFileSystem faulty_{*real_};
  CountingWorkers workers_;
  KeptLog log_;
  std::unique_ptr<DiskBlobStore> store_;
};

inline const std::string kContent(200, 'c');

inline Task<Result<>> put_into(DiskBlobStore& store, ByteSource& source, BlobKey key) {
  CO_TRY(auto staged, co_await store.stage(source, kGiB, {}));
  co_return co_await store.publish(std::move(staged), key);
}

}  // namespace partwise::test
