#pragma once

// Task<T> is what every asynchronous verb returns. It runs on the executor of the coroutine that
// awaits it: the server's loop, or a deterministic one in tests and in the simulator. This is all
// of Asio that most files see, and it is cheap to compile; sockets and timers live in `http/` and
// `server/`.

#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"

namespace partwise {

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace partwise
