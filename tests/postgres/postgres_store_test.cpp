#include "store/postgres/postgres_store.hpp"

#include <csignal>
#include <thread>

#include "postgres/postgres_fixture.hpp"

namespace partwise::test {

using PostgresStoreTest = PostgresTest;

TEST_F(PostgresStoreTest, ManyThatStartAtOnceMakeOneSchema) {
  std::vector<std::jthread> starting;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 8; ++i) {
    starting.emplace_back([&] {
      PostgresOptions own{.url = cluster_->url(), .is_node = false};
      if (PostgresStore::open(own, clock_, log_)) ++opened;
    });
  }
  starting.clear();
  EXPECT_EQ(opened, 8);
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM partwise_schema"), "1");
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM store"), "1");
}

TEST_F(PostgresStoreTest, ANewerSchemaIsRefused) {
  open_store();
  store_.reset();
  cluster_->ask("SELECT 1");
  const auto connection = cluster_->connect();
  connection->send("INSERT INTO partwise_schema (version) VALUES (1000)");
  ASSERT_TRUE(connection->exchange());
  const auto refused = PostgresStore::open(options(), clock_, log_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  EXPECT_NE(refused.error().message.find("newer Partwise"), std::string::npos);
  connection->send("DELETE FROM partwise_schema WHERE version = 1000");
  ASSERT_TRUE(connection->exchange());
}

TEST_F(PostgresStoreTest, CommitsAreSyncedWhateverTheServersDefaultIs) {
  auto connection = cluster_->connect();
  connection->send("ALTER ROLE partwise SET synchronous_commit = off");
  ASSERT_TRUE(connection->exchange());
  connection = cluster_->connect();
  connection->send("SHOW synchronous_commit");
  auto shown = connection->exchange();
  ASSERT_TRUE(shown);
  ASSERT_TRUE(shown->back().next());
  EXPECT_EQ(shown->back().text(0), "on");
  connection->send("ALTER ROLE partwise RESET synchronous_commit");
  ASSERT_TRUE(connection->exchange());
}

TEST_F(PostgresStoreTest, APasswordIsInNoMessage) {
  auto away = options();
  away.url = "postgres://someone:geheim@/db?host=/nowhere";
  const auto refused = PostgresStore::open(away, clock_, log_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_EQ(refused.error().message.find("geheim"), std::string::npos) << refused.error().message;
  away.url = "postgres://someone:geheim@host:port:port/db?nonsense=1";
  const auto misread = PostgresStore::open(away, clock_, log_);
  ASSERT_FALSE(misread);
  EXPECT_EQ(misread.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(misread.error().message.find("geheim"), std::string::npos) << misread.error().message;
}

TEST_F(PostgresStoreTest, ANodeHearsOfOthersAndNotOfItself) {
  open_store();
  auto other_options = options();
  other_options.run = {"00000000000000bb"};
  const auto other = open(other_options);
  std::vector<std::string> heard;
  store_->listen([&](const UploadId& upload, const std::string& status) {
    heard.push_back(upload.text + " " + status);
  });
  const UploadId upload = new_upload().id;
  const auto announce_until_heard = [&](std::size_t count) {
    while (heard.size() < count) {
      store_->announce(upload, "completed");
      other->announce(upload, "cancelled");
      loop_.restart();
      loop_.run_for(std::chrono::milliseconds{50});
    }
  };
  announce_until_heard(1);  // Its listener may still have been on its way.
  const auto connection = cluster_->connect();
  connection->send("SELECT pg_notify('partwise_endings', 'x')");
  connection->send("SELECT pg_notify('partwise_endings', 'a b c d')");
  ASSERT_TRUE(connection->exchange());
  announce_until_heard(heard.size() + 1);
  for (const std::string& news : heard) EXPECT_EQ(news, upload.text + " cancelled");
}

TEST_F(PostgresStoreTest, ChangesOfUsageAreSummedUpBesideTheVerbs) {
  open_store();
  must(store_->create_upload(new_upload(5)));
  while (cluster_->ask("SELECT count(*) FROM usage_changes") != "0") {
    std::this_thread::yield();
  }
  EXPECT_EQ(cluster_->ask("SELECT sum(count) FROM usage"), "1");
  EXPECT_EQ(must(store_->usage(project_)).at(0).pending, (Tally{.count = 1, .bytes = 5}));
}

TEST_F(PostgresStoreTest, ARestartOfTheDatabaseIsWaitedFor) {
  PostgresCluster own;
  auto on_own = options();
  on_own.url = own.url();
  store_ = open(on_own);
  const Upload upload = must(store_->create_upload(new_upload()));
  own.stop(SIGQUIT);
  Running looking(loop_, store_->find_upload(owned(upload)));
  Running making(loop_, store_->create_upload(new_upload()));
  while (store_->is_reachable()) settle(loop_);
  EXPECT_FALSE(looking.done());
  own.start();
  step_until(loop_, [&] { return looking.done() && making.done(); });
  EXPECT_TRUE(looking.value());
  EXPECT_TRUE(making.value());
  while (!store_->is_reachable()) settle(loop_);
  store_.reset();
}

TEST_F(PostgresStoreTest, WhatCannotBeBegunInTimeIsOverloaded) {
  PostgresCluster own;
  auto impatient = options();
  impatient.url = own.url();
  impatient.limits.queue_wait_max = std::chrono::milliseconds{200};
  store_ = open(impatient);
  own.stop(SIGINT);
  const auto refused = run(store_->create_upload(new_upload()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_FALSE(store_->is_reachable());
  store_.reset();
}

TEST_F(PostgresStoreTest, AFullQueueRefusesAtOnce) {
  auto narrow = options();
  narrow.limits.connections = 1;
  narrow.limits.queue_length_max = 2;
  store_ = open(narrow);
  std::vector<std::unique_ptr<Running<Result<Upload>>>> making;
  for (int i = 0; i < 50; ++i) {
    making.push_back(
        std::make_unique<Running<Result<Upload>>>(loop_, store_->create_upload(new_upload())));
  }
  int refused = 0;
  for (const auto& one : making) {
    step_until(loop_, [&] { return one->done(); });
    if (one->value()) continue;
    EXPECT_EQ(one->value().error().code, ErrorCode::overloaded);
    ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 50);
}

}  // namespace partwise::test
