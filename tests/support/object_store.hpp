#pragma once

// The object store that tests are run against: its location and credentials are in the environment
// (tests/harness/ceph.py sets them). Each test has a prefix of its own, which is emptied at its
// end.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "store/s3/s3_client.hpp"

namespace partwise::test {

class ObjectStore {
 public:
  static constexpr const char* kMissing =
      "no object store here: run this with tests/harness/ceph.py --command, or set "
      "PARTWISE_TEST_S3, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

  explicit ObjectStore(Log& log) : log_(log) {}
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  ~ObjectStore() {
    if (client_) empty();
  }

  // False where there is none.
  [[nodiscard]] bool open(const s3::S3Limits& limits) {
    const auto location = variable("PARTWISE_TEST_S3");
    if (location.empty()) return false;
    s3::S3ClientParts parts{.location = s3::S3Location::parse(location).value(),
                            .credentials = credentials(),
                            .limits = limits,
                            .clock = clock_,
                            .random = random_,
                            .log = log_};
    parts.location.prefix = "test-" + random_alphanumeric(random_, 12);
    client_ = s3::S3Client::open(std::move(parts)).value();
    return true;
  }

  [[nodiscard]] static s3::S3Credentials credentials() {
    return {.access_key = variable("AWS_ACCESS_KEY_ID"),
            .secret_key = variable("AWS_SECRET_ACCESS_KEY"),
            .session_token = variable("AWS_SESSION_TOKEN")};
  }

  // Null before `open`.
  [[nodiscard]] const std::shared_ptr<s3::S3Client>& client() const { return client_; }

 private:
  static std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  }

  void empty() {
    for (;;) {
      const auto page = client_->list({.prefix = client_->location().name_of("")});
      ASSERT_TRUE(page);
      if (page->objects.empty()) return;
      std::vector<std::string> names;
      for (const auto& object : page->objects) names.push_back(object.name);
      ASSERT_TRUE(client_->remove(names));
    }
  }

  Log& log_;
  SystemClock clock_;
  SystemRandom random_;
  std::shared_ptr<s3::S3Client> client_;
};

}  // namespace partwise::test
