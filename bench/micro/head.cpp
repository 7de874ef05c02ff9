// The heads of requests as the official SDK for Python sends them.

#include <benchmark/benchmark.h>

#include "http/head_parser.hpp"

namespace partwise::http {
namespace {

constexpr std::string_view kHead =
    "POST /v1/uploads/upload_0123456789abcdef0123456789abcdef/parts HTTP/1.1\r\n"
    "Host: 127.0.0.1:8080\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Connection: keep-alive\r\n"
    "Accept: application/json\r\n"
    "User-Agent: OpenAI/Python 1.68.2\r\n"
    "X-Stainless-Lang: python\r\n"
    "X-Stainless-Package-Version: 1.68.2\r\n"
    "X-Stainless-OS: Linux\r\n"
    "X-Stainless-Arch: x64\r\n"
    "X-Stainless-Runtime: CPython\r\n"
    "X-Stainless-Runtime-Version: 3.11.2\r\n"
    "Authorization: Bearer sk-0123456789abcdef0123456789abcdef\r\n"
    "X-Stainless-Async: false\r\n"
    "x-stainless-retry-count: 0\r\n"
    "x-stainless-read-timeout: 600\r\n"
    "Content-Length: 67109088\r\n"
    "Content-Type: multipart/form-data; boundary=7d1f0c5b9a3e48267d1f0c5b9a3e4826\r\n"
    "\r\n";

void parse_whole_head(benchmark::State& state) {
  while (state.KeepRunning()) benchmark::DoNotOptimize(parse_head(as_bytes(kHead), HeadLimits{}));
}
BENCHMARK(parse_whole_head);

}  // namespace
}  // namespace partwise::http
