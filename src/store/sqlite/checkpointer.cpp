#include "store/sqlite/checkpointer.hpp"

namespace partwise::sqlite {

Checkpointer::Checkpointer(std::unique_ptr<Database> database,
                           std::function<void(const Error&)> on_failure)
    : database_(std::move(database)),
      on_failure_(std::move(on_failure)),
      thread_([this] { run(); }) {}

void Checkpointer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  database_.reset();
}

std::unique_lock<std::mutex> Checkpointer::hold_off() { return std::unique_lock(pass_mutex_); }

void Checkpointer::wake() {
  {
    const std::lock_guard lock(mutex_);
    asked_ = true;
  }
  wake_.notify_one();
}

void Checkpointer::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return asked_ || stopping_; });
      if (stopping_) return;
      asked_ = false;
    }
    const auto pass_lock = hold_off();
    // Whatever is left, because somebody was in the way, is moved by the next pass.
    const auto pass =
        database_->checkpoint(SQLITE_CHECKPOINT_PASSIVE, std::chrono::milliseconds{0});
    if (!pass && pass.error().code == ErrorCode::io_failure) on_failure_(pass.error());
  }
}

}  // namespace partwise::sqlite
