#!/usr/bin/env python3
"""Fails the n-th operation on files while the real server starts and recovers, for every n.

Usage: fault_start_test.py BINARY INTERPOSER [--subject NAME] [--fault NAME] [--stride N]

The server starts on a directory that a kill has left with every kind of leftover (leftovers.py),
and on an empty one, while one operation fails; n grows until a start, with all the work of its
reaper, meets no fault. It ends with exit code 2 and one line, or with 70 and a line in the log, or
serves, or takes no content and says so. After each: everything that it serves is as it was
answered; after a kill fsck is clean before any recovery; and the next start has lost nothing,
and tidies up all there is.

`partwise fsck` and `partwise backup` are run on the same directory while a call of theirs fails:
they say so, or what they print and copy is what it is on a good day.
"""

import argparse
import collections
import concurrent.futures
import errno
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from fault_verbs import expect  # noqa: E402
from faults import (EXIT_INTERNAL, FAULTS, check_degraded, check_met, count_faults,  # noqa: E402
                    places_of, probe, wait_until)
from interposer import Interposer  # noqa: E402
from leftovers import STAGED, Leftovers, Nothing, blobs_in, check_fsck  # noqa: E402
from partwise_client import Client, Refused, ServerGone  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402
from record import DATABASE, LOG  # noqa: E402

PLACES_MAX = 4000  # Of one start: more would be a loop.
EXIT_NO, EXIT_USAGE = 1, 2
LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info|warning|error) ")

# Subject -> the faults that it need not meet. Any other pair that meets nothing fails.
NOTHING_WRITTEN = {"ENOSPC of content", "failed sync of content", "failed sync of SQLite"}
MAY_MEET_NOTHING = {"fsck": NOTHING_WRITTEN, "backup": NOTHING_WRITTEN}


class Starts:
    """Starts on copies of one directory."""

    def __init__(self, binary, library, left, folder):
        self.left = left
        self.data_dir = Path(folder) / "data"
        self.interposer = Interposer(library, folder, self.data_dir)
        self.server = PartwiseServer(binary, self.data_dir, "--upload-ttl", "86400",
                                     "--checkpoint-step", "16KiB")
        self.server.environment = self.interposer.environment

    def log(self):
        return self.server.log()

    def end(self):
        self.server.kill()

    def run_once(self, fault, place):
        """One fault, the place-th. Returns what it met, or nothing where there was none left."""
        shutil.rmtree(self.data_dir, ignore_errors=True)
        shutil.copytree(self.left.data_dir, self.data_dir)
        self.server.log_path.unlink(missing_ok=True)
        with self.interposer.fault(fault.calls, fault.files, fault.error, place, fault.stays):
            earlier = self.server.launch()
            expect(wait_until(lambda: self.is_known(earlier)), "it neither serves nor ends")
            wait_until(self.has_shown_all)
        met, first_fault = self.interposer.faults, self.interposer.first_fault
        expect(met or self.left.is_at_rest(self.data_dir), "what was left is not tidied up")
        outcome = self.check_started(fault)
        if not met or not fault.statuses:
            expect(outcome == "serves", f"it {outcome}, and has no reason")
        if first_fault.startswith("sync /metadata") and fault.error == errno.EIO \
                and not isinstance(self.left, Nothing):
            # The system may have dropped what it could not write, and would report success.
            expect(outcome in ("does not start", "stops"), "a failed sync was tried again")
        if fault.error == errno.EMFILE:
            expect(outcome != "stops", "what was short at the start ends the server later")
        self.server.kill()
        # Where there was nothing before, there may be no data directory yet.
        if not isinstance(self.left, Nothing) or outcome != "does not start":
            check_fsck(self.server.binary, self.data_dir)
        self.check_next_start()
        return (first_fault, outcome) if met else None

    def has_ended(self):
        return self.server.process.poll() is not None

    def is_degraded(self):
        return "is degraded, restart to use it again" in self.server.log()

    def is_known(self, earlier):
        if self.has_ended():
            return True
        is_listening = self.server.find_port(earlier) is not None
        return is_listening and (self.server.is_ready() or self.is_degraded())

    def has_shown_all(self):
        """The fault is met, or nothing is left that could meet it."""
        return self.has_ended() or self.interposer.faults or self.left.is_at_rest(self.data_dir)

    def check_started(self, fault):
        client = None
        try:
            if not self.has_ended():
                client = Client(self.server.port)
                self.left.check(client)
                if self.server.is_ready():
                    probe(client)
                    probe(client)  # Behind the checkpoint of what the first has written.
                    return "serves"
        except Refused as refused:
            if fault.error == errno.ENOSPC and refused.status == 507:
                return "waits for room"
            expect(refused.status == 503, f"a healthy server answers {refused}")
        except ServerGone:
            pass
        finally:
            if client is not None:
                client.close()
        wait_until(lambda: self.has_ended() or self.is_degraded())
        if not self.has_ended() and self.is_degraded():
            expect(fault.error in (errno.EIO, errno.ENOSPC), "no failing disk, and yet degraded")
            client = Client(self.server.port)
            check_degraded(client, fault)
            client.close()
            return "takes no content"
        expect(wait_until(self.has_ended), "the server is not ready, and does not say why")
        return self.check_ended()

    def check_ended(self):
        code = self.server.process.returncode
        lines = self.log().splitlines()
        said = [line for line in lines if line.startswith("partwise: ")]
        if code == EXIT_USAGE:
            # Lines of the log are written by a thread of their own, and may come after it.
            others = [line for line in lines if line not in said and not LOG_LINE.match(line)]
            expect(len(said) == 1 and not others, f"it does not say in one line why: {lines}")
            return "does not start"
        expect(code == EXIT_INTERNAL, f"the server ended with {code}")
        expect("the metadata store stops serving" in self.log(), "it does not say why it ended")
        return "stops"

    def check_next_start(self):
        """Nothing is lost of what the faulty start has left, and nothing stays."""
        self.server.start()
        client = Client(self.server.port)
        self.left.check_whole(client)
        expect(wait_until(lambda: self.left.is_at_rest(self.data_dir)), "garbage stays")
        self.left.finish(client)
        expect(wait_until(lambda: not blobs_in(self.data_dir)), "blobs stay that nobody has")
        usage = client.call("GET", "/usage")["stored_bytes"]
        expect(usage == 0, f"{usage} bytes are charged that nobody has")
        client.close()
        expect(self.server.stop() == 0, "it does not stop well")
        code, output = self.server.fsck()
        expect(code == 0, f"at the end fsck exits with {code}:\n{output}")


class Command:
    """Runs of a command that reads a directory and leaves it as it is."""

    def __init__(self, binary, library, left, folder):
        self.binary = Path(binary).resolve()
        self.data_dir = Path(folder) / "data"
        shutil.copytree(left.data_dir, self.data_dir)
        (self.data_dir / "staging" / STAGED).unlink()  # Which fsck would report each time.
        self.interposer = Interposer(library, folder, self.data_dir)
        self.copy = Path(folder) / "copy"
        self.said = ""
        self.before = self.metadata()
        self.whole = self.run({})
        expect(self.whole[0] == 0, f"on a good day it exits with {self.whole}")

    def log(self):
        return self.said

    def metadata(self):
        return [path.read_bytes() if path.exists() else None
                for path in (self.data_dir / name for name in (DATABASE, LOG))]

    def end(self):
        pass

    def run(self, environment):
        """(exit code, what it printed)"""
        shutil.rmtree(self.copy, ignore_errors=True)
        run = subprocess.run([self.binary, *self.words()], capture_output=True, text=True,
                             check=False, env={**os.environ, **environment})
        self.said = run.stdout + run.stderr
        if run.returncode == EXIT_USAGE:
            lines = run.stderr.splitlines()
            expect(len(lines) == 1 and lines[0].startswith(f"partwise {self.words()[0]}: "),
                   f"it ends without one line that says why: {self.said}")
        return run.returncode, re.sub(r"in \d+\.\d s", "", run.stdout)

    def run_once(self, fault, place):
        with self.interposer.fault(fault.calls, fault.files, fault.error, place, fault.stays):
            code, said = self.run(self.interposer.environment)
        met, first_fault = self.interposer.faults, self.interposer.first_fault
        expect(code in (0, EXIT_NO, EXIT_USAGE), f"it exits with {code}")
        if code == 0:
            expect(said == self.whole[1], "all is well, it says, but not what it said before")
        else:
            expect(met and fault.statuses, f"it exits with {code}, and has no reason")
        self.check_result(code)
        expect(self.metadata() == self.before, "it has changed the metadata or their log")
        expect(self.run({}) == self.whole, "it is not as it was before")
        return (first_fault, f"exits with {code}") if met else None


class Fsck(Command):
    name = "fsck"

    def words(self):
        return "fsck", "--data-dir", str(self.data_dir)

    def check_result(self, code):
        pass


class Backup(Command):
    name = "backup"

    def words(self):
        return "backup", "--copy", "--data-dir", str(self.data_dir), "--to", str(self.copy)

    def check_result(self, code):
        run = subprocess.run([self.binary, "fsck", "--data-dir", self.copy], capture_output=True,
                             text=True, check=False)
        # Whole; made, and somewhere damaged; or none, which nothing takes for a data directory.
        expect(run.returncode == code, f"it exits with {code}, and fsck of the copy with "
                                       f"{run.returncode}: {run.stdout}{run.stderr}")


SUBJECTS = {Leftovers.name: Starts, Nothing.name: Starts, Fsck.name: Fsck, Backup.name: Backup}


def run_pair(binary, library, left, subject, fault, places):
    """All of these places of one fault. Returns how often which call had which outcome."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="partwise-starts-", dir=memory) as folder:
        runs = SUBJECTS[subject](binary, library, left, folder)
        try:
            counts = count_faults(lambda place: runs.run_once(fault, place), places)
            check_met(subject, fault, counts, MAY_MEET_NOTHING)
            return counts
        except (AssertionError, Refused, ServerGone, RuntimeError) as failure:
            where = (f"{subject} with {fault.name}, fault {runs.interposer.place} "
                     f"({runs.interposer.first_fault}): {failure}")
            raise AssertionError(f"{where}\n{runs.log()[-3000:]}") from failure
        finally:
            runs.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("interposer")
    parser.add_argument("--subject", choices=SUBJECTS)
    parser.add_argument("--fault", help="one of them")
    parser.add_argument("--stride", type=int, default=1,
                        help="only every so many places, in which the seed says where to begin")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--show", action="store_true", help="print every place and its outcome")
    options = parser.parse_args()
    print(f"starts under faults: every {options.stride}. place, seed {options.seed}", flush=True)
    dice = random.Random(options.seed)
    failures, total = 0, collections.Counter()
    with tempfile.TemporaryDirectory(prefix="partwise-left-") as folder, \
            concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        left, nothing = Leftovers(options.binary, options.interposer, folder), Nothing(folder)
        left.server = left.interposer = None  # What follows needs what was answered alone.
        runs = {}
        for subject in SUBJECTS:
            for fault in FAULTS:
                if options.subject in (None, subject) and options.fault in (None, fault.name):
                    places = places_of(options.stride, dice, PLACES_MAX)
                    origin = nothing if subject == Nothing.name else left
                    runs[pool.submit(run_pair, options.binary, options.interposer, origin, subject,
                                     fault, places)] = (subject, fault)
        for run in concurrent.futures.as_completed(runs):
            subject, fault = runs[run]
            if run.exception() is not None:
                failures += 1
                print(f"FAILED: {run.exception()}", flush=True)
                continue
            for (first_fault, outcome), count in sorted(run.result().items()):
                total[subject, outcome] += count
                if options.show:
                    print(f"{subject} with {fault.name}: {first_fault}, {outcome} {count}")
    for (subject, outcome), count in sorted(total.items()):
        print(f"{subject:24} {outcome:18} {count:6}")
    print(f"starts under faults: {sum(total.values())} faults in {len(runs)} pairs, "
          f"{failures} pairs failed")
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main())
