#include "load/event_poll.hpp"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "load/channel.hpp"

namespace partwise::load {

EventPoll::EventPoll() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

Result<> EventPoll::watch(const Descriptor& socket, std::size_t number) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = number}};
  if (::fcntl(socket.number(), F_SETFL, O_NONBLOCK) != 0 ||
      ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, socket.number(), &event) != 0) {
    return fail_with_socket_errno(errno, "watch");
  }
  return {};
}

std::span<const EventPoll::Ready> EventPoll::wait(int timeout_ms) {
  std::array<epoll_event, kReadyMax> events;
  const int count = ::epoll_wait(epoll_.number(), events.data(), kReadyMax, timeout_ms);
  const auto found = std::span(events).first(static_cast<std::size_t>(std::max(count, 0)));
  std::ranges::transform(found, ready_.begin(), [](const epoll_event& event) {
    return Ready{.number = event.data.u64,
                 .is_readable = (event.events & ~std::uint32_t{EPOLLOUT}) != 0,
                 .is_writable = (event.events & EPOLLOUT) != 0};
  });
  return std::span(ready_).first(found.size());
}

}  // namespace partwise::load
