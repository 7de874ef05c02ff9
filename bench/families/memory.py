"""Memory of the server while very many connections are open at once."""

import json
import resource
import subprocess
import time

from contest import Contest, Entry, median_of
from contestants.contestant import Job
from contestants.partwise import AUTHORIZATION, Partwise
from families.ingest import MIB
from generator import LoadFailed
from processes import die_with_parent, status_bytes
from session import Family
from verdict import Figure, Goal

STREAMS, SLOW = "256 streams at once", "1000 slow streams"
IDLE_CONNECTIONS = 10000
STREAM_BYTES = 8 * MIB  # Each has sent all of it but the last byte: 2 GiB in all.
SLOW_RATE = 32 * 1024  # Bytes per second of each slow stream.
SLOW_SECONDS = 6
ROUNDS_MAX = 3  # It hardly varies.
DESCRIPTORS_SPARE = 1000


class Held:
    """Connections that stay as they are within the block."""

    def __init__(self, session, partwise, mode, connections, job, *flags):
        plan = session.generator.plan(partwise, job, connections)
        path = session.folder / "held.json"
        path.write_text(json.dumps(plan))
        self.words = [session.tools.built("partwise-load"), "hold", mode, path, *flags]

    def __enter__(self):
        self.process = subprocess.Popen(
            [str(word) for word in self.words], stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=die_with_parent)
        line = self.process.stdout.readline().strip()
        if line != "holding":
            self.process.kill()
            raise LoadFailed(f"connections could not be held: {line} "
                             f"{self.process.communicate()[1].strip()}")
        return self

    def finish(self):
        output, said = self.process.communicate()
        try:
            result = json.loads(output)
        except ValueError:
            raise LoadFailed(f"held connections: {said.strip()}") from None
        if result["broken"]:
            raise LoadFailed(f"{result['broken']} connections broke: {result['first_error']}")

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.terminate()
        if kind is None:
            self.finish()
        else:
            self.process.kill()
            self.process.wait()


def upload_job(partwise, size):
    return partwise.part_job(size, uploads=8)


def idle_job(_):
    return Job([{"method": "GET", "path": "/v1/uploads?limit=1", "headers": AUTHORIZATION,
                 "expect": [200]}])


def held_entry(session, name, mode, connections, make_job, *flags):
    """A fresh server for each measurement, since memory that was freed is not always returned."""
    def measure():
        with session.started([Partwise(session.tools)], "relaxed") as (partwise,):
            empty = status_bytes(partwise.pids(), "VmRSS")
            with Held(session, partwise, mode, connections, make_job(partwise), *flags):
                if mode == "slow":
                    time.sleep(SLOW_SECONDS)
                resident = status_bytes(partwise.pids(), "VmRSS")
                peak = status_bytes(partwise.pids(), "VmHWM")
            partwise.clear()
        return {"peak_bytes": peak, "resident_mib": resident / MIB, "empty_mib": empty / MIB}
    return Entry(name, measure, lambda: None)


def idle_connections():
    """As many as the server accepts with the descriptors that there are: a third of them."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return min(IDLE_CONNECTIONS, (descriptors - DESCRIPTORS_SPARE) // 3)


def run(session):
    family = Family("memory", "Memory of the server")
    session.take(family, [Partwise(session.tools)])
    idle = idle_connections()
    idle_name = f"{idle} idle connections"
    contest = Contest("peak of resident memory", "memory", "peak_bytes", "MiB", 1 / MIB,
                      extras={"while held": median_of("resident_mib"),
                              "before": median_of("empty_mib")})
    contest.entries = [
        held_entry(session, STREAMS, "stream", 256, lambda one: upload_job(one, STREAM_BYTES)),
        held_entry(session, idle_name, "idle", idle, idle_job),
        held_entry(session, SLOW, "slow", 1000, lambda one: upload_job(one, STREAM_BYTES),
                   "--rate", SLOW_RATE)]
    family.contests.append(contest.run(min(session.rounds, ROUNDS_MAX), session.say, warm=False))
    worst = {name: max(contest.values(name)) for name in contest.samples}
    before = max(contest.values(idle_name, "empty_mib"))
    rows = {
        STREAMS: (300, worst[STREAMS], ""),
        f"{IDLE_CONNECTIONS} idle keep-alive connections": (
            200, before + (worst[idle_name] - before) * IDLE_CONNECTIONS / idle,
            "" if idle == IDLE_CONNECTIONS else
            f"projected from {idle}: the limit of descriptors (ulimit -Hn) allows no more here"),
        SLOW: (400, worst[SLOW], "")}
    for name, (bound, figure, note) in rows.items():
        goal = Goal(f"memory: {name}", bound, True, "MiB")
        family.goals.append(goal.outcome([Figure(figure)], note))
    family.notes.append("The memory of sockets is the kernel's, and is not in these figures.")
    return family
