#!/usr/bin/env python3
"""The server with its blobs in a real object store: a Ceph gateway, also on its bad days.

Usage: s3_test.py BINARY [names of tests]
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
import ceph as ceph_cluster  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from partwise_client import Client, Refused, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

BINARY = None
CEPH = None
MIB = 1 << 20


def setUpModule():
    global CEPH
    CEPH = ceph_cluster.Ceph()


def tearDownModule():
    CEPH.stop()


class ObjectStoreCase(unittest.TestCase):
    """A data directory and a prefix for each test; requests go through a proxy that can fail."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="s3-test-")))
        self.prefix = f"case-{self.id().rsplit('.', 1)[1]}"
        self.proxy = FaultProxy(CEPH.gateway_port)
        self.addCleanup(self.proxy.close)
        self.server = self.make_server("data")

    def blobs(self, prefix=None, bucket=None):
        return (f"s3://{bucket or CEPH.bucket}/{prefix or self.prefix}?region=default"
                f"&endpoint={self.proxy.endpoint}")

    def make_server(self, name, prefix=None, flags=(), **environment):
        blobs = self.blobs(prefix)
        server = PartwiseServer(BINARY, self.folder / name, "--blobs", blobs, *flags)
        server.environment = {"AWS_ACCESS_KEY_ID": ceph_cluster.ACCESS_KEY,
                              "AWS_SECRET_ACCESS_KEY": ceph_cluster.SECRET_KEY, **environment}
        self.addCleanup(server.kill)
        return server

    def command(self, *words, **environment):
        """(exit code, output) of a command of the program."""
        run = subprocess.run(
            [BINARY, *map(str, words)], capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, **self.server.environment, **environment})
        return run.returncode, run.stdout + run.stderr

    def fsck(self, *flags):
        return self.command("fsck", "--data-dir", self.server.data_dir, "--blobs", self.blobs(),
                            *flags)

    def client(self):
        client = Client(self.server.port)
        self.addCleanup(client.close)
        return client

    def objects(self):
        """{name below the prefix: bytes}"""
        listed = CEPH.request("GET", f"/{CEPH.bucket}/?list-type=2&max-keys=1000"
                                     f"&prefix={self.prefix}%2F").decode()
        return {key.removeprefix(self.prefix + "/"): int(size) for key, size in
                re.findall(r"<Key>([^<]*)</Key>.*?<Size>(\d+)</Size>", listed)}

    def blob_names(self):
        return sorted(name for name in self.objects() if name.startswith("blobs/"))

    def path_of(self, name):
        return f"/{CEPH.bucket}/{self.prefix}/{name}"

    def upload(self, client, sizes, seed=1):
        """(id of the file, its content)"""
        pieces = [content_of(seed + number, size) for number, size in enumerate(sizes)]
        upload = client.create_upload(sum(sizes))
        parts = [client.add_part(upload, piece) for piece in pieces]
        return client.complete(upload, parts)["file"]["id"], b"".join(pieces)

    def await_blobs(self, names):
        """The reaper works in the background: looks until it has, at most 60 s."""
        for _ in range(300):
            if self.blob_names() == names:
                return
            threading.Event().wait(0.2)
        self.assertEqual(self.blob_names(), names)


class Service(ObjectStoreCase):
    def test_content_comes_back_as_it_was_and_goes_when_nobody_wants_it(self):
        self.server.start()
        client = self.client()
        file_id, content = self.upload(client, [5 * MIB, 3, 70_000])
        self.assertEqual(len(self.blob_names()), 3)
        self.assertEqual(client.content(file_id), content)
        size = len(content)
        for begin, end in ((0, 9), (5 * MIB - 2, 5 * MIB + 5), (size - 4, size - 1)):
            got = self.range_of(client, file_id, begin, end)
            self.assertEqual(got, content[begin:end + 1])
        whole = client.create_file(content_of(9, 200_000), "batch")
        self.assertEqual(client.content(whole), content_of(9, 200_000))
        client.delete_file(whole)
        client.delete_file(file_id)
        upload = client.create_upload(10)
        client.add_part(upload, b"0123456789")
        client.cancel(upload)
        self.await_blobs([])
        self.assertEqual(list(self.objects()), ["database"])
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.fsck()[0], 0)

    def range_of(self, client, file_id, begin, end):
        headers = {**client.headers, "Range": f"bytes={begin}-{end}"}
        client.connection.request("GET", f"/v1/files/{file_id}/content", headers=headers)
        answer = client.connection.getresponse()
        self.assertEqual(answer.status, 206)
        return answer.read()

    def test_it_goes_on_after_a_restart_and_no_secret_is_told(self):
        self.server.start()
        file_id, content = self.upload(self.client(), [100_000])
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.client().content(file_id), content)
        self.server.stop()
        self.assertNotIn(ceph_cluster.SECRET_KEY, self.server.log())
        self.assertNotIn(ceph_cluster.ACCESS_KEY, self.server.log())

    def test_keys_come_from_a_file(self):
        keys = self.folder / "keys"
        keys.write_text(f"[default]\naws_access_key_id={ceph_cluster.ACCESS_KEY}\n"
                        f"aws_secret_access_key={ceph_cluster.SECRET_KEY}\n")
        self.server = self.make_server("data", flags=("--s3-credentials-file", keys),
                                       AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        self.server.start()
        file_id, content = self.upload(self.client(), [1000])
        self.assertEqual(self.client().content(file_id), content)

    def test_many_streams_at_once(self):
        self.server.start()
        errors = []

        def stream(number):
            client = Client(self.server.port)
            try:
                file_id, content = self.upload(client, [MIB, MIB + number], seed=100 * number)
                if client.content(file_id) != content:
                    errors.append(f"stream {number} got other content")
            except (Refused, OSError) as error:
                errors.append(f"stream {number}: {error}")
            finally:
                client.close()

        threads = [threading.Thread(target=stream, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        self.server.stop()
        code, output = self.fsck()
        self.assertEqual(code, 0, output)


class Refusals(ObjectStoreCase):
    def refused(self, server):
        with self.assertRaises(RuntimeError) as raised:
            server.start()
        return str(raised.exception)

    def test_metadata_and_bucket_belong_together(self):
        self.server.start()
        self.server.stop()
        other = self.make_server("other")
        self.assertIn("belongs to other metadata", self.refused(other))
        elsewhere = self.make_server("data", prefix="case-elsewhere")
        self.assertIn("are in s3://", self.refused(elsewhere))
        without = PartwiseServer(BINARY, self.folder / "data")
        self.assertIn("give them with --blobs", self.refused(without))
        CEPH.request("DELETE", self.path_of("database"))
        self.assertIn("has lost its object", self.refused(self.make_server("data")))

    def test_a_directory_with_blobs_of_its_own_keeps_them(self):
        plain = PartwiseServer(BINARY, self.folder / "data").start()
        self.addCleanup(plain.kill)
        client = Client(plain.port)
        client.create_file(b"content", "user_data")
        client.close()
        plain.stop()
        self.assertIn("has blobs of its own", self.refused(self.server))

    def test_wrong_keys_and_a_bucket_that_is_not_there_are_told_in_words(self):
        wrong = self.make_server("wrong", AWS_SECRET_ACCESS_KEY="another-secret")
        said = self.refused(wrong)
        self.assertIn("SignatureDoesNotMatch", said)
        self.assertNotIn("another-secret", said)
        nobody = self.make_server("nobody", AWS_ACCESS_KEY_ID="")
        self.assertIn("AWS_ACCESS_KEY_ID", self.refused(nobody))
        missing = PartwiseServer(BINARY, self.folder / "missing", "--blobs",
                                 self.blobs(bucket="no-such-bucket"))
        missing.environment = self.server.environment
        self.assertIn("NoSuchBucket", self.refused(missing))

    def test_a_backup_says_why_there_is_none(self):
        self.server.start()
        code, output = self.command("backup", "--data-dir", self.server.data_dir, "--to",
                                    self.folder / "copy")
        self.assertEqual(code, 2)
        self.assertIn("are in s3://", output)
        self.assertFalse((self.folder / "copy").exists())


class Faults(ObjectStoreCase):
    def setUp(self):
        super().setUp()
        self.server.start()

    def test_a_store_that_is_busy_is_asked_again(self):
        busy = self.proxy.add("^(PUT|GET|HEAD|POST) .*blobs|delete=", "refuse", times=3)
        file_id, content = self.upload(self.client(), [100_000])
        self.assertEqual(self.client().content(file_id), content)
        self.assertEqual(busy.met, 3)

    def test_a_put_whose_answer_was_lost_is_not_lost(self):
        lost = self.proxy.add("^PUT .*/blobs/", "lose")
        file_id, content = self.upload(self.client(), [2 * MIB])
        self.assertEqual(lost.met, 1)
        self.assertEqual(self.client().content(file_id), content)
        self.assertEqual(len(self.blob_names()), 1)

    def test_a_store_that_stays_away_costs_the_part_alone_and_leaves_nothing(self):
        client = self.client()
        upload = client.create_upload(3)
        away = self.proxy.add("^PUT .*/blobs/", "break", times=1000)
        with self.assertRaises(Refused) as refused:
            client.add_part(upload, b"abc")
        self.assertEqual(refused.exception.status, 503)
        self.assertNotIn(b"s3", refused.exception.body.lower())
        self.assertGreater(away.met, 1)
        self.proxy.heal()
        part = client.add_part(upload, b"abc")
        file_id = client.complete(upload, [part])["file"]["id"]
        self.assertEqual(client.content(file_id), b"abc")
        self.await_blobs(self.blob_names()[:1])
        self.server.stop()
        code, output = self.fsck()
        self.assertEqual(code, 0, output)

    def test_cancel_and_metadata_need_no_object_store(self):
        client = self.client()
        upload = client.create_upload(3)
        client.add_part(upload, b"abc")
        self.proxy.add(".", "break", times=10_000)
        self.assertEqual(client.get_upload(upload)["status"], "pending")
        self.assertEqual(client.cancel(upload)["status"], "cancelled")
        self.proxy.heal()
        self.await_blobs([])

    def test_what_was_stored_and_never_answered_goes(self):
        client = self.client()
        upload = client.create_upload(3)
        self.proxy.add("^PUT .*/blobs/", "lose", times=1000)
        self.proxy.add("^HEAD .*/blobs/", "break", times=1000)
        with self.assertRaises(Refused):
            client.add_part(upload, b"abc")
        self.proxy.heal()
        self.await_blobs([])

    def test_a_download_goes_on_where_the_connection_broke(self):
        file_id, content = self.upload(self.client(), [3 * MIB, 1000])
        for keep in (0, 1, 500_000, 2 * MIB):
            cut = self.proxy.add("^GET .*/blobs/", "truncate", keep=keep)
            self.assertEqual(self.client().content(file_id), content, keep)
            self.assertEqual(cut.met, 1)

    def test_a_download_that_cannot_go_on_is_short_and_never_wrong(self):
        file_id, _ = self.upload(self.client(), [3 * MIB])
        self.proxy.add("^GET .*/blobs/", "truncate", times=1000, keep=0)
        with self.assertRaises(Exception) as raised:
            self.client().content(file_id)
        self.assertNotIsInstance(raised.exception, AssertionError)

    def test_a_store_that_is_full_says_so(self):
        client = self.client()
        upload = client.create_upload(3)
        self.proxy.add("^PUT .*/blobs/", "refuse", status=403, code="QuotaExceeded")
        with self.assertRaises(Refused) as refused:
            client.add_part(upload, b"abc")
        self.assertEqual(refused.exception.status, 507)
        client.add_part(upload, b"abc")

    def test_a_silent_store_is_given_up_and_asked_again(self):
        silent = self.proxy.add("^PUT .*/blobs/", "stall")
        file_id, content = self.upload(self.client(), [1000])
        self.assertEqual(silent.met, 1)
        self.assertEqual(self.client().content(file_id), content)

    def test_removals_go_on_when_the_store_is_back(self):
        client = self.client()
        file_id, _ = self.upload(client, [1000, 2000])
        self.proxy.add("^POST .*delete=", "refuse", times=6, status=500, code="InternalError")
        client.delete_file(file_id)
        self.await_blobs([])

    def test_a_stop_does_not_wait_for_a_silent_store(self):
        client = self.client()
        file_id, _ = self.upload(client, [1000])
        stalled = self.proxy.add("^POST .*delete=", "stall", times=1000)
        client.delete_file(file_id)
        for _ in range(300):
            if stalled.met:
                break
            threading.Event().wait(0.1)
        self.assertEqual(self.server.stop(), 0)
        self.proxy.heal()
        self.server.start()
        self.await_blobs([])

    def test_a_gateway_that_is_killed_and_comes_back(self):
        client = self.client()
        file_id, content = self.upload(client, [200_000])
        CEPH.restart_gateway()
        self.assertEqual(client.content(file_id), content)
        other, content = self.upload(client, [300_000], seed=5)
        self.assertEqual(client.content(other), content)


class Kills(ObjectStoreCase):
    def test_nothing_answered_is_lost_and_nothing_is_left(self):
        answered = []  # (file, content's seed, size)
        created = []
        for number in range(int(os.environ.get("KILLS", "4"))):
            self.server.start()
            ended = threading.Event()
            threads = [
                threading.Thread(target=self.load,
                                 args=(answered, created, ended, 10_000 * number + 1000 * k))
                for k in range(4)]
            for thread in threads:
                thread.start()
            threading.Event().wait(1.5 + 0.3 * number)
            self.server.kill_running()
            ended.set()
            for thread in threads:
                thread.join()
            code, output = self.fsck()
            self.assertEqual(code, 0, output)
        self.assertGreater(len(answered), 0)
        self.server.start()
        client = self.client()
        for file_id, seed, size in answered:
            self.assertEqual(client.content(file_id), content_of(seed, size))
        for upload in created:
            if client.get_upload(upload)["status"] == "pending":
                client.cancel(upload)
        files = client.call("GET", "/files?limit=10000")["data"]
        self.await_nothing_to_remove(len(files))
        self.server.stop()
        code, output = self.fsck("--json")
        self.assertEqual(code, 0, output)
        self.assertEqual(json.loads(output)["garbage_bytes"], 0)

    def load(self, answered, created, ended, seed):
        client = Client(self.server.port)
        while not ended.is_set():
            seed += 1
            size = 1 + seed * 7919 % 600_000
            try:
                upload = client.create_upload(size)
                created.append(upload)
                part = client.add_part(upload, content_of(seed, size))
                if seed % 3 == 0:
                    client.cancel(upload)
                else:
                    file_id = client.complete(upload, [part])["file"]["id"]
                    answered.append((file_id, seed, size))
            except Exception:  # noqa: BLE001  The server is killed under us, wherever we are.
                break
        client.close()

    def await_nothing_to_remove(self, wanted):
        """Until no more blobs are there than files want, and parts of uploads that never ended."""
        for _ in range(300):
            if len(self.blob_names()) <= wanted:
                return
            threading.Event().wait(0.2)
        self.fail(f"{len(self.blob_names())} blobs are left, and {wanted} are wanted")


class Checks(ObjectStoreCase):
    def test_what_is_missing_damaged_or_nobodys_is_found(self):
        self.server.start()
        client = self.client()
        for number in range(3):
            client.create_file(content_of(number, 1000 + number), "user_data")
        self.server.stop()
        sizes = {size: name for name, size in self.objects().items() if name.startswith("blobs/")}
        CEPH.request("DELETE", self.path_of(sizes[1000]))
        CEPH.request("PUT", self.path_of(sizes[1001]), b"x" * 1001)
        orphan = "blobs/ab/ab" + "0" * 30
        CEPH.request("PUT", self.path_of(orphan), b"orphan")
        CEPH.request("PUT", self.path_of("blobs/ab/strange"), b"strange")
        CEPH.request("PUT", self.path_of("elsewhere"), b"note")
        code, output = self.fsck("--json")
        self.assertEqual(code, 1)
        kinds = sorted(finding["kind"] for finding in json.loads(output)["findings"])
        self.assertEqual(kinds, ["damaged_blob", "foreign_file", "missing_blob", "orphan_blob"])
        self.assertEqual(json.loads(output)["unknown_names"], ["elsewhere"])
        code, output = self.fsck("--repair")
        self.assertEqual(code, 1, output)
        self.assertIn(f"lost-and-found/{orphan}", self.objects())
        self.assertIn("lost-and-found/blobs/ab/strange", self.objects())
        self.assertNotIn(orphan, self.objects())

    def test_a_check_beside_the_server_finds_them_too(self):
        self.server.start()
        code, output = self.command("keys", "create", "--role", "admin", "--data-dir",
                                    self.server.data_dir)
        self.assertEqual(code, 0, output)
        client = self.client()
        client.create_file(content_of(1, 1000), "user_data")
        client.create_file(content_of(2, 2000), "user_data")
        client = self.admin(output.split()[0])
        sizes = {size: name for name, size in self.objects().items() if name.startswith("blobs/")}
        report = json.loads(client.request("POST", "/fsck"))
        self.assertEqual(report["findings"], [])
        CEPH.request("DELETE", self.path_of(sizes[1000]))
        CEPH.request("PUT", self.path_of("blobs/ab/ab" + "0" * 30), b"orphan")
        report = json.loads(client.request("POST", "/fsck"))
        self.assertEqual(sorted(finding["kind"] for finding in report["findings"]),
                         ["missing_blob", "orphan_blob"])


    def admin(self, key):
        """A client with this key, once the server knows it."""
        client = Client(self.server.port, key)
        self.addCleanup(client.close)
        for _ in range(100):
            try:
                client.call("GET", "/files")
                return client
            except Refused:
                threading.Event().wait(0.1)
        self.fail("the server does not learn of the key")


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    if ceph_cluster.missing():
        print(f"SKIPPED: not installed: {', '.join(ceph_cluster.missing())} (make setup-tests)")
        sys.exit(77)
    unittest.main(verbosity=2)
