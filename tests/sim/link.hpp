#pragma once

// One connection between a client and a run of the server, both ends of it. Bytes arrive when the
// client's side says so; either side can end it at any moment.

#include <memory>
#include <optional>
#include <string>

#include "http/connection.hpp"
#include "scheduler.hpp"

namespace partwise::sim {

struct LinkParts {
  Scheduler& scheduler;
  Owner server;
  bool sends_files;          // Whether send_file_now works, as it does without TLS.
  std::size_t window_bytes;  // What the client's side takes without reading.
};

class Link {
 public:
  explicit Link(LinkParts parts) : parts_(parts) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // The client's side.
  void send(std::string_view bytes);
  // Ends both directions; what the server wrote and nobody read stays to be looked at.
  void reset();
  // What the server has written and nobody has taken.
  [[nodiscard]] const std::string& received() const { return to_client_; }
  void consume(std::size_t count) { to_client_.erase(0, count); }
  // Takes everything, so that the window is open again.
  [[nodiscard]] std::string take();
  // Nothing more will come.
  [[nodiscard]] bool is_over() const { return server_closed_ || is_reset_; }
  // Returns when there is more to read, or the end.
  [[nodiscard]] Task<> wait();
  // The step in which the server wrote the first byte, and the last, since `begin_answer`.
  [[nodiscard]] std::uint64_t first_byte_step() const { return first_byte_step_; }
  [[nodiscard]] std::uint64_t last_byte_step() const { return last_byte_step_; }
  [[nodiscard]] Owner server() const { return parts_.server; }
  void begin_answer() { first_byte_step_ = last_byte_step_ = 0; }

  // The server's end. The link outlives it.
  [[nodiscard]] static std::shared_ptr<http::Connection> server_end(std::shared_ptr<Link> link);

 private:
  class ServerEnd;
  using Waiter = std::optional<Completion<Result<>>>;

  void wake_client();
  static void end_wait(Waiter& waiter, Result<> result);

  LinkParts parts_;
  std::string to_server_;
  std::string to_client_;
  bool is_reset_ = false;
  bool server_closed_ = false;
  bool interrupted_ = false;
  std::optional<MonotonicTime> deadline_;
  Waiter readable_;
  Waiter writable_;
  std::uint64_t waits_ = 0;
  std::optional<Completion<bool>> client_;
  std::uint64_t first_byte_step_ = 0;
  std::uint64_t last_byte_step_ = 0;
};

}  // namespace partwise::sim
