#!/usr/bin/env python3
"""Recovers the real server from what a loss of power could leave of every verb.

Usage: crash_states_test.py BINARY INTERPOSER [--states N] [--seed N] [--relaxed | --unheard]

A server is recorded: each of its operations on files, those of SQLite too, in their order. It moves
its log into the database every few pages, is killed and stopped in between, and starts again, so
that checkpoints and recoveries are recorded like everything else. Between two syncs every subset of
what was not synced yet is a state that the disk may be in: all of them where there are at most 12
such operations, samples where there are more, and some with a torn write. From each, fsck must be
clean before any recovery, the server must start, and everything that was answered must be there,
and nothing that was not asked for.

A test that does not notice would prove nothing. So two runs must find a loss: with `--relaxed` the
server promises less than this test asks for; with `--unheard` the disk does not hear the syncs of
the database file, which only a checkpoint relies on.
"""

import argparse
import concurrent.futures
import itertools
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from interposer import Interposer  # noqa: E402
from partwise_client import Client, Refused, ServerGone, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402
from record import DATABASE, SECTOR_BYTES, build_state, moments_of, read_steps  # noqa: E402

EXHAUSTIVE_STEPS_MAX = 12
SAMPLES_PER_MOMENT = 4096
TORN_SHARE = 0.4
LONG_TTL = ("--upload-ttl", "86400")
SMALL_STEPS = ("--checkpoint-step", "16KiB")  # Of the log: two or three commits.
REST_LOOKS, REST_SECONDS, REST_LOOKS_MAX = 20, 0.005, 4000


class Script:
    """The verbs, one after the other, and what the server said of everything after each."""

    def __init__(self, server, interposer):
        self.server = server
        self.client = Client(server.port)
        self.interposer = interposer
        self.uploads, self.files = [], []
        self.views = [{}]     # After each verb: object -> what is seen of it.
        self.answered = [0]   # How many operations were recorded when that was so.

    def note(self):
        self.answered.append(self.interposer.control.recorded)
        self.views.append(view_all(self.client, self.uploads, self.files))

    def create(self, size):
        self.uploads.append(self.client.create_upload(size))
        self.note()
        return self.uploads[-1]

    def add(self, upload, content):
        part = self.client.add_part(upload, content)
        self.note()
        return part

    def await_rest(self):
        """Until nothing is written any more: what is done and not yet recorded would be missing
        from what the next start finds."""
        seen, looks = None, 0
        for _ in range(REST_LOOKS_MAX):
            now = self.interposer.control.recorded
            seen, looks = now, looks + 1 if now == seen else 0
            if looks == REST_LOOKS:
                return
            time.sleep(REST_SECONDS)
        raise RuntimeError("the server goes on writing at rest")

    def start_again(self, end):
        """After a kill or a stop."""
        self.client.close()
        self.await_rest()
        if end():
            raise RuntimeError(f"the server did not stop well:\n{self.server.log()}")
        self.server.start()
        self.client = Client(self.server.port)
        self.note()

    def complete(self, upload, parts):
        self.files.append(self.client.complete(upload, parts)["file"]["id"])
        self.note()

    def run(self):
        sizes = (4096, 70_000, 0)
        contents = [content_of(number, size) for number, size in enumerate(sizes)]
        first = self.create(74_096)
        parts = [self.add(first, content) for content in contents]
        self.complete(first, [parts[1], parts[0]])
        self.start_again(self.server.kill_running)
        second = self.create(200_000)
        for content in contents:
            self.add(second, content)
        self.client.cancel(second)
        self.note()
        self.files.append(self.client.create_file(content_of(7, 50_000), "user_data"))
        self.note()
        self.start_again(self.server.stop)
        third = self.create(5_000_000)
        large = self.add(third, content_of(8, 5_000_000))  # Written back before it is synced.
        self.add(third, b"a part that stays unused")
        self.complete(third, [large])
        self.client.delete_file(self.files[0])
        self.note()
        fourth = self.create(8192)
        self.add(fourth, contents[0])
        self.add(fourth, contents[0])  # The same again, as after a lost answer.


def view_all(client, uploads, files):
    return {**{one: view_upload(client, one) for one in uploads},
            **{one: view_file(client, one) for one in files}}


def view_upload(client, upload):
    try:
        seen = client.get_upload(upload)
        parts = [(part["id"], part["bytes"], part["crc64"]) for part in client.list_parts(upload)]
        return seen["status"], seen.get("file", {}).get("id"), tuple(parts)
    except Refused as refused:
        return refused.status


def view_file(client, file):
    try:
        return hash(client.content(file))
    except Refused as refused:
        return refused.status


def record(binary, library, folder, flags, unheard):
    """(script, moments, data directory) of a run from the first start to the last kill."""
    data_dir = Path(folder) / "data"
    interposer = Interposer(library, folder, data_dir, record=True)
    server = PartwiseServer(binary, data_dir, *LONG_TTL, *SMALL_STEPS, *flags)
    server.environment = interposer.environment
    server.start()
    script = Script(server, interposer)
    try:
        script.run()
        script.client.close()
        script.await_rest()
    finally:
        server.kill()
    directories = {path.stat().st_ino: str(path) for path in data_dir.rglob("*") if path.is_dir()}
    directories[data_dir.stat().st_ino] = str(data_dir)
    directories[data_dir.parent.stat().st_ino] = str(data_dir.parent)
    steps = read_steps(interposer.record_path, unheard)
    return script, moments_of(steps, directories), data_dir


def choices_of(moment, dice):
    """(chosen steps, torn writes) of the states of one moment."""
    steps = moment.uncertain
    if len(steps) <= EXHAUSTIVE_STEPS_MAX:
        every = [tuple(itertools.compress(steps, bits))
                 for bits in itertools.product((True, False), repeat=len(steps))]
        dice.shuffle(every)  # The first of them are all that a short run sees.
        subsets = iter(every)
    else:
        # A share of their own for each: mostly there, mostly not, and in between.
        subsets = (tuple(step for step in steps if dice.random() < share)
                   for share in (dice.random() for _ in range(SAMPLES_PER_MOMENT)))
    for chosen in subsets:
        yield chosen, {}
        writes = [step for step in chosen if step.name == "write" and len(step.data) > SECTOR_BYTES]
        if writes and dice.random() < TORN_SHARE:
            torn = dice.choice(writes)
            yield chosen, {torn.position: SECTOR_BYTES * dice.randrange(len(torn.data) //
                                                                        SECTOR_BYTES)}


def write_state(state, recorded_dir, work):
    shutil.rmtree(work, ignore_errors=True)
    for path in sorted(state):
        place = work / Path(path).relative_to(recorded_dir)
        if not place.parent.is_dir() and state[path] is not None:
            continue  # Its directory was lost, and it with it.
        if state[path] is None:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        else:
            place.write_bytes(state[path])
    work.mkdir(exist_ok=True)


def check_state(script, moment, server):
    """Error: an AssertionError that says what was lost, or made up."""
    verbs = sum(1 for answered in script.answered if answered <= moment.position) - 1
    before = script.views[verbs]
    after = script.views[min(verbs + 1, len(script.views) - 1)]
    code, output = server.fsck()
    # Without an answer there may be no data directory yet: then the next start makes it.
    if verbs > 0 or code != 2:
        assert code == 0, f"fsck exits with {code}:\n{output}"
    server.start()
    client = Client(server.port)
    seen = view_all(client, script.uploads, script.files)
    client.close()
    server.kill()
    for name, view in seen.items():
        allowed = (before.get(name, 404), after.get(name, 404))
        assert view in allowed, f"{name} is {view}, and was answered as {allowed}"


def check_share(binary, script, moments, states, recorded_dir, flags):
    """Checks (moment, chosen, torn) one after the other. Returns how many, and the failures."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    failures = []
    with tempfile.TemporaryDirectory(prefix="partwise-crash-", dir=memory) as folder:
        for number, chosen, torn in states:
            moment = moments[number]
            steps = [step for step in moment.uncertain if step.position in chosen]
            work = Path(folder) / "data"
            write_state(build_state(moment, steps, torn), recorded_dir, work)
            server = PartwiseServer(binary, work, *LONG_TTL, *SMALL_STEPS, *flags)
            server.log_path.unlink(missing_ok=True)  # What is told of a failure is of its state.
            try:
                check_state(script, moment, server)
            except (AssertionError, RuntimeError, ServerGone) as failure:
                happened = ", ".join(f"{step.position} {step.name}" for step in steps)
                failures.append(f"before step {moment.position}, of {len(moment.uncertain)} "
                                f"uncertain steps [{happened}] happened, torn {torn}: {failure}")
            finally:
                server.kill()
    return len(states), failures


def choose_states(moments, count, dice):
    """`count` states, the same number of every moment, or fewer where it has no more. Where there
    is room for every subset of all moments with few steps, those come first, and samples follow."""
    few = {number for number, moment in enumerate(moments)
           if len(moment.uncertain) <= EXHAUSTIVE_STEPS_MAX}
    has_room = sum(2 ** len(moments[number].uncertain) for number in few) <= count
    states = []
    for number in sorted(few) if has_room else ():
        states += [(number, {step.position for step in chosen}, torn)
                   for chosen, torn in choices_of(moments[number], dice)]
    streams = [(number, choices_of(moment, dice)) for number, moment in enumerate(moments)
               if not (has_room and number in few)]
    while streams and len(states) < count:
        going_on = []
        for number, stream in streams:
            choice = next(stream, None)
            if choice is not None:
                states.append((number, {step.position for step in choice[0]}, choice[1]))
                going_on.append((number, stream))
        streams = going_on
    return states if has_room else states[:count]


def count_in_checkpoints(moments, states):
    """How many states are of moments inside a checkpoint; in how many of those something of it did
    not happen although something later may have; in how many a write of it is torn."""
    inside = dropped = torn_ones = 0
    for number, chosen, torn in states:
        steps = [step for step in moments[number].uncertain if step.in_checkpoint]
        inside += bool(steps)
        dropped += any(step.position not in chosen for step in steps)
        torn_ones += any(step.position in torn for step in steps)
    return inside, dropped, torn_ones


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("interposer")
    parser.add_argument("--states", type=int, default=400)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--relaxed", action="store_true", help="must find a loss")
    parser.add_argument("--unheard", action="store_true", help="must find a loss")
    options = parser.parse_args()
    flags = ("--durability", "relaxed") if options.relaxed else ()
    print(f"crash states: seed {options.seed}", flush=True)
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="partwise-record-") as folder:
        script, moments, data_dir = record(options.binary, options.interposer, folder, flags,
                                           DATABASE if options.unheard else None)
    states = choose_states(moments, options.states, dice)
    inside, dropped, torn = count_in_checkpoints(moments, states)
    # What follows needs what they said alone.
    script.server = script.client = script.interposer = None
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        shares = [pool.submit(check_share, options.binary, script, moments,
                              states[share::options.jobs], data_dir, flags)
                  for share in range(options.jobs)]
        done = [share.result() for share in shares]
    failures = [failure for _, found in done for failure in found]
    must_lose = options.relaxed or options.unheard
    for failure in failures[:1 if must_lose else 10]:
        print(f"FAILED: {failure}")
    print(f"crash states: {sum(count for count, _ in done)} states of {len(moments)} moments of "
          f"{len(script.views) - 1} verbs and starts, {len(failures)} with a loss")
    in_checkpoints = sum(moment.in_checkpoint for moment in moments)
    print(f"crash states: {inside} of the states are of {in_checkpoints} moments inside a "
          f"checkpoint: {dropped} without one of its writes, {torn} with one that is torn")
    if not dropped:
        print("FAILED: no state lacks a write of a checkpoint")
        return 1
    return int(bool(failures) != must_lose)


if __name__ == "__main__":
    sys.exit(main())
