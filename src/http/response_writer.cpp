#include "http/response_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace partwise::http {

namespace {

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string head_of(const Response& response, bool keep_alive) {
  const std::uint64_t bytes = response.stream ? response.stream->bytes() : response.text.size();
  std::string head;
  head.reserve(512);
  const auto add = [&head](auto... texts) { (head.append(std::string_view(texts)), ...); };
  const auto number = [](auto value) { return fmt::format_int(value); };
  add("HTTP/1.1 ", number(response.status).c_str(), " ", reason_of(response.status), "\r\n");
  for (const Header& header : response.headers) {
    add(std::string_view(header.name), ": ", std::string_view(header.value), "\r\n");
  }
  if (may_have_body(response.status)) add("content-length: ", number(bytes).c_str(), "\r\n");
  add("connection: ", keep_alive ? "keep-alive" : "close", "\r\n\r\n");
  return head;
}

// What is written on the loop itself: a longer write, which TLS has to encrypt, would keep the
// others waiting for more than the way to a worker thread and back.
constexpr std::size_t kInlineBytesMax = 64 * 1024;

// One call of sendfile.
constexpr std::uint64_t kSliceBytes = kMiB;

struct Burst {
  std::uint64_t bytes = 0;
  Result<> result;
};

}  // namespace

ResponseWriter::ResponseWriter(Connection& connection, WorkerPool& workers, const Clock& clock,
                               const HttpLimits& limits)
    : connection_(connection),
      workers_(workers),
      clock_(clock),
      limits_(limits),
      patience_(limits.send_rate_min_bytes_per_s, limits.send_grace, limits.send_stall_max) {}

Task<WriteOutcome> ResponseWriter::write(Response& response, bool keep_alive, bool with_body) {
  std::string head = head_of(response, keep_alive);
  const std::size_t head_bytes = head.size();
  const bool body_follows = with_body && may_have_body(response.status);
  // Head and short body in one packet.
  if (body_follows && !response.stream) head += response.text;
  auto result = co_await write_all(as_bytes(head));
  if (result && body_follows && response.stream) result = co_await write_stream(*response.stream);
  const std::uint64_t body_bytes = sent_bytes_ - std::min<std::uint64_t>(sent_bytes_, head_bytes);
  co_return WriteOutcome{.result = std::move(result), .body_bytes = body_bytes};
}

Task<Result<>> ResponseWriter::write_all(Bytes bytes) {
  while (!bytes.empty()) {
    Result<std::size_t> sent;
    if (bytes.size() <= kInlineBytesMax) {
      sent = connection_.write_now(bytes);
    } else {
      const Bytes most = bytes.first(std::min<std::size_t>(bytes.size(), limits_.burst_bytes_max));
      auto work = [this, most] { return connection_.write_now(most); };
      sent = co_await run_on(workers_, std::move(work));
    }
    if (sent) {
      bytes = bytes.subspan(*sent);
      sent_bytes_ += *sent;
    } else if (sent.error().code == ErrorCode::would_block) {
      CO_CHECK(co_await wait_writable());
    } else {
      co_return fail(sent.error());
    }
  }
  co_return Result<>{};
}

Task<Result<>> ResponseWriter::write_stream(ResponseBody& body) {
  std::uint64_t left = body.bytes();
  while (left > 0) {
    CO_TRY(const auto segment, co_await body.next(connection_.can_send_file()));
    if (segment.bytes == 0 || segment.bytes > left) {
      co_return fail(ErrorCode::internal, "A body ended before, or went on after, its length.");
    }
    left -= segment.bytes;
    if (segment.file) {
      CO_CHECK(co_await send_file(*segment.file, segment.offset, segment.bytes));
    } else {
      CO_CHECK(co_await write_all(segment.data));
    }
  }
  co_return Result<>{};
}

Task<Result<>> ResponseWriter::send_file(File& file, std::uint64_t offset, std::uint64_t bytes) {
  while (bytes > 0) {
    auto work = [this, &file, offset, bytes]() -> Burst {
      Burst burst;
      const std::uint64_t most = std::min<std::uint64_t>(bytes, limits_.burst_bytes_max);
      while (burst.bytes < most) {
        const auto slice = static_cast<std::size_t>(std::min(kSliceBytes, most - burst.bytes));
        const auto sent = connection_.send_file_now(file, offset + burst.bytes, slice);
        if (!sent) {
          burst.result = fail(sent.error());
          break;
        }
        if (*sent == 0) {
          burst.result = fail(ErrorCode::io_failure, "A stored file is shorter than its record.");
          break;
        }
        burst.bytes += *sent;
      }
      return burst;
    };
    const Burst burst = co_await run_on(workers_, std::move(work));
    offset += burst.bytes;
    bytes -= burst.bytes;
    sent_bytes_ += burst.bytes;
    if (burst.result) continue;
    if (burst.result.error().code != ErrorCode::would_block) co_return fail(burst.result.error());
    CO_CHECK(co_await wait_writable());
  }
  co_return Result<>{};
}

Task<Result<>> ResponseWriter::wait_writable() {
  const MonotonicTime start = clock_.monotonic_now();
  connection_.set_deadline(patience_.deadline(start, sent_bytes_));
  auto waited = co_await connection_.wait_writable();
  patience_.add_wait(clock_.monotonic_now() - start, sent_bytes_);
  co_return waited;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace partwise::http
