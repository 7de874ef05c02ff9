// The search for the end of a form's field, in bytes per second.

#include "http/form_delimiter.hpp"

#include <benchmark/benchmark.h>

#include "micro/noise.hpp"

namespace partwise::http {
namespace {

constexpr std::string_view kBoundary = "------------------------7d1f0c5b9a3e4826";

void find_in_noise(benchmark::State& state) {
  const auto bytes = micro::noise(static_cast<std::size_t>(state.range(0)));
  const FormDelimiter delimiter(kBoundary);
  while (state.KeepRunning()) benchmark::DoNotOptimize(delimiter.find(bytes, 0));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(find_in_noise)->Arg(64 * kKiB)->Arg(kMiB)->Arg(16 * kMiB);

// Lines of text: every one of them starts like a delimiter.
void find_in_lines(benchmark::State& state) {
  auto bytes = micro::noise(kMiB);
  constexpr std::size_t kLineBytes = 80;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += kLineBytes) {
    bytes[at] = std::byte{'\r'};
    bytes[at + 1] = std::byte{'\n'};
  }
  const FormDelimiter delimiter(kBoundary);
  while (state.KeepRunning()) benchmark::DoNotOptimize(delimiter.find(bytes, 0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(find_in_lines);

}  // namespace
}  // namespace partwise::http
