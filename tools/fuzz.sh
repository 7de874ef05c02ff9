#!/usr/bin/env bash
# Builds the fuzzers under the sanitizers, and lets each search for SECONDS_EACH from its seeds on.
#
# Usage: fuzz.sh SECONDS_EACH [TARGET...]
#
# Prints one line for each target. What was found lies in build/fuzz/findings, and the inputs that
# reached something new in build/fuzz/corpus, where the next run starts. Exit code 1: a finding.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?usage: fuzz.sh SECONDS_EACH [TARGET...]}
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(ls tests/fuzz/corpus)
fi

cmake -S . -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_CXX_FLAGS_DEBUG="-O1 -gline-tables-only -D_GLIBCXX_ASSERTIONS" \
  -DPARTWISE_FUZZ=ON -DPARTWISE_PRECOMPILE=OFF \
  -DPARTWISE_SANITIZE=address,undefined >/dev/null
cmake --build build/fuzz -j "${JOBS:-$(nproc)}" --target "${targets[@]/#/fuzz_}" | tail -1

mkdir -p build/fuzz/findings
failed=0
printf '%-12s %12s %8s %8s  %s\n' target executions seconds corpus finding
for target in "${targets[@]}"; do
  found=build/fuzz/corpus/$target
  log=build/fuzz/$target.log
  mkdir -p "$found"
  outcome=none
  build/fuzz/tests/fuzz/fuzz_"$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -dict=tests/fuzz/http.dict \
    -artifact_prefix=build/fuzz/findings/"$target"- \
    "$found" tests/fuzz/corpus/"$target" >"$log" 2>&1 || { outcome="see $log"; failed=1; }
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  printf '%-12s %12s %8s %8s  %s\n' "$target" "${executions:-?}" "$seconds" \
    "$(find "$found" -type f | wc -l)" "$outcome"
done
exit $failed
