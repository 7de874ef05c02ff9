#!/usr/bin/env python3
"""A backup beside a live server: whole, clean and restored by starting on it, whatever is killed.

Usage: backup_test.py BINARY [--seconds 5] [--seed N]
"""

import argparse
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from partwise_client import Client, Refused, ServerGone, content_of  # noqa: E402
from partwise_server import PartwiseServer, die_with_parent  # noqa: E402

OPTIONS = None
CLIENTS = 4
FREED_SECONDS = 20  # Space returns within two; a busy computer gets more.


class Load:
    """Clients that create, add, complete, cancel, post and delete until they are stopped.

    `named` is what was answered as a file and will not be deleted: id -> (seed, size).
    """

    def __init__(self, port, dice):
        self.port = port
        self.named = {}
        self.failures = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(dice.getrandbits(32),))
                        for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def work(self, seed):
        dice = random.Random(seed)
        client = Client(self.port)
        try:
            while not self.stopping.is_set():
                self.play(client, dice)
        except ServerGone:
            pass  # A test kills the server; others look at its files.
        except Exception as failure:  # Reported by the main thread.
            self.failures.append(failure)
        finally:
            client.close()

    def play(self, client, dice):
        shape = (dice.getrandbits(32), dice.choice((1, 4096, 70_000, 300_000)))
        if dice.random() < 0.4:
            file_id = client.create_file(content_of(*shape), "user_data")
            self.keep_or_delete(client, dice, file_id, shape)
            return
        upload = client.create_upload(shape[1])
        client.add_part(upload, b"?")  # Which no file uses.
        part = client.add_part(upload, content_of(*shape))
        fate = dice.random()
        if fate < 0.5:
            answer = client.complete(upload, [part])
            self.keep_or_delete(client, dice, answer["file"]["id"], shape)
        elif fate < 0.9:
            client.cancel(upload)

    def keep_or_delete(self, client, dice, file_id, shape):
        if dice.random() < 0.5:
            client.delete_file(file_id)
        else:
            self.named[file_id] = shape


class Backup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-backup-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.dice = random.Random(OPTIONS.seed)
        self.server = PartwiseServer(OPTIONS.binary, self.folder / "data", "--reserve", "1MiB")
        self.addCleanup(self.server.kill)
        self.made = 0

    def client(self):
        client = Client(self.server.port)
        self.addCleanup(client.close)
        return client

    def target(self):
        self.made += 1
        return self.folder / f"copy-{self.made}"

    def command(self, to, *flags):
        return [OPTIONS.binary, "backup", "--data-dir", self.server.data_dir, "--to", to, *flags]

    def back_up(self, to, *flags):
        """Runs it to its end; it must be whole."""
        run = subprocess.run(self.command(to, *flags), capture_output=True, text=True, check=False,
                             timeout=120)
        self.assertEqual(run.returncode, 0, run)
        return run

    def copy_at(self, place):
        copy = PartwiseServer(OPTIONS.binary, place, "--reserve", "1MiB")
        self.addCleanup(copy.kill)
        return copy

    def assert_clean(self, place):
        code, output = self.copy_at(place).fsck()
        self.assertEqual(code, 0, output)

    def assert_serves(self, place, named):
        copy = self.copy_at(place)
        copy.start()
        client = Client(copy.port)
        for file_id, shape in named.items():
            self.assertEqual(client.content(file_id), content_of(*shape), file_id)
        client.close()
        self.assertEqual(copy.stop(), 0)
        self.assert_clean(place)  # The first run has removed what was garbage at its begin.

    def test_beside_load_every_copy_is_clean_and_has_all_that_was_named_before_it(self):
        self.server.start()
        end = time.monotonic() + OPTIONS.seconds
        copies = 0
        with Load(self.server.port, self.dice) as load:
            while time.monotonic() < end or copies < 3:
                named = dict(load.named)
                place = self.target()
                self.back_up(place, *(["--copy"] if copies % 2 else []))
                copies += 1
                self.assert_clean(place)
                self.assert_serves(place, named)
                shutil.rmtree(place)
        self.assertEqual(load.failures, [])
        self.assertGreater(len(load.named), 5)
        self.assertEqual(self.server.stop(), 0)
        self.assert_clean(self.server.data_dir)
        self.assertNotIn("reaper:", self.server.log())

    def test_of_a_stopped_server_it_is_whole(self):
        self.server.start()
        with Load(self.server.port, self.dice) as load:
            time.sleep(0.5)
        self.assertEqual(self.server.stop(), 0)
        place = self.target()
        told = json.loads(self.back_up(place, "--json").stdout)
        self.assertTrue(told["whole"])
        self.assertEqual(told["linked"] + told["copied"], told["blobs"])
        self.assertGreaterEqual(told["blobs"], len(load.named))
        self.assert_clean(place)
        self.assert_serves(place, load.named)

    def test_of_a_killed_server_it_is_whole(self):
        self.server.start()
        with Load(self.server.port, self.dice) as load:
            time.sleep(0.5)
            self.server.kill()
        place = self.target()
        self.back_up(place)
        self.assert_clean(place)
        self.assert_serves(place, load.named)

    def test_an_upload_that_was_pending_is_completed_on_the_copy(self):
        self.server.start()
        origin = self.client()
        begin, end = content_of(1, 70_000), content_of(2, 300_000)
        for flags in ([], ["--copy"]):
            upload = origin.create_upload(len(begin) + len(end))
            first = origin.add_part(upload, begin)
            place = self.target()
            self.back_up(place, *flags)
            origin.cancel(upload)  # Which is nothing to the copy.
            self.await_blobs(0)
            copy = self.copy_at(place)
            copy.start()
            client = Client(copy.port)
            second = client.add_part(upload, end)
            file_id = client.complete(upload, [first, second])["file"]["id"]
            self.assertEqual(client.content(file_id), begin + end)
            client.close()
            self.assertEqual(copy.stop(), 0)
            self.assert_clean(place)
            with self.assertRaises(Refused):
                origin.content(file_id)

    def test_what_was_restored_without_its_metadata_is_refused(self):
        self.server.start()
        self.client().create_file(b"content", "user_data")
        place = self.target()
        self.back_up(place)
        (place / "metadata.sqlite3").unlink()
        refusal = f"{place} was served before, and its metadata.sqlite3 is missing: restore"
        with self.assertRaisesRegex(RuntimeError, refusal):
            self.copy_at(place).start()
        keys = subprocess.run([OPTIONS.binary, "keys", "create", "--data-dir", place],
                              capture_output=True, text=True, check=False)
        self.assertEqual(keys.returncode, 2, keys)
        self.assertIn(refusal, keys.stderr)
        self.assertFalse((place / "metadata.sqlite3").exists())

    def test_on_another_file_system_it_copies(self):
        if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == os.stat(
                self.folder).st_dev:
            self.skipTest("there is no second file system here")
        self.server.start()
        file_id = self.client().create_file(b"content", "user_data")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
            run = self.back_up(Path(elsewhere) / "copy")
            self.assertIn("0 linked and 1 copied", run.stdout)
            self.assert_clean(Path(elsewhere) / "copy")
        self.assertEqual(self.client().content(file_id), b"content")

    def test_a_full_target_is_one_line_and_no_data_directory(self):
        mounted = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("this user may not mount")
        self.server.start()
        self.client().create_file(bytes(4_000_000), "user_data")
        place = self.folder / "small"
        place.mkdir()
        script = ('mount -t tmpfs -o size=2m tmpfs "$1" && shift && "$@"; code=$?; '
                  '"$1" fsck --data-dir "$place/copy" >&2; exit $code')
        run = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, "sh", place, *self.command(place / "copy")],
            capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "place": str(place)})
        self.assertEqual(run.returncode, 2, run)
        first, second = run.stderr.splitlines()
        self.assertIn("No space left on device", first)
        self.assertIn("remove it", first)
        self.assertIn("is a backup that was not finished", second)

    def test_a_second_mount_of_its_origin_is_no_place_for_it(self):
        mounted = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("this user may not mount")
        self.server.start()
        place = self.folder / "again"
        place.mkdir()
        script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
        run = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, "sh", self.server.data_dir, place,
             *self.command(place / "copy")],
            capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(run.returncode, 2, run)
        self.assertIn("of which it is to be a copy", run.stderr)
        self.assertFalse((self.server.data_dir / "copy").exists())

    def hold_by_hand(self):
        """A process that holds the server's reaper as a backup does, until it is killed."""
        holder = subprocess.Popen(["flock", "--shared", self.server.data_dir, "sleep", "600"],
                                  preexec_fn=die_with_parent, start_new_session=True)
        self.addCleanup(self.end_group, holder)
        deadline = time.monotonic() + FREED_SECONDS
        while subprocess.run(["flock", "--nonblock", self.server.data_dir, "true"],
                             check=False).returncode == 0:
            self.assertLess(time.monotonic(), deadline, "nobody holds it")
        return holder

    @staticmethod
    def end_group(holder):
        if holder.poll() is None:
            os.killpg(holder.pid, signal.SIGKILL)
            holder.wait()

    def blob_count(self):
        return sum(path.is_file() for path in (self.server.data_dir / "blobs").rglob("*"))

    def await_blobs(self, count):
        deadline = time.monotonic() + FREED_SECONDS
        while self.blob_count() != count:
            self.assertLess(time.monotonic(), deadline, f"{self.blob_count()} blobs, not {count}")
            time.sleep(0.02)

    def await_log(self, text):
        deadline = time.monotonic() + FREED_SECONDS
        while text not in self.server.log():
            self.assertLess(time.monotonic(), deadline, f"the log does not say: {text}")
            time.sleep(0.02)

    def test_space_of_a_cancel_returns_once_a_killed_backup_is_gone(self):
        self.server.flags += ["--metrics-listen", "127.0.0.1:0"]
        self.server.start()
        client = self.client()
        upload = client.create_upload(10)
        client.add_part(upload, b"0123456789")
        holder = self.hold_by_hand()
        client.cancel(upload)
        self.await_log("nothing is removed while a backup is made")
        self.assertEqual(self.blob_count(), 1)
        with urllib.request.urlopen(self.server.metrics_url, timeout=30) as answer:
            self.assertIn(b"\npartwise_reaper_waits_for_backup 1\n", answer.read())
        # The next run keeps it as well.
        self.server.kill()
        self.server.start()
        self.assertEqual(self.blob_count(), 1)
        self.end_group(holder)
        self.await_blobs(0)

    def interrupted_at(self, seconds, number):
        """A backup that got a signal then; whether it had ended before."""
        place = self.target()
        backup = subprocess.Popen(self.command(place, "--copy"), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        time.sleep(seconds)
        backup.send_signal(number)
        errors = backup.communicate(timeout=60)[1]
        return place, backup.returncode, errors

    def is_finished(self, place):
        """Whether it says of itself that it is a data directory, as its origin does."""
        format_file = place / "format"
        origin = self.server.data_dir / "format"
        return format_file.exists() and format_file.read_text() == origin.read_text()

    def assert_refused_or_unbegun(self, place):
        # The first thing in it is the mark, which gets its name once it is synced.
        if not place.exists() or {file.name for file in place.iterdir()} <= {"format.new"}:
            return
        copy = self.copy_at(place)
        code, output = copy.fsck()
        self.assertEqual(code, 2, output)
        self.assertIn("is a backup that was not finished: remove it", output)
        with self.assertRaisesRegex(RuntimeError, "is a backup that was not finished"):
            copy.start()

    def test_killed_at_any_moment_it_is_refused_or_whole_and_the_hold_is_gone(self):
        self.server.start()
        client = self.client()
        for number in range(30):
            client.create_file(content_of(number, 100_000), "user_data")
        whole = time.monotonic()
        self.back_up(self.target(), "--copy")
        whole = time.monotonic() - whole
        outcomes = []
        for _ in range(8):
            place, code, _ = self.interrupted_at(self.dice.uniform(0, whole), signal.SIGKILL)
            # A kill may come between its last write and its exit.
            if code == 0 or self.is_finished(place):
                self.assert_clean(place)
                self.assertEqual(len(list(place.glob("blobs/*/*"))), 30)
            else:
                self.assert_refused_or_unbegun(place)
            outcomes.append(code)
            shutil.rmtree(place, ignore_errors=True)
        self.assertIn(-signal.SIGKILL, outcomes)
        upload = client.create_upload(1)
        client.add_part(upload, b"x")
        client.cancel(upload)
        self.await_blobs(30)

    def test_interrupted_it_says_what_is_left(self):
        self.server.start()
        client = self.client()
        for number in range(40):
            client.create_file(content_of(number, 100_000), "user_data")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            seconds = 0.02
            for _ in range(40):  # Too early it has no handler yet, too late it has ended.
                place, code, errors = self.interrupted_at(seconds, number)
                if code == 2:
                    break
                seconds = seconds * 1.3 if code == -number else seconds / 1.3
                shutil.rmtree(place, ignore_errors=True)
            self.assertEqual(code, 2, "it does not end by itself after a signal")
            self.assertEqual(errors, f"partwise backup: stopped by a signal. {place} is not "
                                     "finished and no data directory: remove it.\n")
            self.assert_refused_or_unbegun(place)

    @staticmethod
    def catches(process, number):
        """Whether it has its own handler of a signal by now."""
        status = Path(f"/proc/{process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        return int(line.split()[1], 16) >> (number - 1) & 1

    def test_interrupted_while_it_waits_for_its_origin_it_has_begun_nothing(self):
        self.server.start()
        place = self.target()
        lock = os.open(self.server.data_dir, os.O_RDONLY)
        self.addCleanup(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX)
        backup = subprocess.Popen(self.command(place), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.addCleanup(backup.kill)
        deadline = time.monotonic() + FREED_SECONDS
        while not self.catches(backup, signal.SIGTERM):
            self.assertLess(time.monotonic(), deadline, "it has no handler")
            time.sleep(0.01)
        backup.send_signal(signal.SIGTERM)
        errors = backup.communicate(timeout=FREED_SECONDS)[1]
        self.assertEqual(backup.returncode, 2, errors)
        self.assertEqual(errors, "partwise backup: stopped by a signal.\n")
        self.assertFalse(place.exists())

    def test_a_server_that_is_killed_meanwhile_changes_nothing(self):
        self.server.start()
        place = self.target()
        with Load(self.server.port, self.dice) as load:
            time.sleep(0.5)
            named = dict(load.named)
            backup = subprocess.Popen(self.command(place, "--copy"), stdout=subprocess.DEVNULL,
                                      preexec_fn=die_with_parent)
            time.sleep(self.dice.uniform(0, 0.1))
            self.server.kill()
            self.server.start()
        self.assertEqual(backup.wait(timeout=60), 0)
        self.assert_clean(place)
        self.assert_serves(place, named)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=lambda name: str(Path(name).resolve()))
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    OPTIONS, rest = parser.parse_known_args()
    print(f"backup test: seed {OPTIONS.seed}", flush=True)
    unittest.main(argv=[sys.argv[0], *rest])
