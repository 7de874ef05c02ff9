#pragma once

// A coroutine that has much to do and nothing to wait for would keep its loop from everybody else.

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/task.hpp"

namespace partwise {

// Everything that is ready now on the executor of the awaiting coroutine goes first.
inline Task<> let_others_go_first() { co_await boost::asio::post(boost::asio::use_awaitable); }

}  // namespace partwise
