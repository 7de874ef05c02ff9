#!/usr/bin/env python3
"""Nodes on one PostgreSQL: two real ones share uploads, cut each other's streams, and outlive a
restart of the database; and what an operator is told where something does not fit.

Usage: postgres_test.py BINARY. Needs PostgreSQL 15; without it, it is skipped and says so.
"""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from partwise_client import API_KEY, BOUNDARY, Client, Refused, ServerGone, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402
from postgres_cluster import Missing, PostgresCluster  # noqa: E402

BINARY = None
PATIENCE_SECONDS = 20


def until(reached, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > deadline:
            raise AssertionError(f"in {PATIENCE_SECONDS} s it did not happen that {what}")
        time.sleep(0.02)


class HeldPart:
    """The head of a part and some of its content; the rest comes when the test says so."""

    def __init__(self, port, upload_id, size):
        self.size = size
        self.sent = 0
        self.head = (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"data\"; "
                     "filename=\"p\"\r\n\r\n").encode()
        self.tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        length = len(self.head) + size + len(self.tail)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.sendall(
            (f"POST /v1/uploads/{upload_id}/parts HTTP/1.1\r\nHost: test\r\n"
             f"Authorization: Bearer {API_KEY}\r\nContent-Length: {length}\r\n"
             f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n").encode()
            + self.head)

    def send(self, size):
        self.socket.sendall(b"x" * size)
        self.sent += size

    def finish(self):
        self.socket.sendall(b"x" * (self.size - self.sent) + self.tail)

    def answer(self):
        """(status, text) of the answer."""
        text = b""
        while b"\r\n\r\n" not in text:
            more = self.socket.recv(65536)
            if not more:
                raise ServerGone("no answer")
            text += more
        head, _, body = text.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length"))
        while len(body) < length:
            body += self.socket.recv(65536)
        return int(head.split()[1]), body.decode()


class OnPostgres(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.cluster = PostgresCluster()
        except Missing as missing:
            raise unittest.SkipTest(str(missing)) from missing
        cls.addClassCleanup(cls.cluster.close)

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-nodes-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        if self.cluster.process is None:
            self.cluster.start()
        self.cluster.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def node(self, name, *flags, start=True):
        node = PartwiseServer(BINARY, self.folder / name, "--metadata", self.cluster.url,
                              "--blobs", str(self.folder / "blobs"), *flags)
        self.addCleanup(node.kill)
        return node.start() if start else node

    def client(self, node, *key):
        client = Client(node.port, *key)
        self.addCleanup(client.close)
        return client

    def hold_part(self, node, upload_id, size):
        part = HeldPart(node.port, upload_id, size)
        self.addCleanup(part.socket.close)
        return part

    def refusal(self, *flags):
        run = subprocess.run([BINARY, "serve", "--listen", "127.0.0.1:0", *flags], timeout=60,
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 2, run.stdout + run.stderr)
        self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        return run.stderr

    def fsck(self, *flags):
        return subprocess.run([BINARY, "fsck", "--metadata", self.cluster.url, "--blobs",
                               str(self.folder / "blobs"), *flags], capture_output=True, text=True,
                              check=False)

    def test_what_one_node_stores_another_completes_and_serves(self):
        first = self.client(self.node("a"))
        second = self.client(self.node("b"))
        content = content_of(1, 300_000)
        upload = first.create_upload(len(content))
        parts = [first.add_part(upload, content[:100_000]),
                 second.add_part(upload, content[100_000:])]
        file = second.complete(upload, parts)["file"]["id"]
        self.assertEqual(first.content(file), content)
        self.assertEqual(first.complete(upload, parts)["file"]["id"], file)
        self.assertEqual(first.delete_file(file)["id"], file)
        with self.assertRaises(Refused) as refused:
            second.content(file)
        self.assertEqual(refused.exception.status, 404)

    def test_a_cancel_cuts_the_streams_of_another_node(self):
        first, second = self.node("a"), self.node("b")
        client = self.client(first)
        upload = client.create_upload(50_000_000)
        part = self.hold_part(second, upload, 40_000_000)
        part.send(1_000_000)
        until(lambda: self.cluster.ask("SELECT count(*) FROM intents") == "1",
              "the part arrives at the other node")
        client.cancel(upload)
        # Nothing more is sent: only the news can end it.
        status, text = part.answer()
        self.assertEqual(status, 400)
        self.assertIn("cancelled", text)

    def test_where_the_news_is_lost_the_transaction_refuses_the_part(self):
        second = self.node("b")
        client = self.client(second)
        upload = client.create_upload(50_000_000)
        part = self.hold_part(second, upload, 1_000_000)
        part.send(100_000)
        until(lambda: self.cluster.ask("SELECT count(*) FROM intents") == "1", "the part arrives")
        # As another node does it, except that nobody is told.
        self.cluster.ask("UPDATE uploads SET status = 'cancelled', reaped = true,"
                         " ended_at = partwise_moment() WHERE status = 'pending'")
        part.finish()
        status, text = part.answer()
        self.assertEqual(status, 400, text)
        self.assertIn("is not pending (status: cancelled)", text)
        self.assertEqual(self.cluster.ask("SELECT count(*) FROM parts"), "0")

    def test_a_key_that_is_revoked_anywhere_is_refused_everywhere(self):
        node = self.node("a")
        keys = [BINARY, "keys"]
        at = ["--metadata", self.cluster.url]
        made = subprocess.run([*keys, "create", *at], capture_output=True, text=True, check=True)
        client = self.client(node, made.stdout.strip())
        until(lambda: self.accepts(client), "a new key is known")
        listed = subprocess.run([*keys, "list", *at], capture_output=True, text=True, check=True)
        key_id = next(word for word in listed.stdout.split() if word.startswith("key_"))
        subprocess.run([*keys, "revoke", *at, key_id], capture_output=True, check=True)
        until(lambda: not self.accepts(client), "a revoked key is refused")

    @staticmethod
    def accepts(client):
        try:
            client.call("GET", "/files")
            return True
        except Refused:
            return False

    def test_a_restart_of_the_database_under_load_loses_nothing(self):
        nodes = [self.node("a"), self.node("b")]
        stop = threading.Event()
        answered, failures = [], []

        def work(number):
            client = self.client(nodes[number % 2])
            round_number = 0
            while not stop.is_set():
                round_number += 1
                content = content_of(number * 1000 + round_number, 1000)
                try:
                    upload = client.create_upload(len(content))
                    part = client.add_part(upload, content)
                    file = client.complete(upload, [part])["file"]["id"]
                    answered.append((file, content))
                except Refused as refused:
                    failures.append(refused.status)
                except ServerGone as gone:
                    failures.append(str(gone))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for how in (signal.SIGINT, signal.SIGQUIT):
            before = len(answered)
            until(lambda seen=before: len(answered) > seen + 10, "files are answered")
            self.cluster.stop(how)
            self.cluster.start()
        before = len(answered)
        until(lambda: len(answered) > before + 10, "files are answered again")
        stop.set()
        for thread in threads:
            thread.join()
        # The wait in the queue hides the restart; an SDK tries 503 again.
        self.assertEqual([status for status in failures if status not in (429, 503)], [])
        client = self.client(nodes[0])
        for file, content in answered:
            self.assertEqual(client.content(file), content)
        for node in nodes:
            self.assertEqual(node.stop(), 0)
        checked = self.fsck()
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_readiness_follows_the_database(self):
        node = self.node("a")
        self.cluster.stop()
        until(lambda: not node.is_ready(), "the node is not ready")
        with self.assertRaises(urllib.error.HTTPError) as failure:
            urllib.request.urlopen(f"{node.origin}/readyz", timeout=5)
        self.assertEqual(failure.exception.code, 503)
        self.cluster.start()
        until(node.is_ready, "the node is ready again")
        self.assertEqual(self.client(node).call("GET", "/files")["data"], [])

    def test_a_check_runs_beside_no_node(self):
        node = self.node("a")
        client = self.client(node)
        client.create_file(b"some bytes", "user_data")
        beside = self.fsck()
        self.assertEqual(beside.returncode, 2)
        self.assertIn("A server runs on", beside.stderr)
        node.stop()
        checked = self.fsck("--json")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertEqual(json.loads(checked.stdout)["billed_bytes"], 10)
        blob = next(path for path in (self.folder / "blobs" / "blobs").rglob("*") if path.is_file())
        blob.write_bytes(b"some other")
        self.assertEqual(self.fsck().returncode, 1)

    def test_combinations_that_cannot_work_are_refused_in_one_line(self):
        data = str(self.folder / "x")
        url = self.cluster.url
        self.assertIn("--blobs is for several nodes", self.refusal(
            "--data-dir", data, "--blobs", str(self.folder / "y")))
        self.assertIn("--durability relaxed does not go", self.refusal(
            "--data-dir", data, "--metadata", url, "--durability", "relaxed"))
        self.assertIn("neither 'sqlite' nor the URL", self.refusal(
            "--data-dir", data, "--metadata", "mysql://user:geheim@host/x"))
        node = self.node("a")
        self.assertIn("in use by another Partwise", self.refusal(
            "--data-dir", str(self.folder / "a"), "--metadata", url, "--blobs",
            str(self.folder / "blobs")))
        self.assertIn("has its blobs in another directory", self.refusal(
            "--data-dir", data, "--metadata", url))
        node.stop()
        self.cluster.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.assertIn("has the blobs of another database", self.refusal(
            "--data-dir", data, "--metadata", url, "--blobs", str(self.folder / "blobs")))

    def test_a_node_does_not_serve_a_directory_with_metadata_of_its_own(self):
        single = PartwiseServer(BINARY, self.folder / "single")
        self.addCleanup(single.kill)
        single.start().stop()
        self.assertIn("has metadata of its own", self.refusal(
            "--data-dir", str(self.folder / "single"), "--metadata", self.cluster.url))

    def test_a_database_that_is_away_at_the_start_is_one_line_without_the_password(self):
        line = self.refusal("--data-dir", str(self.folder / "x"), "--metadata",
                            f"postgres://someone:geheim@/db?host={self.folder}")
        self.assertIn("Cannot connect to postgres://", line)
        self.assertNotIn("geheim", line)
        # A password that should have been written with %2F and %40.
        for url in ("postgres://someone:ge/heim@localhost/db",
                    "postgres://someone:ge@heim@localhost/db"):
            line = self.refusal("--data-dir", str(self.folder / "x"), "--metadata", url)
            self.assertIn("%2F %40 %3A", line)
            self.assertNotIn("heim", line)


if __name__ == "__main__":
    BINARY = Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
