#!/bin/sh
# Runs clang-tidy over the sources of a build, a few at a time.
#
# Usage: tools/tidy.sh BUILD_DIRECTORY [PATH PREFIX, as src/core ...]
set -eu
build=$1
shift
[ "$#" -gt 0 ] || set -- src tests
git ls-files -co --exclude-standard -- "$@" | grep '\.cpp$' |
  xargs -P "$(nproc)" -n 4 clang-tidy-19 --quiet -p "$build"
