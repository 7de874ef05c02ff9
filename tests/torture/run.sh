#!/bin/sh
# All of the torture of the real program, one test after the other, also after one has failed.
#
# OPERATIONS, STRIDE, STATES and KILLS say how much. What cannot run here is skipped, and says so.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root="$here/../.."
binary="$root/build/release/partwise"
interposer="$root/build/release/tests/torture/partwise_interposer.so"
states="${STATES:-300}"
failed=0
skipped=0
report=""

# run NAME COMMAND...
run() {
  name=$1
  shift
  printf '\n--- %s\n' "$name"
  began=$(date +%s)
  code=0
  "$@" || code=$?
  case $code in
    0) verdict=passed ;;
    77) verdict=SKIPPED skipped=1 ;;
    *) verdict=FAILED failed=1 ;;
  esac
  report="$report$(printf '%-24s %-8s %5d s' "$name" "$verdict" "$(($(date +%s) - began))")
"
}

run conditions python3 -B "$here/conditions_test.py" "$binary" "$interposer"
run linearizability "$here/linearizability/run.sh" -binary "$binary" \
  -operations "${OPERATIONS:-20000}"
run crash-states python3 -B "$here/crash_states_test.py" "$binary" "$interposer" --states "$states"
run crash-states-relaxed python3 -B "$here/crash_states_test.py" "$binary" "$interposer" \
  --states 100 --relaxed
run crash-states-unheard python3 -B "$here/crash_states_test.py" "$binary" "$interposer" \
  --states 100 --unheard
run faults python3 -B "$here/fault_test.py" "$binary" "$interposer" --stride "${STRIDE:-4}"
run starts python3 -B "$here/fault_start_test.py" "$binary" "$interposer" --stride "${STRIDE:-16}"
[ -z "${KILLS:-}" ] ||
  run kills python3 -B "$here/../kill/kill_test.py" "$binary" --rounds "$KILLS"
printf '\n%s' "$report"
# What could not run is not passed.
[ "$failed" -ne 0 ] || [ "$skipped" -eq 0 ] || exit 77
exit "$failed"
