#pragma once

// TLS over a TCP connection: OpenSSL on the non-blocking socket itself, so that bytes are decrypted
// straight into the caller's buffer.
//
// OpenSSL's state of a connection may be used by one thread at a time, on whatever thread that is.
// So it is touched by the Task alone that serves the connection: by its transfers, by the handshake
// and by shutdown_send, each of which has ended before the next begins, and by its waits, which ask
// for decrypted bytes before they sleep. `interrupt`, `resume` and `abort` come from others and at
// any moment: they touch the socket only. Every use asserts that there is no other.

#include <memory>

#include "base/worker_pool.hpp"
#include "http/connection.hpp"
#include "http/tls_context.hpp"

namespace boost::asio {
class io_context;
}

namespace partwise::http {

// Takes ownership of `descriptor`, a connected non-blocking socket. `loop` and `workers`, which run
// the steps of the handshake, outlive it. The process ignores SIGPIPE.
[[nodiscard]] std::shared_ptr<Connection> make_tls_connection(boost::asio::io_context& loop,
                                                              WorkerPool& workers,
                                                              const TlsContext& context,
                                                              int descriptor, std::string peer);

}  // namespace partwise::http
