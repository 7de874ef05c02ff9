#!/usr/bin/env python3
"""Fails the n-th operation on files of the real server, for every verb and every n.

Usage: fault_test.py BINARY INTERPOSER [--verb NAME] [--fault NAME] [--stride N] [--thorough]

Each run fails one operation, of the contents or of SQLite's files, in one way, while one verb is
under way; n grows until a run meets no fault. After each: the answer is the right one and in the
API's shape; the server serves on, or refuses content or ends as docs/durability.md says; it holds
no descriptor and no staging; a kill leaves what fsck calls clean; what was answered holds after
the restart; and at last nothing is left on the disk that nobody is charged for.
"""

import argparse
import collections
import concurrent.futures
import errno
import json
import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from fault_verbs import VERBS, expect  # noqa: E402
from faults import (CONTENT, EXIT_INTERNAL, FAULTS, METADATA, await_room,  # noqa: E402
                    check_degraded, check_met, count_faults, names_of, places_of, probe,
                    wait_until)
from interposer import Interposer  # noqa: E402
from partwise_client import Client, Refused, ServerGone  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

OPERATIONS_MAX = 400  # Of one verb: more would be a loop.

# Verb -> the faults that it need not meet. Any other pair that meets nothing proves nothing, and
# fails.
NO_CONTENT = names_of(CONTENT) - names_of(METADATA)
NOTHING_STORED = {"ENOSPC of content", "failed sync of content"}
NO_COMMIT = {"ENOSPC of SQLite", "failed sync of SQLite", "ENOSPC of both for good"}
NOT_MET = {
    "create": NO_CONTENT,
    "complete": NO_CONTENT,
    "get and list": NO_CONTENT | NO_COMMIT,
    "complete with md5": NOTHING_STORED,
    "add an empty part": {"short transfer of content"},
    # Content is removed behind the answer, and the rows of a file are in the cache: what these meet
    # is what goes on beside them.
    "cancel": NO_CONTENT,
    "complete, a part unused": NO_CONTENT,
    "delete a file": NO_CONTENT,
    "content": NOTHING_STORED | names_of(METADATA),
    "content of a large file": NOTHING_STORED | names_of(METADATA),
}
# All files of SQLite are open before the first request: fault_start_test.py meets it.
MAY_MEET_NOTHING = {verb.name: NOT_MET.get(verb.name, set()) | {"EMFILE of SQLite"}
                    for verb in VERBS}


def check_shape(refused):
    """An error is an object of the API, and gives away nothing of the server's insides."""
    error = json.loads(refused.body)["error"]
    expect(set(error) == {"message", "type", "param", "code"}, f"the error is {error}")
    kind = "server_error" if refused.status >= 500 else "invalid_request_error"
    expect(error["type"] == kind, f"a {refused.status} is a {error['type']}")
    expect(error["message"].endswith(".") and "/" not in error["message"], error["message"])
    if refused.status == 507:
        expect(error["code"] == "insufficient_storage", f"the code of a 507 is {error['code']}")


class World:
    """A data directory, the server on it, and what stands between the two."""

    def __init__(self, binary, library, folder):
        data_dir = Path(folder) / "data"
        self.interposer = Interposer(library, folder, data_dir)
        self.server = PartwiseServer(binary, data_dir)
        self.server.environment = self.interposer.environment
        self.client = None

    def start(self):
        self.server.start()
        self.client = Client(self.server.port)
        self.await_empty()
        self.await_descriptors(None)

    def end(self):
        self.client.close()
        self.server.kill()

    def has_ended(self):
        return self.server.process.poll() is not None

    def is_ready(self):
        return self.server.is_ready()

    def is_degraded(self):
        return "is degraded, restart to use it again" in self.server.log()

    def descriptors(self):
        """What the files below the data directory are that the server has open."""
        folder = Path(f"/proc/{self.server.process.pid}/fd")
        paths = []
        for entry in os.listdir(folder):
            try:
                paths.append(os.readlink(folder / entry))
            except FileNotFoundError:
                continue
        return sorted(path for path in paths if path.startswith(str(self.server.data_dir)))

    def await_descriptors(self, wanted):
        """Until the descriptors are those; without any, notes those that there are at rest."""
        if wanted is None:
            self.at_rest = self.descriptors()
            return
        expect(wait_until(lambda: self.descriptors() == wanted),
               f"descriptors leak: {set(self.descriptors()) - set(wanted)}")

    def blobs(self):
        return [file for folder in (self.server.data_dir / "blobs").iterdir()
                for file in folder.iterdir()]

    def await_empty(self):
        """Nothing is charged, so nothing may be on the disk either, once the reaper was there."""
        usage = self.client.call("GET", "/usage")
        expect(usage["stored_bytes"] == 0, f"bytes are charged that nobody has: {usage}")
        expect(wait_until(lambda: not self.blobs()), f"blobs are left: {self.blobs()}")


def check_serving(world, fault, place):
    """It serves; or it waits for room, or says that its disk has failed, and still cancels; or it
    has ended with code 70."""
    try:
        if not world.has_ended() and world.is_ready():
            probe(world.client)
            return "serves"
    except Refused as refused:
        if fault.error == errno.ENOSPC and refused.status == 507:
            # The others of this verb are killed while they wait.
            if place == 0:
                await_room(world.client)
            return "waits for room"
        expect(refused.status == 503, f"a healthy server answers {refused}")
    except ServerGone:
        pass
    # The log is written behind the answer.
    wait_until(lambda: world.has_ended() or world.is_degraded())
    if not world.has_ended() and world.is_degraded():
        expect(fault.error in (errno.EIO, errno.ENOSPC), "no failing disk, and yet degraded")
        check_degraded(world.client, fault)
        return "takes no content"
    expect(wait_until(world.has_ended), "the server is not ready, and does not say why")
    code = world.server.process.returncode
    expect(code == EXIT_INTERNAL, f"the server ended with {code}")
    expect("the metadata store stops serving" in world.server.log(), "it does not say why it ended")
    return "stops"


def act(world, verb, fault, place):
    """Does the verb under the fault. Returns whether it happened, and the status or what else."""
    world.server.log_path.write_bytes(b"")
    arguments = (fault.calls, fault.files, fault.error, place, fault.stays)
    try:
        with world.interposer.fault(*arguments):
            verb.act(world.client)
        return True, 200
    except Refused as refused:
        check_shape(refused)
        expect(refused.status in fault.statuses, f"the answer was {refused}")
        return (None if refused.status == 503 else False), refused.status
    except ServerGone:
        # A body that is still being sent when the answer comes hides it from this client.
        may_close = verb.keeps_nothing or wait_until(world.has_ended)
        expect(may_close, "the connection was closed without an answer")
        return None, "closed"


def run_once(world, verb, fault, place, thorough):
    """One fault, the place-th. Returns what it met, or nothing where there was none left."""
    verb.prepare(world.client)
    happened, status = act(world, verb, fault, place)
    met = world.interposer.faults
    first_fault = world.interposer.first_fault
    if verb.stores and fault.files == CONTENT and fault.error in (errno.EIO, errno.ENOSPC) and met:
        expect(not happened, f"a success, although a call failed that it stands on: {first_fault}")
    outcome = check_serving(world, fault, place)
    if outcome in ("serves", "takes no content"):
        verb.settle(world.client, happened)
        world.client.close()
        world.await_descriptors(world.at_rest)
        expect(not list((world.server.data_dir / "staging").iterdir()), "staging is not empty")
    # A success beside a failed operation of SQLite is right only if it is durable all the same.
    has_to_hold = met and fault.files == METADATA
    if outcome != "serves" or status != 200 or thorough or has_to_hold or not met:
        world.end()
        code, output = world.server.fsck()
        expect(code == 0, f"fsck exits with {code}:\n{output}")
        world.server.start()
        world.client = Client(world.server.port)
        verb.settle(world.client, happened)
    verb.tidy(world.client)
    probe(world.client)
    world.await_empty()
    world.client.close()
    world.await_descriptors(None if outcome != "serves" or status != 200 else world.at_rest)
    if met and status == 200 and fault.calls == ("sync",) and fault.files == METADATA:
        # Of a commit behind the answer. It may not have happened, and then all it stood on is gone.
        expect(outcome == "stops", "a commit was not synced, and the server goes on")
    return (first_fault, status, outcome) if met else None


def run_pair(binary, library, make_verb, fault, places, thorough):
    """All of these places of one fault in one verb. Returns how often which call had which
    outcome."""
    with tempfile.TemporaryDirectory(prefix="partwise-faults-") as folder:
        world = World(binary, library, folder)
        try:
            world.start()
            counts = count_faults(
                lambda place: run_once(world, make_verb(), fault, place, thorough), places)
            check_met(make_verb.name, fault, counts, MAY_MEET_NOTHING)
            return counts
        except (AssertionError, Refused, ServerGone, RuntimeError) as failure:
            where = (f"{make_verb.name} with {fault.name}, fault {world.interposer.place} "
                     f"({world.interposer.first_fault}): {failure}")
            raise AssertionError(f"{where}\n{world.server.log()[-3000:]}") from failure
        finally:
            world.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("interposer")
    parser.add_argument("--verb", help="one of them")
    parser.add_argument("--fault", help="one of them")
    parser.add_argument("--stride", type=int, default=1,
                        help="only every so many places, in which the seed says where to begin")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--thorough", action="store_true",
                        help="kill and check also after faults that nobody noticed")
    parser.add_argument("--show", action="store_true", help="print every place and its outcome")
    options = parser.parse_args()
    pairs = [(verb, fault) for verb in VERBS for fault in FAULTS
             if options.verb in (None, verb.name) and options.fault in (None, fault.name)]
    print(f"fault test: every {options.stride}. place, seed {options.seed}", flush=True)
    dice = random.Random(options.seed)
    failures, total = 0, collections.Counter()
    held = unmet = 0  # Successes beside a failed operation of SQLite; pairs that met nothing.
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        runs = {}
        for verb, fault in pairs:
            places = places_of(options.stride, dice, OPERATIONS_MAX)
            runs[pool.submit(run_pair, options.binary, options.interposer, verb, fault, places,
                             options.thorough)] = (verb, fault)
        for run in concurrent.futures.as_completed(runs):
            verb, fault = runs[run]
            if run.exception() is not None:
                failures += 1
                print(f"FAILED: {run.exception()}", flush=True)
                continue
            unmet += not run.result()
            for (_, status, outcome), count in run.result().items():
                total[fault.name, status, outcome] += count
                held += count if status == 200 and fault.files == METADATA else 0
            if options.show:
                for met, count in sorted(run.result().items(), key=str):
                    print(f"{verb.name} with {fault.name}: {met} {count}")
    for (fault, status, outcome), count in sorted(total.items(), key=str):
        print(f"{fault:28} answered {status:>6}, {outcome:16} {count:6}")
    print(f"fault test: {held} successes while an operation of SQLite failed, each of which held "
          "after a kill and a restart")
    print(f"fault test: {sum(total.values())} faults in {len(pairs)} pairs of verb and fault, "
          f"{unmet} of which may meet none and met none, {failures} pairs failed")
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main())
