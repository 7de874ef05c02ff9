#pragma once

// A store on an empty database, and short words for its verbs.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <stdexcept>

#include "postgres/postgres_cluster.hpp"
#include "store/postgres/postgres_catalog.hpp"
#include "store/postgres/postgres_store.hpp"
#include "support/run_task.hpp"
#include "support/running.hpp"

namespace partwise::test {

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    cluster_ = PostgresCluster::shared();
    if (cluster_ == nullptr) GTEST_SKIP() << PostgresCluster::kMissing;
    cluster_->empty();
  }
  void TearDown() override {
    store_.reset();
    if (cluster_ == nullptr) return;
    auto catalog = PostgresCatalog::open(cluster_->url());
    if (!catalog) return;  // The test made no store.
    const auto contradictions = (*catalog)->contradictions();
    ASSERT_TRUE(contradictions) << contradictions.error().message;
    for (const std::string& sentence : *contradictions) ADD_FAILURE() << sentence;
    const auto wrong = wrong_sums(**catalog);
    ASSERT_TRUE(wrong) << wrong.error().message;
    for (const WrongCounter& counter : *wrong) ADD_FAILURE() << counter.sentence;
  }

  [[nodiscard]] PostgresOptions options() {
    PostgresOptions options{.url = cluster_->url(), .run = run_};
    options.post_to_loop = [this](std::move_only_function<void()> call) {
      boost::asio::post(loop_, std::move(call));
    };
    return options;
  }
  std::unique_ptr<PostgresStore> open(PostgresOptions options) {
    auto opened = PostgresStore::open(std::move(options), clock_, log_);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }
  void open_store() { store_ = open(options()); }

  template <class T>
  T run(Task<T> task) {
    return run_task(loop_, std::move(task));
  }
  template <class T>
  T must(Task<Result<T>> task) {
    Result<T> result = run(std::move(task));
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }

  [[nodiscard]] NewUpload new_upload(std::uint64_t bytes = 1000) {
    NewUpload upload;
    upload.id = {fmt::format("upload_{:032x}", ++last_id_)};
    upload.project = project_;
    upload.bytes = bytes;
    upload.filename = "a.bin";
    upload.ttl = std::chrono::hours{1};
    return upload;
  }
  // Its intent is recorded.
  [[nodiscard]] NewPart new_part(std::uint64_t bytes) {
    const auto key = *BlobKey::parse(fmt::format("{:032x}", ++last_id_));
    must(store_->record_intent(key, run_));
    return {.id = {fmt::format("part_{:032x}", last_id_)},
            .blob = {.key = key, .bytes = bytes, .crc64 = last_id_},
            .digests = {}};
  }
  [[nodiscard]] static OwnedUploadId owned(const Upload& upload) {
    return {upload.project, upload.id};
  }

  PostgresCluster* cluster_ = nullptr;
  SystemClock clock_;
  NullLog log_;
  boost::asio::io_context loop_;
  const RunId run_{"00000000000000aa"};
  const ProjectId project_{"default"};
  std::uint64_t last_id_ = 0;
  std::unique_ptr<PostgresStore> store_;
};

}  // namespace partwise::test
