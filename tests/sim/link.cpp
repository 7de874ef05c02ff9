#include "link.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace partwise::sim {

class Link::ServerEnd final : public http::Connection {
 public:
  explicit ServerEnd(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  ~ServerEnd() override { close(); }

  Task<Result<>> open() override { co_return Result<>{}; }

  Result<std::size_t> read_now(MutableBytes out) override {
    if (link_->interrupted_) return fail(ErrorCode::cut, "The stream was cut.");
    if (link_->is_reset_) return fail(ErrorCode::disconnected, "The client has gone.");
    std::string& arrived = link_->to_server_;
    if (arrived.empty()) return fail(ErrorCode::would_block, "Nothing has arrived.");
    const std::size_t count = std::min(out.size(), arrived.size());
    std::memcpy(out.data(), arrived.data(), count);
    arrived.erase(0, count);
    return count;
  }

  Result<std::size_t> write_now(Bytes bytes) override {
    if (link_->is_reset_ || link_->server_closed_) {
      return fail(ErrorCode::disconnected, "The client has gone.");
    }
    const std::size_t held = link_->to_client_.size();
    if (held >= link_->parts_.window_bytes) {
      return fail(ErrorCode::would_block, "The client does not read.");
    }
    const std::size_t count = std::min(bytes.size(), link_->parts_.window_bytes - held);
    link_->to_client_ += as_text(bytes.first(count));
    const std::uint64_t step = link_->parts_.scheduler.steps();
    if (link_->first_byte_step_ == 0) link_->first_byte_step_ = step;
    link_->last_byte_step_ = step;
    link_->wake_client();
    return count;
  }

  Result<std::size_t> send_file_now(File& file, std::uint64_t offset, std::size_t bytes) override {
    if (link_->is_reset_) return fail(ErrorCode::disconnected, "The client has gone.");
    std::vector<std::byte> buffer(std::min<std::size_t>(bytes, 512));
    TRY(const std::size_t count, file.read_at(offset, buffer));
    if (count == 0) return 0;
    return write_now(std::span(buffer).first(count));
  }

  void linger(std::chrono::milliseconds) override {}
  void unwatch() override {}
  bool can_send_file() const override { return link_->parts_.sends_files; }

  Task<Result<>> wait_readable() override {
    return wait(link_->readable_, [link = link_] { return !link->to_server_.empty(); });
  }
  Task<Result<>> wait_writable() override {
    return wait(link_->writable_,
                [link = link_] { return link->to_client_.size() < link->parts_.window_bytes; });
  }

  void set_deadline(std::optional<MonotonicTime> deadline) override { link_->deadline_ = deadline; }

  void interrupt() override {
    link_->interrupted_ = true;
    end_wait(link_->readable_, fail(ErrorCode::cut, "The stream was cut."));
    end_wait(link_->writable_, fail(ErrorCode::cut, "The stream was cut."));
  }
  void resume() override { link_->interrupted_ = false; }
  void shutdown_send() override { close(); }
  void abort() override {
    close();
    link_->reset();
  }
  bool peer_has_ended() const override { return link_->is_reset_; }
  std::string peer() const override { return "client"; }

 private:
  void close() {
    link_->server_closed_ = true;
    link_->wake_client();
  }

  template <class IsReady>
  Task<Result<>> wait(Waiter& waiter, IsReady is_ready) {
    if (link_->interrupted_) co_return fail(ErrorCode::cut, "The stream was cut.");
    if (link_->is_reset_) co_return fail(ErrorCode::disconnected, "The client has gone.");
    if (is_ready()) co_return Result<>{};
    const std::uint64_t number = ++link_->waits_;
    if (const auto deadline = link_->deadline_) {
      const auto left = std::chrono::ceil<Milliseconds>(*deadline - link_->parts_.scheduler.now());
      auto expire = [link = link_, &waiter, number] {
        if (link->waits_ != number) return;
        end_wait(waiter, fail(ErrorCode::timed_out, "The client is too slow."));
      };
      link_->parts_.scheduler.after(link_->parts_.server, left, "deadline", std::move(expire));
    }
    auto start = [&waiter](Completion<Result<>> complete) { waiter = std::move(complete); };
    auto outcome = co_await await_completion<Result<>>(std::move(start));
    ++link_->waits_;
    co_return outcome;
  }

  const std::shared_ptr<Link> link_;
};

std::shared_ptr<http::Connection> Link::server_end(std::shared_ptr<Link> link) {
  return std::make_shared<ServerEnd>(std::move(link));
}

void Link::end_wait(Waiter& waiter, Result<> result) {
  if (auto call = std::exchange(waiter, std::nullopt)) (*call)(std::move(result));
}

void Link::send(std::string_view bytes) {
  if (is_reset_) return;
  to_server_ += bytes;
  end_wait(readable_, {});
}

void Link::reset() {
  is_reset_ = true;
  end_wait(readable_, fail(ErrorCode::disconnected, "The client has gone."));
  end_wait(writable_, fail(ErrorCode::disconnected, "The client has gone."));
  wake_client();
}

std::string Link::take() {
  std::string taken = std::exchange(to_client_, {});
  end_wait(writable_, {});
  return taken;
}

void Link::wake_client() {
  if (auto call = std::exchange(client_, std::nullopt)) (*call)(true);
}

Task<> Link::wait() {
  if (!to_client_.empty() || is_over()) co_return;
  auto start = [this](Completion<bool> complete) { client_ = std::move(complete); };
  (void)co_await await_completion<bool>(std::move(start));  // What happened is seen by looking.
}

}  // namespace partwise::sim
