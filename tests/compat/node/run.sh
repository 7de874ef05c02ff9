#!/bin/sh
# Runs a program on the official Node SDK. Usage: run.sh PROGRAM.mjs ARGUMENTS...
# Exit code 77: the toolchain or its registry is not there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build="$here/../../../build/compat/node"
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED: the Node SDK, because there is no node and npm." >&2
  exit 77
fi
mkdir -p "$build"
if ! cmp -s "$here/package-lock.json" "$build/installed.json"; then
  cp "$here/package.json" "$here/package-lock.json" "$build/"
  if ! npm ci --prefix "$build" --no-audit --no-fund >"$build/npm.log" 2>&1; then
    cat "$build/npm.log" >&2
    # A lock that does not fit its package.json is a mistake of ours, and no missing registry.
    ! grep -q EUSAGE "$build/npm.log" || exit 1
    echo "SKIPPED: the Node SDK, because its registry cannot be reached." >&2
    exit 77
  fi
  cp "$here/package-lock.json" "$build/installed.json"
fi
# A module is looked up from where the program lies.
program="$build/$(basename "$1")"
cp "$1" "$program"
shift
exec node "$program" "$@"
