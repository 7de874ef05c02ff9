#!/bin/sh
# Runs a program on the official Go SDK. Usage: run.sh FOLDER ARGUMENTS...
# Exit code 77: the toolchain or its registry is not there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build="$here/../../../build/compat/go-$(basename "$1")"
command -v go >/dev/null || {
  echo "SKIPPED: the Go SDK, because there is no go." >&2
  exit 77
}
export GOTOOLCHAIN=local GOFLAGS=-mod=readonly
wanted=$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' "$here/go.mod")
found=$(go env GOVERSION | sed 's/^go\([0-9]*\.[0-9]*\).*/\1/')
[ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] || {
  echo "SKIPPED: the Go SDK, because it needs go $wanted and this is $found." >&2
  exit 77
}
mkdir -p "$build"
cp "$here/go.mod" "$here/go.sum" "$1"/*.go "$build/"
shift
go mod download -C "$build" || {
  echo "SKIPPED: the Go SDK, because its registry cannot be reached." >&2
  exit 77
}
go build -C "$build" -o program .
exec "$build/program" "$@"
