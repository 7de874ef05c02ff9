#!/bin/sh
# The contract of blobs on a Ceph gateway, and the server on its bad days. Exit code 77: no cluster
# can be started here, and nothing was tested.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
release="$here/../../build/release"
ceph="$here/../harness/ceph.py"
python3 -B "$ceph" --command true || {
  echo "SKIPPED: no Ceph cluster can be started here, see above" >&2
  exit 77
}
python3 -B "$ceph" --command "$release/tests/contract_blob/contract_blob_tests" \
  --gtest_brief=1 '--gtest_filter=*S3*:ObjectStore*'
python3 -B "$here/s3_test.py" "$release/partwise"
python3 -B "$here/nodes_test.py" "$release/partwise"
