// Transactions that are held open while another one wants the same row.

#include "postgres/postgres_fixture.hpp"

namespace partwise::test {

class PostgresBarrier : public PostgresTest {
 protected:
  // Runs the loop until some session of the database waits for a lock.
  void await_a_wait() {
    const auto is_waiting = [this] {
      return cluster_->ask("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0";
    };
    constexpr int kLooksMax = 1000;
    for (int look = 0; !is_waiting(); ++look) {
      if (look == kLooksMax) throw std::logic_error("nobody waits for a lock");
      settle(loop_);
    }
  }
  static void execute(postgres::Connection& connection, const std::string& sql) {
    connection.send(sql.c_str());
    const auto done = connection.exchange();
    ASSERT_TRUE(done) << done.error().message;
  }
};

TEST_F(PostgresBarrier, APartThatMeetsACancelUnderWayWaitsAndIsRefused) {
  open_store();
  const Upload upload = must(store_->create_upload(new_upload()));
  const NewPart part = new_part(10);
  const auto cancel = cluster_->connect();
  execute(*cancel, "BEGIN");
  execute(*cancel,
          "UPDATE uploads SET status = 'cancelled', ended_at = partwise_moment(), reaped = true");
  Running adding(loop_, store_->add_part(owned(upload), part));
  await_a_wait();
  EXPECT_FALSE(adding.done());
  execute(*cancel, "COMMIT");
  step_until(loop_, [&] { return adding.done(); });
  ASSERT_FALSE(adding.value());
  EXPECT_EQ(adding.value().error().code, ErrorCode::state_conflict);
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM parts"), "0");
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM intents"), "1");
  // What the hand-made cancel did not count.
  cluster_->ask("SELECT count(*) FROM uploads");
  const auto mended = PostgresCatalog::open(cluster_->url()).value()->mend_counters();
  EXPECT_TRUE(mended) << mended.error().message;
}

TEST_F(PostgresBarrier, APartThatMeetsACancelThatIsUndoneIsAccepted) {
  open_store();
  const Upload upload = must(store_->create_upload(new_upload()));
  const NewPart part = new_part(10);
  const auto cancel = cluster_->connect();
  execute(*cancel, "BEGIN");
  execute(*cancel, "UPDATE uploads SET status = 'cancelled'");
  Running adding(loop_, store_->add_part(owned(upload), part));
  await_a_wait();
  execute(*cancel, "ROLLBACK");
  step_until(loop_, [&] { return adding.done(); });
  EXPECT_TRUE(adding.value());
}

// The row is the same before and after the wait, so nothing asks its condition again.
TEST_F(PostgresBarrier, TheDeadlineIsJudgedAfterTheWaitForTheRow) {
  open_store();
  const Upload upload = must(store_->create_upload(new_upload()));
  const NewPart part = new_part(10);
  const auto clock = cluster_->connect();
  execute(*clock, "CREATE TABLE test_clock AS SELECT partwise_moment() AS moment");
  execute(*clock,
          "CREATE OR REPLACE FUNCTION partwise_moment() RETURNS bigint LANGUAGE sql VOLATILE"
          " AS 'SELECT moment FROM test_clock'");
  const auto holder = cluster_->connect();
  execute(*holder, "BEGIN");
  execute(*holder, "SELECT 1 FROM uploads FOR UPDATE");
  Running adding(loop_, store_->add_part(owned(upload), part));
  await_a_wait();
  execute(*clock, "UPDATE test_clock SET moment = moment + 3600");
  execute(*holder, "ROLLBACK");
  step_until(loop_, [&] { return adding.done(); });
  ASSERT_FALSE(adding.value());
  EXPECT_EQ(adding.value().error().code, ErrorCode::state_conflict);
  EXPECT_EQ(cluster_->ask("SELECT status FROM uploads"), "expired");
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM parts"), "0");
}

TEST_F(PostgresBarrier, ARowThatStaysHeldIsGivenUpAndNothingWasDone) {
  auto impatient = options();
  impatient.limits.lock_timeout = std::chrono::milliseconds{100};
  store_ = open(impatient);
  const Upload upload = must(store_->create_upload(new_upload()));
  const NewPart part = new_part(10);
  const auto holder = cluster_->connect();
  execute(*holder, "BEGIN");
  execute(*holder, "SELECT 1 FROM uploads FOR UPDATE");
  const auto refused = run(store_->add_part(owned(upload), part));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  execute(*holder, "ROLLBACK");
  EXPECT_TRUE(run(store_->add_part(owned(upload), part)));
}

TEST_F(PostgresBarrier, AQuotaHoldsAgainstManyAtOnce) {
  open_store();
  must(store_->create_project(project_, {.bytes = 100}));
  // Of one upload each: those of one would wait for its row.
  std::vector<Upload> uploads;
  std::vector<NewPart> parts;
  for (int i = 0; i < 20; ++i) {
    uploads.push_back(must(store_->create_upload(new_upload())));
    parts.push_back(new_part(10));
  }
  std::vector<std::unique_ptr<Running<Result<Part>>>> adding;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    adding.push_back(std::make_unique<Running<Result<Part>>>(
        loop_, store_->add_part(owned(uploads[i]), parts[i])));
  }
  int accepted = 0;
  for (const auto& one : adding) {
    step_until(loop_, [&] { return one->done(); });
    if (one->value()) {
      ++accepted;
    } else {
      EXPECT_EQ(one->value().error().code, ErrorCode::quota_exceeded);
    }
  }
  EXPECT_EQ(accepted, 10);
}

}  // namespace partwise::test
