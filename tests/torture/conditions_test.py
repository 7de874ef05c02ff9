#!/usr/bin/env python3
"""The real server where the disk or the quota is full in the middle of everything, and where the
clock jumps.

Usage: conditions_test.py BINARY INTERPOSER

The full disk is an ext4 of its own on a loop device, mounted in a private namespace. Where that is
not allowed those tests are skipped, and the exit code is 77.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from interposer import Interposer  # noqa: E402
from partwise_client import Client, Refused, ServerGone, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

BINARY = LIBRARY = None
MIB = 1024 * 1024
IMAGE_BYTES = 112 * MIB
HOUR, YEAR = 3600, 365 * 24 * 3600
PATIENCE_SECONDS = 20
PRIVATE = "PARTWISE_TORTURE_PRIVATE"  # Set in the child that has a mount namespace of its own.
WRITERS = 4
NOT_RUN = 77


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def status_of(call, *arguments):
    """Of a call that may be refused, and what it returned."""
    try:
        return 200, call(*arguments)
    except Refused as refused:
        return refused.status, None


class Writer(threading.Thread):
    """A client that adds parts until it is refused, and then ends its upload, again and again."""

    def __init__(self, port, seed, rounds):
        super().__init__()
        self.client, self.dice, self.rounds = Client(port), random.Random(seed), rounds
        self.statuses, self.failure = set(), None
        self.files = {}  # Answered completes: file -> content.

    def run(self):
        try:
            for _ in range(self.rounds):
                self.play()
        except (AssertionError, Refused, ServerGone) as failure:
            self.failure = failure
        self.client.close()

    def play(self):
        status, upload = status_of(self.client.create_upload, MIB)
        self.statuses.add(status)
        if status != 200:
            return
        first, parts = content_of(self.dice.getrandbits(32), MIB), []
        for number in range(self.dice.randint(1, 8)):
            content = first if number == 0 else content_of(self.dice.getrandbits(32), MIB)
            status, part = status_of(self.client.add_part, upload, content)
            self.statuses.add(status)
            if status != 200:
                break
            parts.append(part)
        if parts and self.dice.random() < 0.5:
            status, done = status_of(self.client.complete, upload, parts[:1])
            self.statuses.add(status)
            if status == 200:
                self.files[done["file"]["id"]] = first
                return
        # Never refused for lack of anything: it is what gives space back.
        assert self.client.cancel(upload)["status"] == "cancelled"


def write_together(server, seed, rounds=6):
    writers = [Writer(server.port, seed + number, rounds) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    for writer in writers:
        if writer.failure:
            raise writer.failure
    files = {file: content for writer in writers for file, content in writer.files.items()}
    return set().union(*(writer.statuses for writer in writers)), files


class WithServer(unittest.TestCase):
    flags = ()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="partwise-conditions-")
        self.addCleanup(self.folder.cleanup)
        self.data_dir = Path(self.folder.name) / "data"

    def make_server(self, *flags):
        self.server = PartwiseServer(BINARY, self.data_dir, *flags)
        self.server.log_path = Path(self.folder.name) / "log"
        self.addCleanup(self.server.kill)
        return self.server

    def restart(self):
        """Kills it; what is left must be clean before any recovery."""
        self.server.kill_running()
        self.assert_clean()
        self.server.start()
        return Client(self.server.port)

    def assert_clean(self):
        code, output = self.server.fsck()
        self.assertEqual(code, 0, output)

    def assert_contents(self, client, files):
        for file, content in files.items():
            self.assertEqual(client.content(file), content, file)

    def blobs(self):
        return [blob for folder in (self.data_dir / "blobs").iterdir() for blob in folder.iterdir()]


class FullDisk(WithServer):
    def setUp(self):
        super().setUp()
        if PRIVATE not in os.environ:
            self.skipTest("it needs the right to mount (root)")
        image, place = Path(self.folder.name) / "image", Path(self.folder.name) / "disk"
        place.mkdir()
        with open(image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        make_file_system = shutil.which("mkfs.ext4", path="/sbin:/usr/sbin:/bin:/usr/bin")
        if make_file_system is None:
            self.skipTest("there is no mkfs.ext4 (Debian: e2fsprogs)")
        for command in ([make_file_system, "-q", "-m", "0", image],
                        ["mount", "-o", "loop", image, place]):
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode != 0:
                self.skipTest(f"{command[0]}: {run.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", place], check=True)
        self.data_dir = place / "data"
        self.ballast = place / "ballast"

    def fill(self):
        """Takes every byte that is left, as another program would."""
        with open(self.ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(64 * 1024))
            except OSError:
                pass

    def test_writers_meet_the_end_of_the_disk_and_lose_nothing(self):
        server = self.make_server("--reserve", "4MiB").start()
        statuses, files = write_together(server, seed=1, rounds=30)
        self.assertLessEqual(statuses, {200, 507})
        self.assertIn(507, statuses)
        client = self.restart()
        self.assert_contents(client, files)
        for file in files:
            client.delete_file(file)
        self.assertTrue(wait_until(lambda: not self.blobs()), self.blobs())
        self.assertEqual(client.call("GET", "/usage")["stored_bytes"], 0)
        self.assertTrue(wait_until(lambda: status_of(client.create_upload, 1)[0] == 200))

    def test_without_a_free_byte_cancel_and_delete_still_work(self):
        server = self.make_server("--reserve", "0").start()
        client = Client(server.port)
        content = content_of(1, MIB)
        upload, other = client.create_upload(MIB), client.create_upload(MIB)
        part = client.add_part(upload, content)
        client.add_part(other, content)
        file = client.create_file(content, "user_data")
        self.fill()
        self.assertEqual(status_of(client.add_part, upload, content)[0], 507)
        self.assertEqual(client.cancel(other)["status"], "cancelled")
        client = self.restart()  # Also where there is no byte to start with.
        self.assertEqual(client.get_upload(other)["status"], "cancelled")
        client.delete_file(file)
        self.assertEqual(status_of(client.content, file)[0], 404)
        self.ballast.unlink()
        self.assertTrue(wait_until(
            lambda: status_of(client.add_part, upload, content_of(2, 10))[0] == 200))
        done = client.complete(upload, [part])
        self.assertEqual(client.content(done["file"]["id"]), content)
        self.assertEqual(server.stop(), 0)
        self.assert_clean()


class FullQuota(WithServer):
    quota_bytes = 10 * MIB

    def test_writers_meet_the_quota_and_are_charged_for_what_they_have(self):
        server = self.make_server().start()
        subprocess.run([BINARY, "projects", "set", "default", "--data-dir", self.data_dir,
                        "--quota-bytes", str(self.quota_bytes)], check=True, capture_output=True)
        statuses, files = write_together(server, seed=2)
        self.assertLessEqual(statuses, {200, 403})
        self.assertIn(403, statuses)
        client = self.restart()
        self.assert_contents(client, files)
        self.assertEqual(client.call("GET", "/usage")["stored_bytes"], MIB * len(files))
        self.assertLessEqual(MIB * len(files), self.quota_bytes)
        for file in files:
            client.delete_file(file)
        self.assertEqual(status_of(client.add_part, client.create_upload(MIB), b"x")[0], 200)


class JumpingClock(WithServer):
    def setUp(self):
        super().setUp()
        server = self.make_server()
        self.interposer = Interposer(LIBRARY, self.folder.name, self.data_dir)
        server.environment = self.interposer.environment
        server.start()
        self.client = Client(server.port)
        self.content = content_of(3, 4096)
        whole = self.client.create_upload(4096)
        self.part = self.client.add_part(whole, self.content)
        self.file = self.client.complete(whole, [self.part])["file"]["id"]
        self.upload = self.client.create_upload(4096)
        self.client.add_part(self.upload, self.content)

    def jump(self, seconds):
        self.interposer.control.clock_offset_s = seconds

    def status(self):
        return self.client.get_upload(self.upload)["status"]

    def check_kept(self):
        """The bytes of what ended by a clock that jumped are still there."""
        self.assertEqual(self.client.content(self.file), self.content)
        self.assertEqual(len(self.blobs()), 2)

    def test_forward_by_more_than_an_hour_expires_for_good_and_removes_nothing(self):
        for offset in (HOUR + 60, 10 * YEAR):
            self.jump(offset)
            self.assertEqual(self.status(), "expired")
            self.assertEqual(status_of(self.client.add_part, self.upload, b"late")[0], 400)
            self.assertEqual(status_of(self.client.cancel, self.upload)[0], 400)
            self.check_kept()
        self.jump(0)
        self.assertEqual(self.status(), "expired")
        self.client = self.restart()
        self.assertEqual(self.status(), "expired")
        self.check_kept()

    def test_backward_revives_nothing_and_ends_nothing(self):
        self.client.cancel(self.upload)
        pending = self.client.create_upload(4096)
        for offset in (-HOUR, -10 * YEAR):
            self.jump(offset)
            self.assertEqual(self.status(), "cancelled")
            self.assertEqual(self.client.get_upload(pending)["status"], "pending")
            early = self.client.create_upload(4096)
            done = self.client.complete(early, [self.client.add_part(early, self.content)])
            self.assertEqual(self.client.content(done["file"]["id"]), self.content)
            self.client = self.restart()
        self.jump(0)
        self.assertEqual(self.client.get_upload(pending)["status"], "pending")
        self.assertEqual(self.client.content(self.file), self.content)
        self.assertEqual(self.server.stop(), 0)
        self.assert_clean()

    def test_a_server_that_starts_with_a_wrong_clock_removes_nothing_at_once(self):
        self.jump(10 * YEAR)
        self.client = self.restart()
        self.assertEqual(self.status(), "expired")
        self.check_kept()
        self.jump(0)
        self.client = self.restart()
        self.check_kept()


def main():
    global BINARY, LIBRARY
    BINARY, LIBRARY = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
    if PRIVATE not in os.environ and os.geteuid() == 0:
        # What is mounted there ends with the process, whatever happens to it.
        again = ["unshare", "--mount", sys.executable, "-B", *sys.argv]
        if subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0:
            os.execvpe(again[0], again, {**os.environ, PRIVATE: "1"})
    done = unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2, warnings="ignore",
                         exit=False).result
    for test, reason in done.skipped:
        print(f"SKIPPED: {test.id()}, because {reason}.", file=sys.stderr)
    if not done.wasSuccessful() or done.testsRun == 0:
        return 1
    return NOT_RUN if done.skipped else 0


if __name__ == "__main__":
    sys.exit(main())
