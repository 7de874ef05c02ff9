#include "postgres/postgres_cluster.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace partwise::test {

namespace {

constexpr int kExitMissing = 77;
constexpr std::chrono::seconds kStart{30};
constexpr std::chrono::milliseconds kLook{10};

class Missing : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What the command prints, without its last newline.
std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no shell");
  std::array<char, 512> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  const int status = ::pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExitMissing) {
    throw Missing(PostgresCluster::kMissing);
  }
  if (status != 0) throw std::runtime_error("failed: " + command);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

PostgresCluster::PostgresCluster() {
  url_ = output_of(fmt::format("{} make {}", PARTWISE_CLUSTER_SCRIPT, directory_.path()));
  auto pq = postgres::LibPq::load();
  if (!pq) throw Missing(pq.error().message);
  pq_ = std::move(*pq);
  location_ = value_of(postgres::Location::parse(*pq_, url_));
  start();
}

PostgresCluster::~PostgresCluster() {
  if (process_ > 0) stop(SIGINT);
}

PostgresCluster* PostgresCluster::shared() {
  static const std::unique_ptr<PostgresCluster> kShared = [] {
    try {
      return std::make_unique<PostgresCluster>();
    } catch (const Missing&) {
      return std::unique_ptr<PostgresCluster>();
    }
  }();
  return kShared.get();
}

void PostgresCluster::start() {
  process_ = ::fork();
  if (process_ == 0) {
    ::execl(PARTWISE_CLUSTER_SCRIPT, "cluster.sh", "run", directory_.path().c_str(),
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  const auto give_up = std::chrono::steady_clock::now() + kStart;
  while (!postgres::Connection::open(*pq_, location_, {})) {
    if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error(log());
    std::this_thread::sleep_for(kLook);
  }
}

void PostgresCluster::stop(int signal) {
  ::kill(process_, signal);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string PostgresCluster::log() const {
  std::ifstream file(directory_ / "postgres.log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void PostgresCluster::empty() {
  const auto connection = connect();
  connection->send("DROP SCHEMA public CASCADE");
  connection->send("CREATE SCHEMA public");
  value_of(connection->exchange());
}

std::unique_ptr<postgres::Connection> PostgresCluster::connect() const {
  return value_of(postgres::Connection::open(*pq_, location_, {}));
}

std::string PostgresCluster::ask(const std::string& sql) const {
  const auto connection = connect();
  const auto as_text = fmt::format("SELECT answer::text FROM ({}) AS asked (answer)", sql);
  connection->send(as_text.c_str());
  auto rows = value_of(connection->exchange());
  return rows.back().next() ? std::string(rows.back().text(0)) : "";
}

}  // namespace partwise::test
