#pragma once

// The channels of one client: those that nobody uses wait, connected, for the next request.

#include <memory>
#include <mutex>
#include <vector>

#include "store/s3/channel.hpp"

namespace partwise::s3 {

// Thread-safe.
class ChannelPool {
 public:
  explicit ChannelPool(ChannelParts parts) : parts_(parts) {}

  // One channel, for as long as this lives.
  class Lease {
   public:
    Lease(ChannelPool& pool, std::unique_ptr<Channel> channel)
        : pool_(&pool), channel_(std::move(channel)) {}
    ~Lease() {
      if (channel_) pool_->give_back(std::move(channel_));
    }
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    [[nodiscard]] Channel* operator->() { return channel_.get(); }

   private:
    ChannelPool* pool_;
    std::unique_ptr<Channel> channel_;
  };

  [[nodiscard]] Lease take();

 private:
  void give_back(std::unique_ptr<Channel> channel);

  // Constant after construction.
  const ChannelParts parts_;
  std::mutex mutex_;
  // Guarded by mutex_. The one that was used last stands at the end, and is taken first.
  std::vector<std::unique_ptr<Channel>> idle_;
};

}  // namespace partwise::s3
