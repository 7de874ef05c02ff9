#!/bin/sh
# Runs the official OpenAI SDKs, as their registries have them, against the real server.
#
# Usage: tools/compat.sh BINARY [PYTEST ARGUMENTS]
#
# A language whose toolchain or registry is not there is skipped, and said to be. Where Python's
# registry cannot be reached nothing can run: exit code 77, skipped, which is not passed.
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
    echo "SKIPPED: the tests with the official SDKs, because their registry cannot be reached." >&2
    exit 77
  fi
  cp "$requirements" "$venv/installed.txt"
fi
export PYTHONDONTWRITEBYTECODE=1
code=0
"$venv/bin/python" -m pytest -c "$root/tests/compat/pytest.ini" "$@" "$root/tests/compat" || code=$?
"$venv/bin/python" "$root/tools/compat_matrix.py" --check || code=1
exit "$code"
