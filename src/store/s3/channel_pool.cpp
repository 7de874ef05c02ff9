#include "store/s3/channel_pool.hpp"

#include <utility>

namespace partwise::s3 {

ChannelPool::Lease ChannelPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto channel = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(channel)};
    }
  }
  return {*this, std::make_unique<Channel>(parts_)};
}

void ChannelPool::give_back(std::unique_ptr<Channel> channel) {
  channel->end();
  const std::lock_guard lock(mutex_);
  if (idle_.size() < parts_.limits.idle_connections_max) idle_.push_back(std::move(channel));
}

}  // namespace partwise::s3
