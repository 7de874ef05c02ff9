#!/usr/bin/env python3
"""Two nodes with their metadata in PostgreSQL and their blobs in a Ceph gateway.

Usage: nodes_test.py BINARY. Needs both (make setup-tests); without them it is skipped and says so.
"""

import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
import ceph as ceph_cluster  # noqa: E402
from partwise_client import Client, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402
from postgres_cluster import Missing, PostgresCluster  # noqa: E402

BINARY = None
CEPH = None
DATABASE = None


def setUpModule():
    global CEPH, DATABASE
    try:
        DATABASE = PostgresCluster()
    except Missing as missing:
        raise unittest.SkipTest(str(missing)) from missing
    unittest.addModuleCleanup(DATABASE.close)
    CEPH = ceph_cluster.Ceph()
    unittest.addModuleCleanup(CEPH.stop)


class Nodes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-nodes-s3-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        DATABASE.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.prefix = f"nodes-{self.id().rsplit('.', 1)[1]}"

    def node(self, name, prefix=None, start=True):
        node = PartwiseServer(BINARY, self.folder / name, "--metadata", DATABASE.url,
                              "--blobs", CEPH.blobs(prefix or self.prefix))
        node.environment = CEPH.environment
        self.addCleanup(node.kill)
        return node.start() if start else node

    def client(self, node):
        client = Client(node.port)
        self.addCleanup(client.close)
        return client

    def fsck(self):
        run = subprocess.run(
            [BINARY, "fsck", "--metadata", DATABASE.url, "--blobs", CEPH.blobs(self.prefix)],
            capture_output=True, text=True, check=False, timeout=120,
            env={**CEPH.environment, "PATH": "/usr/bin:/bin"})
        return run.returncode, run.stdout + run.stderr

    def blob_names(self):
        listed = CEPH.request("GET", f"/{CEPH.bucket}/?list-type=2&prefix={self.prefix}%2Fblobs")
        return listed.count(b"<Key>")

    def await_blobs(self, count):
        for _ in range(300):
            if self.blob_names() == count:
                return
            threading.Event().wait(0.2)
        self.assertEqual(self.blob_names(), count)

    def test_what_one_stores_the_other_serves_and_removes(self):
        first, second = self.client(self.node("first")), self.client(self.node("second"))
        upload = first.create_upload(300_003)
        parts = [first.add_part(upload, content_of(1, 300_000)), second.add_part(upload, b"end")]
        file_id = second.complete(upload, parts)["file"]["id"]
        self.assertEqual(first.content(file_id), content_of(1, 300_000) + b"end")
        self.assertEqual(second.content(file_id), content_of(1, 300_000) + b"end")
        upload = first.create_upload(4)
        first.add_part(upload, b"gone")
        second.cancel(upload)
        self.await_blobs(2)

    def test_a_node_that_is_killed_takes_nothing_with_it(self):
        first, second = self.node("first"), self.node("second")
        client = self.client(first)
        upload = client.create_upload(100_000)
        part = client.add_part(upload, content_of(2, 100_000))
        first.kill_running()
        other = self.client(second)
        file_id = other.complete(upload, [part])["file"]["id"]
        self.assertEqual(other.content(file_id), content_of(2, 100_000))
        second.stop()
        code, output = self.fsck()
        self.assertEqual(code, 0, output)

    def test_a_node_with_another_bucket_is_refused(self):
        self.node("first")
        other = self.node("other", prefix="nodes-elsewhere", start=False)
        with self.assertRaises(RuntimeError) as refused:
            other.start()
        self.assertIn("another place than s3://", str(refused.exception))

    def test_a_bucket_of_another_database_is_refused(self):
        self.node("first").stop()
        DATABASE.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        other = self.node("other", start=False)
        with self.assertRaises(RuntimeError) as refused:
            other.start()
        self.assertIn("belongs to other metadata", str(refused.exception))


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    if ceph_cluster.missing():
        print(f"SKIPPED: not installed: {', '.join(ceph_cluster.missing())} (make setup-tests)")
        sys.exit(77)
    unittest.main(verbosity=2)
