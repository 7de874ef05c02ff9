#include "base/completion.hpp"

#include <cassert>

namespace partwise {

namespace {
thread_local CompletionBatch* batch_of_thread = nullptr;
}  // namespace

CompletionBatch::CompletionBatch() {
  assert(batch_of_thread == nullptr);
  batch_of_thread = this;
}

CompletionBatch::~CompletionBatch() {
  batch_of_thread = nullptr;
  deliver();
}

CompletionBatch* CompletionBatch::current() { return batch_of_thread; }

void CompletionBatch::add(const boost::asio::any_io_executor& executor,
                          std::move_only_function<void()> resume) {
  if (!resumptions_.empty() && executor_ != executor) deliver();
  executor_ = executor;
  resumptions_.push_back(std::move(resume));
}

void CompletionBatch::deliver() {
  if (resumptions_.empty()) return;
  auto resume_all = [resumptions = std::exchange(resumptions_, {})]() mutable {
    for (auto& resume : resumptions) resume();
  };
  boost::asio::post(executor_, std::move(resume_all));
}

}  // namespace partwise
