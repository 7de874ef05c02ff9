// Making and reading ids.

#include <benchmark/benchmark.h>

#include "core/ids.hpp"

namespace partwise {
namespace {

const Timestamp kNow = from_unix_seconds(1'719'184'911);

void generate_upload_id(benchmark::State& state) {
  SystemRandom random;
  while (state.KeepRunning()) benchmark::DoNotOptimize(UploadId::generate(random, kNow));
}
BENCHMARK(generate_upload_id);

void generate_file_id(benchmark::State& state) {
  SystemRandom random;
  while (state.KeepRunning()) benchmark::DoNotOptimize(FileId::generate(random));
}
BENCHMARK(generate_file_id);

void parse_upload_id(benchmark::State& state) {
  SystemRandom random;
  const std::string text = UploadId::generate(random, kNow).text;
  while (state.KeepRunning()) benchmark::DoNotOptimize(UploadId::parse(text));
}
BENCHMARK(parse_upload_id);

}  // namespace
}  // namespace partwise
