#!/bin/sh
# Installs what the build and the tests need, from Debian's own packages. Quick when nothing is
# missing, and safe to run again. Works as root, else through sudo.
#
#   setup.sh          What the build needs.
#   setup.sh tests    Also the servers that some tests start themselves.
set -eu

packages="
  clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19 lld-19
  cmake ninja-build make git ca-certificates curl jq python3 python3-venv sqlite3
  libbenchmark-dev libboost1.81-dev libcli11-dev libfmt-dev libgtest-dev libisal-dev libsimdjson-dev
  libspdlog-dev libsqlite3-dev libssl-dev libtomlplusplus-dev openssl
  prometheus-cpp-dev libpq-dev libcurl4-openssl-dev
"
ceph="ceph-mon ceph-mgr ceph-osd radosgw ceph-common"
[ "${1:-}" != tests ] || packages="$packages postgresql-15 postgresql-client-15 $ceph"

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
missing=""
for package in $packages; do
  printf '%s\n' "$installed" | grep -qx "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "setup: run as root, or install sudo; these packages are missing:$missing" >&2
    exit 1
  }
  as_root="sudo"
fi

echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086  # The list is meant to be split into words.
$as_root apt-get install -y -qq --no-install-recommends $missing
