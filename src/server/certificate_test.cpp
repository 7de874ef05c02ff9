#include "server/certificate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <vector>

#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_certificate.hpp"

namespace partwise {
namespace {

class ErrorLog final : public Log {
 public:
  void write(LogLevel level, std::string_view message) override {
    if (level == LogLevel::error) errors.emplace_back(message);
  }
  std::vector<std::string> errors;
};

// Runs jobs when a test says so.
class HeldWorkers final : public WorkerPool {
 public:
  [[nodiscard]] bool is_busy() const override { return true; }
  void post(Job job) override { jobs.push_back(std::move(job)); }
  void run_first() {
    Job job = std::move(jobs.front());
    jobs.erase(jobs.begin());
    job();
  }
  std::vector<Job> jobs;
};

class Certificate : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& content) {
    const auto path = directory_ / name;
    std::ofstream(path) << content;
    return path;
  }
  void write(const test::TestCertificate& made) {
    names_ = {.certificate = write("c.pem", made.certificate), .key = write("k.pem", made.key)};
  }
  std::string error_of(const CertificateFiles& names) {
    const auto loaded = load_certificate(*files_, names);
    return loaded ? "no error" : loaded.error().message;
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  CertificateFiles names_;
};

TEST_F(Certificate, WhatCannotBeUsedIsOneLineThatNamesTheFlag) {
  const auto first = test::make_certificate("first");
  const auto second = test::make_certificate("second");
  write(first);
  EXPECT_EQ(error_of(names_), "no error");
  const auto other_key = write("other.pem", second.key);
  const auto garbage = write("garbage.pem", "garbage");
  const auto damaged = write("damaged.pem", first.certificate + second.certificate.substr(0, 200));
  EXPECT_EQ(error_of({.certificate = names_.certificate, .key = other_key}),
            "--tls-key: " + other_key +
                ": its key does not belong to the certificate: key values mismatch.");
  EXPECT_EQ(error_of({.certificate = garbage, .key = names_.key}),
            "--tls-certificate: " + garbage + ": it holds no certificate in PEM.");
  EXPECT_EQ(
      error_of({.certificate = names_.certificate, .key = garbage}),
      "--tls-key: " + garbage + ": it holds no private key in PEM, or one that needs a password.");
  EXPECT_TRUE(error_of({.certificate = damaged, .key = names_.key})
                  .contains("a certificate of its chain is damaged"));
  EXPECT_TRUE(error_of({.certificate = "/nowhere", .key = names_.key})
                  .starts_with("--tls-certificate: could not open /nowhere: "));
  EXPECT_TRUE(error_of({.certificate = names_.certificate, .key = "/nowhere"})
                  .starts_with("--tls-key: could not open /nowhere: "));
}

TEST_F(Certificate, AReloadThatFailsIsOneErrorAndChangesNothing) {
  write(test::make_certificate("first"));
  ErrorLog log;
  HeldWorkers workers;
  int used = 0;
  CertificateReload reload(names_, *files_, workers, log, [&](auto) { ++used; });
  boost::asio::io_context loop;
  const auto run = [&] {
    boost::asio::co_spawn(loop, reload.run(), [](std::exception_ptr) {});
    loop.restart();
    loop.poll();
  };
  const auto run_worker = [&] {
    workers.run_first();
    loop.restart();
    loop.poll();
  };
  run();
  run_worker();
  EXPECT_EQ(used, 1);
  write("k.pem", "half of a k");
  run();
  run_worker();
  EXPECT_EQ(used, 1);
  ASSERT_EQ(log.errors.size(), 1U);
  EXPECT_TRUE(log.errors[0].contains("the one in use stays"));

  // Asked again while the files are being read: they are read once more.
  run();
  write(test::make_certificate("second"));
  run();
  EXPECT_EQ(workers.jobs.size(), 1U);
  run_worker();
  run_worker();
  EXPECT_TRUE(workers.jobs.empty());
  EXPECT_EQ(used, 3);
}

}  // namespace
}  // namespace partwise
