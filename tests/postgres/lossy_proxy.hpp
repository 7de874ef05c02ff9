#pragma once

// Stands between a store and its database, on a unix socket, and loses the commit that it is told
// to: the one way in which a client cannot know what happened.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_directory.hpp"

namespace partwise::test {

class LossyProxy {
 public:
  enum class Loss : int {
    none,
    answer,   // The commit reaches the database, and its answer nobody.
    request,  // The commit reaches nobody.
  };

  // `server_socket`: of the database.
  explicit LossyProxy(std::string server_socket);
  ~LossyProxy();
  LossyProxy(const LossyProxy&) = delete;
  LossyProxy& operator=(const LossyProxy&) = delete;

  // The directory of its socket, for a URL's `host`.
  [[nodiscard]] const std::string& directory() const { return directory_.path(); }
  // Of the next commit; those behind it pass.
  void lose_next(Loss loss) { loss_ = loss; }
  // Whether it has.
  [[nodiscard]] bool has_lost() const { return loss_ == Loss::none; }
  // From now on every connection is closed as soon as it is made.
  void refuse_all() { refuses_ = true; }

 private:
  void accept_all(const std::stop_token& stop);
  void forward(int client, const std::stop_token& stop);
  // False where the connection is to be closed.
  [[nodiscard]] bool pass_request(int client, int server);

  const std::string server_socket_;
  TemporaryDirectory directory_;
  int listener_ = -1;
  std::atomic<Loss> loss_ = Loss::none;
  std::atomic<bool> refuses_ = false;
  std::mutex mutex_;
  std::vector<std::jthread> connections_;  // Guarded by mutex_.
  std::jthread acceptor_;
};

}  // namespace partwise::test
