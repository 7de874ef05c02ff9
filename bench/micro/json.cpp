// The JSON of the requests and answers that are most frequent.

#include <benchmark/benchmark.h>

#include "wire/objects.hpp"
#include "wire/request_bodies.hpp"

namespace partwise::wire {
namespace {

void write_upload(benchmark::State& state) {
  const WireUpload upload{.id = "upload_0123456789abcdef0123456789abcdef",
                          .bytes = 8'589'934'592,
                          .created_at = 1'719'184'911,
                          .filename = "training_examples.jsonl",
                          .purpose = "fine-tune",
                          .status = "pending",
                          .expires_at = 1'719'188'511,
                          .file = {}};
  while (state.KeepRunning()) benchmark::DoNotOptimize(to_json(upload));
}
BENCHMARK(write_upload);

void write_part(benchmark::State& state) {
  const WirePart part{.id = "part_0123456789abcdef0123456789abcdef",
                      .created_at = 1'719'185'911,
                      .upload_id = "upload_0123456789abcdef0123456789abcdef"};
  while (state.KeepRunning()) benchmark::DoNotOptimize(to_json(part));
}
BENCHMARK(write_part);

void read_create_body(benchmark::State& state) {
  constexpr std::string_view kBody =
      R"({"purpose": "fine-tune", "filename": "training_examples.jsonl", "bytes": 2147483648,)"
      R"( "mime_type": "text/jsonl", "expires_after": {"anchor": "created_at", "seconds": 3600}})";
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(parse_create_upload_body(kBody, kInputPurposes));
  }
}
BENCHMARK(read_create_body);

void read_complete_body(benchmark::State& state) {
  std::string body = R"({"part_ids": [)";
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    if (i > 0) body += ',';
    body += R"("part_0123456789abcdef0123456789abcdef")";
  }
  body += "]}";
  while (state.KeepRunning()) benchmark::DoNotOptimize(parse_complete_upload_body(body));
}
BENCHMARK(read_complete_body)->Arg(128)->Arg(10'000);

}  // namespace
}  // namespace partwise::wire
