#pragma once

// A request without a network: its head and body are a test's, and what is done to it is counted.

#include <string>
#include <utility>

#include "http/exchange.hpp"
#include "support/scripted_byte_source.hpp"

namespace partwise::test {

// Transfers nothing.
class FakeConnection final : public http::Connection {
 public:
  Task<Result<>> open() override { co_return Result<>{}; }
  Result<std::size_t> read_now(MutableBytes) override { return nothing(); }
  Result<std::size_t> write_now(Bytes) override { return nothing(); }
  Result<std::size_t> send_file_now(File&, std::uint64_t, std::size_t) override {
    return nothing();
  }
  void unwatch() override {}
  void linger(std::chrono::milliseconds) override {}
  bool can_send_file() const override { return false; }
  Task<Result<>> wait_readable() override { co_return Result<>{}; }
  Task<Result<>> wait_writable() override { co_return Result<>{}; }
  void set_deadline(std::optional<MonotonicTime>) override {}
  void interrupt() override { ++interrupts; }
  void resume() override {}
  void shutdown_send() override {}
  void abort() override { ++aborts; }
  bool peer_has_ended() const override { return has_ended; }
  std::string peer() const override { return "test"; }

  int interrupts = 0;
  int aborts = 0;
  bool has_ended = false;

 private:
  static std::unexpected<Error> nothing() {
    return fail(ErrorCode::would_block, "Nothing is transferred.");
  }
};

class FakeExchange final : public http::Exchange {
 public:
  explicit FakeExchange(http::RequestHead head) : head_(std::move(head)) {}

  const http::RequestHead& head() const override { return head_; }
  const std::string& request_id() const override { return request_id_; }
  ByteSource& body() override {
    ++body_requests;
    return *source;
  }
  Task<Result<std::string>> read_text(std::size_t) override {
    ++body_requests;
    co_return text;
  }
  http::Connection& connection() override { return link; }
  void set_project(std::string name) override { project = std::move(name); }
  void set_route(std::string_view name) override { route = name; }

  ScriptedByteSource content;  // What body() gives, unless a test says otherwise.
  ByteSource* source = &content;
  std::string text;  // Of read_text().
  FakeConnection link;
  int body_requests = 0;  // How often the body was asked for.
  std::string project;
  std::string route;

 private:
  const http::RequestHead head_;
  const std::string request_id_ = "req_test";
};

}  // namespace partwise::test
