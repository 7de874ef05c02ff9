#include "base/thread_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>

#include "support/run_task.hpp"

namespace partwise {

namespace {

Task<bool> resumes_where_it_was(WorkerPool& pool) {
  const auto home = std::this_thread::get_id();
  auto work = [] { return std::this_thread::get_id(); };
  const auto away = co_await run_on(pool, std::move(work));
  co_return away != home&& std::this_thread::get_id() == home;
}

}  // namespace

TEST(ThreadPool, RunsWhatIsQueuedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(2);
    for (int i = 0; i < 1000; ++i) pool.post([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(ThreadPool, RunsAsManyJobsAtOnceAsItHasThreads) {
  std::latch all_here(3);
  ThreadPool pool(3);
  // Each waits for the others: with fewer threads this would never end.
  for (int i = 0; i < 3; ++i) pool.post([&all_here] { all_here.arrive_and_wait(); });
}

TEST(ThreadPool, TellsItsLoad) {
  std::latch both_run(3);
  std::latch end(1);
  ThreadPool pool(2);
  for (int i = 0; i < 2; ++i) {
    pool.post([&] {
      both_run.arrive_and_wait();
      end.wait();
    });
  }
  both_run.arrive_and_wait();
  EXPECT_FALSE(pool.is_busy()) << "nothing waits";
  for (int i = 0; i < 3; ++i) pool.post([] {});
  EXPECT_TRUE(pool.is_busy());
  const ThreadPool::Load load = pool.load();
  EXPECT_EQ(load.threads, 2U);
  EXPECT_EQ(load.busy, 2U);
  EXPECT_EQ(load.queued, 3U);
  end.count_down();
}

TEST(ThreadPool, DestroysAJobOnceItHasRun) {
  const auto owned = std::make_shared<int>(1);
  {
    ThreadPool pool(1);
    pool.post([owned] { (void)owned; });
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(RunOn, WorksElsewhereAndResumesTheTaskAtHome) {
  // The loop outlives the pool: a thread may still be waking it when the Task has already ended.
  boost::asio::io_context loop;
  ThreadPool pool(1);
  EXPECT_TRUE(test::run_task(loop, resumes_where_it_was(pool)));
}

}  // namespace partwise
