#pragma once

// A real PostgreSQL 15 for tests: made by cluster.sh in a temporary directory, run while it is
// wanted, and gone with the test.

#include <sys/types.h>

#include <memory>
#include <string>

#include "store/postgres/connection.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

class PostgresCluster {
 public:
  // Makes and starts one. Throws where that fails, and is not a question of what is installed.
  PostgresCluster();
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  // The one that the tests of this process share, each in an empty database. Null where PostgreSQL
  // is not installed.
  [[nodiscard]] static PostgresCluster* shared();
  // Why there is none.
  static constexpr const char* kMissing =
      "PostgreSQL 15 or libpq5 is not installed (make setup-tests installs them)";

  void start();
  // `signal`: SIGTERM waits for sessions to end, SIGINT ends them, SIGQUIT is a crash.
  void stop(int signal);
  // What the database's processes have logged.
  [[nodiscard]] std::string log() const;

  [[nodiscard]] const std::string& url() const { return url_; }
  // Takes everything out of the database.
  void empty();
  [[nodiscard]] std::unique_ptr<postgres::Connection> connect() const;
  // Runs `sql`, and returns the first column of its first row.
  std::string ask(const std::string& sql) const;

 private:
  TemporaryDirectory directory_;
  std::string url_;
  std::unique_ptr<const postgres::LibPq> pq_;
  postgres::Location location_;
  pid_t process_ = -1;
};

}  // namespace partwise::test
