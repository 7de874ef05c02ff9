#!/usr/bin/env python3
"""`partwise fsck`, beside a real server and between its runs, on a data directory that is as it
should be and on one that was damaged by hand.

Usage: fsck_test.py BINARY
"""

import contextlib
import fcntl
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
import prometheus_text  # noqa: E402
from partwise_client import Client, Refused, ServerGone, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

BINARY = None
PATIENCE_SECONDS = 20  # For what happens soon: a busy computer gets this long.
CHECKS_MIN = 20        # Beside the load.
ROUNDS_EACH = 40       # Of each thread of the load.
THREADS = 4
KILL_AFTER = 40  # Rounds that were answered, of all of them.
ORPHANS = 40_000
TRIES = 5  # Of a check that may have ended before the server did.


def link_to_nowhere(path):
    os.symlink("nowhere", path)


class Checked(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-fsck-")
        self.addCleanup(folder.cleanup)
        self.server = PartwiseServer(BINARY, Path(folder.name) / "data", "--durability", "relaxed")
        self.addCleanup(self.server.kill)
        self.server.start()
        made = self.run_partwise("keys", "create", "--role", "admin")
        self.admin_key = made.stdout.strip()
        self.await_admin()

    def run_partwise(self, *arguments):
        return subprocess.run([BINARY, *arguments, "--data-dir", self.server.data_dir],
                              capture_output=True, text=True, check=False, timeout=60)

    def await_admin(self):
        """Another process made the key: the server looks every second."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.check()
            except Refused as refused:
                if refused.status != 401 or time.monotonic() > deadline:
                    raise

    def client(self, key=None):
        client = Client(self.server.port, key) if key else Client(self.server.port)
        self.addCleanup(client.close)
        return client

    def check(self):
        """The report of one online check."""
        client = Client(self.server.port, self.admin_key)
        try:
            return client.call("POST", "/fsck")
        finally:
            client.close()

    def fsck(self, *flags):
        """(exit code, report) of an offline check."""
        run = self.run_partwise("fsck", "--json", *flags)
        self.assertIn(run.returncode, (0, 1), run.stderr)
        report = json.loads(run.stdout)
        self.assertEqual(report["unknown_names"], [], "the server has put it there")
        return run.returncode, report

    def make_file(self, client, size=1000):
        upload = client.create_upload(size)
        part = client.add_part(upload, content_of(size, size))
        return client.complete(upload, [part])["file"]["id"]

    def blobs(self):
        return sorted((self.server.data_dir / "blobs").glob("??/*"))


class Load:
    """Clients that make and end uploads, each until it has done its rounds."""

    def __init__(self, port):
        self.failures = []
        self.is_worth_a_kill = threading.Event()
        self.rounds = []  # One entry for each that was answered.
        self.threads = [threading.Thread(target=self.run, args=(port, seed))
                        for seed in range(THREADS)]

    def run(self, port, seed):
        dice = random.Random(seed)
        client = Client(port)
        try:
            for _ in range(ROUNDS_EACH):
                self.live_once(client, dice)
                self.rounds.append(seed)
                if len(self.rounds) >= KILL_AFTER:
                    self.is_worth_a_kill.set()
        except (Refused, ServerGone, OSError) as failure:
            self.failures.append(failure)
        finally:
            client.close()

    @staticmethod
    def live_once(client, dice):
        sizes = [dice.randrange(1, 5000) for _ in range(dice.randrange(1, 5))]
        upload = client.create_upload(sum(sizes))
        parts = [client.add_part(upload, content_of(size, size)) for size in sizes]
        client.add_part(upload, b"x")  # Of no use: garbage at the end.
        if dice.random() < 0.5:
            client.cancel(upload)
        else:
            file = client.complete(upload, parts)["file"]["id"]
            if dice.random() < 0.7:
                client.delete_file(file)
        if dice.random() < 0.5:
            client.delete_file(client.create_file(b"whole", "user_data"))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.join()

    def goes_on(self):
        return any(thread.is_alive() for thread in self.threads)


class Online(Checked):
    def test_a_server_under_load_never_finds_anything(self):
        self.make_file(self.client())
        checks = 0
        with Load(self.server.port) as load:
            while load.goes_on() or checks < CHECKS_MIN:
                report = self.check()
                self.assertEqual(report["findings"], [])
                self.assertTrue(report["clean"])
                checks += 1
        self.assertEqual(load.failures, [])
        print(f"{checks} checks beside {THREADS * ROUNDS_EACH} rounds of load")
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.fsck()[0], 0)

    def test_under_load_it_finds_what_was_put_there_and_taken_away_and_nothing_else(self):
        client = self.client()
        kept = self.make_file(client, 1000)
        lost = self.blobs()[0]
        lost.unlink()
        orphan = self.server.data_dir / "blobs" / "0a" / ("0a" + "b" * 30)
        orphan.write_bytes(b"nobody's")
        (self.server.data_dir / "blobs" / "notes.txt").write_bytes(b"")
        expected = sorted([("missing_blob", lost.name), ("orphan_blob", orphan.name),
                           ("foreign_file", "blobs/notes.txt")])
        checks = 0
        with Load(self.server.port) as load:
            while load.goes_on() or checks < CHECKS_MIN:
                report = self.check()
                found = sorted((one["kind"], one["subject"]) for one in report["findings"])
                self.assertEqual(found, expected)
                checks += 1
        self.assertEqual(load.failures, [])
        missing = next(one for one in report["findings"] if one["kind"] == "missing_blob")
        size = missing["bytes"]
        place = f"part 1 of 1, bytes 0-{size - 1}"
        self.assertEqual(missing, {"kind": "missing_blob", "subject": lost.name, "repaired": False,
                                   "sentence": f"The blob of file {kept} ({place}) is missing.",
                                   "file_id": kept, "part_number": 1, "part_count": 1,
                                   "offset": 0, "bytes": size})
        self.assertTrue(orphan.exists(), "nothing is repaired")
        self.assertEqual(client.call("GET", f"/files/{kept}")["id"], kept)

    def test_it_is_the_same_finding_as_offline(self):
        self.make_file(self.client())
        with open(self.blobs()[0], "ab") as blob:
            blob.write(b"more")
        online = self.check()
        self.assertEqual(self.server.stop(), 0)
        code, offline = self.fsck()
        self.assertEqual(code, 1)
        self.assertEqual(online["findings"], offline["findings"])

    def test_what_is_no_file_hangs_nobody_and_is_the_same_finding_as_offline(self):
        client = self.client()
        for size in (1000, 1001, 1002):
            self.make_file(client, size)
        for blob, make in zip(self.blobs(), (os.mkfifo, os.mkdir, link_to_nowhere)):
            blob.unlink()
            make(blob)
        folder = self.server.data_dir / "blobs" / "0a"
        os.mkfifo(folder / ("0a" + "b" * 30))
        link_to_nowhere(folder / ("0a" + "c" * 30))
        online = self.check()
        self.assertEqual(sorted(one["kind"] for one in online["findings"]),
                         ["foreign_file"] + ["orphan_blob"] * 2 + ["unreadable_blob"] * 3)
        self.assertEqual(self.server.stop(), 0)
        code, offline = self.fsck()
        self.assertEqual(code, 1)
        self.assertEqual(self.in_order(online["findings"]), self.in_order(offline["findings"]))

    @staticmethod
    def in_order(findings):
        return sorted(findings, key=lambda finding: (finding["kind"], finding["subject"]))

    def test_it_is_for_administrators(self):
        with self.assertRaises(Refused) as refused:
            self.client().call("POST", "/fsck")
        self.assertEqual(refused.exception.status, 403)

    def test_a_check_under_way_ends_with_the_server(self):
        folder = self.server.data_dir / "blobs" / "0a"
        for number in range(ORPHANS):  # So that a check takes its time.
            (folder / f"0a{number:030x}").touch()
        for _ in range(TRIES):
            if self.end_beside_a_check() == 503:
                return
            self.server.start()
        self.fail("no check was ended by the end of the server")

    def end_beside_a_check(self):
        """The status that the check answered which was under way when the server was ended."""
        statuses = []

        def check():
            try:
                statuses.append(200 if self.check() else 0)
            except Refused as refused:
                statuses.append(refused.status)

        thread = threading.Thread(target=check)
        thread.start()
        while thread.is_alive() and not self.is_checking():
            pass
        self.assertEqual(self.server.stop(), 0)
        thread.join()
        return statuses[0]

    def is_checking(self):
        request = urllib.request.Request(f"{self.server.origin}/metrics",
                                         headers={"Authorization": f"Bearer {self.admin_key}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            families = prometheus_text.parse(answer.read().decode())
        return prometheus_text.value(families, "partwise_http_requests_under_way",
                                     route="fsck") == 1


class Offline(Checked):
    def damage(self, statements):
        with sqlite3.connect(self.server.data_dir / "metadata.sqlite3") as database:
            database.executescript(statements)
        database.close()

    @contextlib.contextmanager
    def held_directory(self):
        descriptor = os.open(self.server.data_dir, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)

    def usage(self):
        return self.client().call("GET", "/usage")

    def test_all_that_a_server_keeps_is_known(self):
        self.server.kill()
        self.server.data_dir = self.server.data_dir.parent / "its-own-key"
        self.server.flags = ["--scrub-rate", "1GiB"]
        self.server.start(api_key=None)  # It makes one, and keeps it.
        record = self.server.data_dir / "scrub"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not record.exists():
            self.assertLess(time.monotonic(), deadline, "the scrubber keeps no record")
            time.sleep(0.01)
        self.assertTrue((self.server.data_dir / "api-key").exists())
        self.server.kill()
        self.assertEqual(self.fsck()[0], 0)  # Which looks for unknown names each time.

    def test_wrong_counters_are_summed_up_anew_and_served(self):
        client = self.client()
        self.make_file(client, 1000)
        client.add_part(client.create_upload(500), content_of(1, 400))
        sound = self.usage()
        self.assertEqual(self.server.stop(), 0)
        self.damage("UPDATE projects SET stored_bytes = stored_bytes + 1000000;"
                    "UPDATE usage SET count = count + 5 WHERE name = 'pending';")
        code, report = self.fsck()
        self.assertEqual(code, 1)
        self.assertEqual([one["kind"] for one in report["findings"]], ["wrong_counter"] * 2)
        self.assertEqual(report["repaired_total"], 0)
        code, report = self.fsck("--repair")
        self.assertEqual((code, report["repaired_total"], report["damaged"]), (1, 2, False))
        code, report = self.fsck()
        self.assertEqual((code, report["billed_bytes"]), (0, 1400))

        self.assertEqual(self.run_partwise("projects", "set", "default",
                                           "--quota-bytes", "1500").returncode, 0)
        self.server.start()
        self.assertEqual({**self.usage(), "quota": None}, {**sound, "quota": None})
        client = self.client()
        upload = client.create_upload(200)
        client.add_part(upload, b"x" * 100)
        with self.assertRaises(Refused) as refused:
            client.add_part(upload, b"x")
        self.assertEqual(refused.exception.status, 403)

    def test_every_byte_is_accounted_for_after_a_kill(self):
        # Held, nothing is removed: what was cancelled and deleted is garbage when the kill comes.
        with self.held_directory(), Load(self.server.port) as load:
            self.assertTrue(load.is_worth_a_kill.wait(PATIENCE_SECONDS))
            self.assertTrue(load.goes_on())
            self.server.kill()
        self.assertNotEqual(load.failures, [], "the kill met nobody at work")
        code, report = self.fsck()
        self.assertEqual(code, 0, report)
        self.assertGreater(report["billed_bytes"], 0)
        self.assertGreater(report["garbage_bytes"], 0)
        self.assertEqual(report["billed_bytes"] + report["garbage_bytes"] +
                         report["staging_bytes"], report["disk_bytes"])
        self.assertEqual(report["disk_bytes"], sum(blob.stat().st_size for blob in self.blobs()))


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
