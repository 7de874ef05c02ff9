#!/bin/sh
# Builds the load and its checker, tests the checker, and runs them against a server.
#
# Usage: run.sh -binary PROGRAM [-target NAME] [-operations N] [-seed N]
#
# Exit code 77: there is no Go, or its modules cannot be had. 3: a history has no order. Any other
# that is not 0: there was no whole run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build="$here/../../../build/torture/linearizability"
skip() {
  echo "SKIPPED: linearizability, because $1." >&2
  exit 77
}
command -v go >/dev/null || skip "there is no go (Debian: golang)"
export GOTOOLCHAIN=local GOFLAGS=-mod=readonly
wanted=$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' "$here/go.mod")
found=$(go env GOVERSION | sed 's/^go\([0-9]*\.[0-9]*\).*/\1/')
[ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
  skip "it needs go $wanted and this is $found"
mkdir -p "$build"
cp "$here"/go.mod "$here"/go.sum "$here"/*.go "$build/"
go mod download -C "$build" || skip "its modules cannot be downloaded"
# A checker that refuses nothing proves nothing.
go test -C "$build" -count=1 .
go build -C "$build" -o program .
exec "$build/program" "$@"
