// The digests of content, in bytes per second.

#include <benchmark/benchmark.h>

#include "base/hash.hpp"
#include "micro/noise.hpp"

namespace partwise {
namespace {

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void crc64(benchmark::State& state) {
  const auto bytes = micro::noise(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning()) {
    Crc64 crc;
    crc.update(bytes);
    benchmark::DoNotOptimize(crc.value());
  }
  set_bytes(state);
}
BENCHMARK(crc64)->Arg(64 * kKiB)->Arg(kMiB)->Arg(16 * kMiB);

void crc64_combine(benchmark::State& state) {
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(Crc64::combine(Crc64(1), Crc64(2), 64 * kMiB));
  }
}
BENCHMARK(crc64_combine);

void digest(benchmark::State& state, Digester::Kind kind) {
  const auto bytes = micro::noise(static_cast<std::size_t>(state.range(0)));
  Digester digester(kind);
  while (state.KeepRunning()) digester.update(bytes);
  set_bytes(state);
}
BENCHMARK_CAPTURE(digest, md5, Digester::Kind::md5)->Arg(kMiB);
BENCHMARK_CAPTURE(digest, sha256, Digester::Kind::sha256)->Arg(kMiB);

}  // namespace
}  // namespace partwise
