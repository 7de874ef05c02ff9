#pragma once

// A TCP connection. Transfers are plain non-blocking system calls; Asio only waits.

#include <memory>

#include "http/connection.hpp"

namespace boost::asio {
class io_context;
}

namespace partwise::http {

// Takes ownership of `descriptor`, a connected non-blocking socket. `loop` outlives it.
[[nodiscard]] std::shared_ptr<Connection> make_tcp_connection(boost::asio::io_context& loop,
                                                              int descriptor, std::string peer);

}  // namespace partwise::http
