#!/bin/sh
# Runs the official OpenAI Python SDK, as its registry has it, against the real server.
#
# Usage: tools/compat.sh BINARY [PYTEST ARGUMENTS]
#
# Where the registry cannot be reached it says so and exits with 77: skipped, which is not passed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
PARTWISE_BINARY=$(realpath "$1")
export PARTWISE_BINARY
shift

venv="$root/build/compat-venv"
requirements="$root/tests/compat/requirements.txt"
if ! cmp -s "$requirements" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  if ! "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"; then
    echo "SKIPPED: the tests with the official SDK, because its registry cannot be reached." >&2
    exit 77
  fi
  cp "$requirements" "$venv/installed.txt"
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" -m pytest -c "$root/tests/compat/pytest.ini" "$@" "$root/tests/compat"
