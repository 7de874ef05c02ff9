#!/bin/sh
# Formats every C++ file in place; with --check it changes nothing, and fails where it would.
set -eu
cd "$(dirname "$0")/.."
mode="-i"
[ "${1:-}" != "--check" ] || mode="--dry-run -Werror"
# shellcheck disable=SC2086  # The mode is meant to be split into words.
git ls-files -co --exclude-standard '*.cpp' '*.hpp' |
  xargs -P "$(nproc)" -n 20 clang-format-19 $mode
