// Every statement of the adapter reads by an index: none scans a table, and none sorts. Asked of
// SQLite's own counters, after all verbs have run.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "store/sqlite/account_transactions.hpp"
#include "store/sqlite/file_transactions.hpp"
#include "store/sqlite/garbage_transactions.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/upload_transactions.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

using namespace std::chrono_literals;
using namespace partwise::sqlite;

namespace {

class QueryCost : public testing::Test {
 protected:
  QueryCost() {
    database_ = std::move(*Database::open({.path = directory_ / "metadata.sqlite",
                                           .create = true,
                                           .sync_every_commit = false,
                                           .vfs = {}}));
    EXPECT_TRUE(migrate(*database_));
    tables_ = std::make_unique<Tables>(*database_);
    tx_ =
        std::make_unique<Transaction>(*tables_, from_unix_seconds(1'000'000), limits_, *database_);
    EXPECT_TRUE(database_->execute("BEGIN; SAVEPOINT operation"));
  }
  ~QueryCost() override {
    tx_.reset();
    tables_.reset();
  }

  Upload make_upload(Purpose purpose) {
    return create_upload(*tx_, {.id = {fmt::format("upload_{:032x}", ++last_id_)},
                                .project = project_,
                                .bytes = 10,
                                .filename = "a",
                                .purpose = purpose,
                                .mime_type = {},
                                .ttl = 1h,
                                .file_ttl = 2h})
        .value();
  }
  BlobKey make_intent() {
    const BlobKey key = *BlobKey::parse(fmt::format("{:032x}", ++last_id_));
    EXPECT_TRUE(record_intent(*tx_, key, run_));
    return key;
  }
  Part make_part(const Upload& upload) {
    const BlobKey key = make_intent();
    return add_part(*tx_, {project_, upload.id},
                    {.id = {fmt::format("part_{:032x}", last_id_)},
                     .blob = {.key = key, .bytes = 10},
                     .digests = {}})
        .value();
  }
  StoredFile make_file(Purpose purpose) {
    const BlobKey key = make_intent();
    return create_file(*tx_, {.id = {fmt::format("file-{:022}", last_id_)},
                              .project = project_,
                              .purpose = purpose,
                              .filename = "a",
                              .ttl = 1h,
                              .blob = {.key = key, .bytes = 1},
                              .md5 = {}})
        .value();
  }
  // Every kind of object in every state, and every verb at least once.
  void run_every_verb();
  void walk_over_owners();
  void list_everything(const Upload& upload, const Part& part, const StoredFile& file);

  // The SQL of each prepared statement whose counter is not zero.
  std::vector<std::string> statements_that(int counter) {
    std::vector<std::string> found;
    for (sqlite3_stmt* each = sqlite3_next_stmt(database_->handle(), nullptr); each != nullptr;
         each = sqlite3_next_stmt(database_->handle(), each)) {
      if (sqlite3_stmt_status(each, counter, 0) > 0) found.emplace_back(sqlite3_sql(each));
    }
    return found;
  }

  // The steps of SQLite's machine that `work` takes.
  template <class Work>
  int steps_of(Work work) {
    const auto steps = [this] {
      int sum = 0;
      for (sqlite3_stmt* each = sqlite3_next_stmt(database_->handle(), nullptr); each != nullptr;
           each = sqlite3_next_stmt(database_->handle(), each)) {
        sum += sqlite3_stmt_status(each, SQLITE_STMTSTATUS_VM_STEP, 1);
      }
      return sum;
    };
    (void)steps();
    work();
    return steps();
  }

  TemporaryDirectory directory_;
  CoreLimits limits_;
  const ProjectId project_{"default"};
  const RunId run_{"5555555555555555"};
  std::uint64_t last_id_ = 0;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Transaction> tx_;
};

void QueryCost::list_everything(const Upload& upload, const Part& part, const StoredFile& file) {
  for (const Order order : {Order::asc, Order::desc}) {
    for (const auto purpose : {std::optional<Purpose>(), std::optional(Purpose::batch)}) {
      PageRequest page{.after = {}, .limit = 3, .order = order, .purpose = purpose};
      EXPECT_TRUE(list_uploads(*tx_, project_, page));
      EXPECT_TRUE(list_files(*tx_, project_, page));
      EXPECT_TRUE(list_parts(*tx_, {project_, upload.id}, page));
      page.after = upload.id.text;
      EXPECT_TRUE(list_uploads(*tx_, project_, page));
      page.after = file.id.text;
      EXPECT_TRUE(list_files(*tx_, project_, page));
      page.after = part.id.text;
      EXPECT_TRUE(list_parts(*tx_, {project_, upload.id}, page));
    }
  }
}

void QueryCost::walk_over_owners() {
  std::vector<CatalogBlob> owned;
  OwnerCursor cursor;
  while (!cursor.at_end()) {
    const auto page = tables_->owners.page(cursor, 7).value();
    cursor = page.next;
    for (const CatalogBlob& blob : page.blobs) {
      if (blob.owner != CatalogBlob::Owner::garbage) owned.push_back(blob);
    }
  }
  EXPECT_EQ(tables_->owners.still_owned(owned).value().size(), owned.size());
  EXPECT_GT(owned.size(), 50U);
}

void QueryCost::run_every_verb() {
  for (int i = 0; i < 20; ++i) {
    const Purpose purpose = i % 2 == 0 ? Purpose::batch : Purpose::evals;
    const Upload completed = make_upload(purpose);
    const Part used = make_part(completed);
    EXPECT_TRUE(complete_upload(*tx_, {project_, completed.id},
                                {.part_ids = {used.id.text},
                                 .md5 = {},
                                 .computed_md5 = {},
                                 .file_id = {fmt::format("file-{:022}", ++last_id_)}}));
    const Upload cancelled = make_upload(purpose);
    make_part(cancelled);
    EXPECT_TRUE(cancel_upload(*tx_, {project_, cancelled.id}));
    EXPECT_TRUE(delete_file(*tx_, {project_, make_file(purpose).id}));
    EXPECT_TRUE(find_file(*tx_, {project_, make_file(purpose).id}));
    EXPECT_TRUE(release_intent(*tx_, make_intent()));
    make_intent();
    const Upload pending = make_upload(purpose);
    const Part part = make_part(pending);
    list_everything(pending, part, make_file(purpose));
  }
  walk_over_owners();
  auto work = claim_work(*tx_, {"1111111111111111"}, 30, {});
  EXPECT_TRUE(work && settle_work(*tx_, work->work));
  tx_->now += 3h;
  EXPECT_TRUE(sweep(*tx_, 20, 1h));
  work = claim_work(*tx_, run_, 1000, {.held_through = 1'000'000, .passed_over = {}});
  EXPECT_TRUE(work && settle_work(*tx_, work->work));
  tx_->now += 24h * 60;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(sweep(*tx_, 100, 1h));
  const NewKey key{.id = {"key_000000000000000000000001"}, .project = project_, .name = {}};
  EXPECT_TRUE(create_key(*tx_, key));
  EXPECT_TRUE(revoke_key(*tx_, key.id));
  EXPECT_TRUE(tables_->keys.version());
  EXPECT_FALSE(create_project(*tx_, project_, {}));
  EXPECT_TRUE(set_quotas(*tx_, project_, {.open_uploads = 1'000'000}));
  make_upload(Purpose::batch);
  EXPECT_TRUE(usage(*tx_, project_));
  tx_->ledger.keep_operation();
  EXPECT_TRUE(tx_->ledger.write(tables_->usage));
}

}  // namespace

TEST_F(QueryCost, NoVerbScansATable) {
  run_every_verb();
  EXPECT_EQ(statements_that(SQLITE_STMTSTATUS_FULLSCAN_STEP), std::vector<std::string>());
}

TEST_F(QueryCost, NoVerbSorts) {
  run_every_verb();
  EXPECT_EQ(statements_that(SQLITE_STMTSTATUS_SORT), std::vector<std::string>());
  EXPECT_EQ(statements_that(SQLITE_STMTSTATUS_AUTOINDEX), std::vector<std::string>());
}

TEST_F(QueryCost, APageCostsTheSameAtAnyDepthEvenWithinOneSecond) {
  std::vector<std::string> uploads;
  std::vector<std::string> files;
  for (int i = 0; i < 3'000; ++i) {
    uploads.push_back(make_upload(Purpose::batch).id.text);
    files.push_back(make_file(Purpose::batch).id.text);
  }
  for (const Order order : {Order::asc, Order::desc}) {
    for (const auto purpose : {std::optional<Purpose>(), std::optional(Purpose::batch)}) {
      const auto steps_after = [&](std::size_t place) {
        return steps_of([&] {
          PageRequest page{.after = uploads[place], .limit = 5, .order = order, .purpose = purpose};
          EXPECT_EQ(list_uploads(*tx_, project_, page)->items.size(), 5U);
          page.after = files[place];
          EXPECT_EQ(list_files(*tx_, project_, page)->items.size(), 5U);
        });
      };
      EXPECT_EQ(steps_after(10), steps_after(2'990));
    }
  }
}

TEST_F(QueryCost, APageOfOwnersCostsTheSameAtAnyDepth) {
  const Upload upload = make_upload(Purpose::batch);
  for (int i = 0; i < 2000; ++i) {
    make_part(upload);
    make_file(Purpose::batch);
    make_intent();
  }
  std::map<OwnerCursor::Table, std::pair<int, int>> steps;  // The fewest and the most.
  OwnerCursor cursor;
  while (!cursor.at_end()) {
    OwnerPage page;
    const auto table = cursor.table;
    const int taken = steps_of([&] { page = tables_->owners.page(cursor, 100).value(); });
    cursor = page.next;
    if (page.blobs.size() < 100) continue;
    auto& [fewest, most] = steps.try_emplace(table, taken, taken).first->second;
    fewest = std::min(fewest, taken);
    most = std::max(most, taken);
  }
  ASSERT_EQ(steps.size(), 3U);
  for (const auto& [table, extremes] : steps) {
    // Of twenty pages; from the start of the table the last would cost twenty times the first.
    EXPECT_LE(extremes.second, 2 * extremes.first);
  }
}

TEST_F(QueryCost, AClaimCostsTheSameBesideAnyNumberOfHeldJobs) {
  const auto expire_and_claim = [this](int count) {
    for (int i = 0; i < count; ++i) make_part(make_upload(Purpose::batch));
    tx_->now += 1h;
    EXPECT_TRUE(sweep(*tx_, 10'000, 24h));
    EXPECT_TRUE(delete_file(*tx_, {project_, make_file(Purpose::batch).id}));
    int steps = steps_of([this] {
      auto batch = claim_work(*tx_, run_, 1, {});
      EXPECT_EQ(batch->work.size(), 1U);
      EXPECT_TRUE(batch->work.front().file);
      EXPECT_TRUE(settle_work(*tx_, batch->work));
    });
    return steps;
  };
  const int few = expire_and_claim(10);
  EXPECT_EQ(expire_and_claim(1'000), few);
}

TEST_F(QueryCost, TheFiguresOfAProjectCostTheSameAtAnyNumberOfRows) {
  const auto steps_after = [this](int uploads) {
    for (int i = 0; i < uploads; ++i) {
      make_part(make_upload(Purpose::batch));
      make_file(Purpose::batch);
      EXPECT_TRUE(cancel_upload(*tx_, {project_, make_upload(Purpose::batch).id}));
    }
    tx_->ledger.keep_operation();
    EXPECT_TRUE(tx_->ledger.write(tables_->usage));
    return steps_of([this] {
      const auto usages = usage(*tx_, project_);
      EXPECT_TRUE(usages && usages->front().oldest_pending);
    });
  };
  (void)steps_after(1);  // The statements are prepared once.
  const int few = steps_after(1);
  EXPECT_EQ(steps_after(3'000), few);
}

TEST_F(QueryCost, ACancelCostsTheSameForAnyNumberOfParts) {
  const auto steps_with = [this](int parts) {
    const Upload upload = make_upload(Purpose::batch);
    for (int i = 0; i < parts; ++i) make_part(upload);
    return steps_of([&] { EXPECT_TRUE(cancel_upload(*tx_, {project_, upload.id})); });
  };
  (void)steps_with(1);  // The statements are prepared once.
  EXPECT_EQ(steps_with(2), steps_with(1'000));
}

}  // namespace partwise::test
