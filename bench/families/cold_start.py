"""How long a server with millions of uploads and files takes from its start to its first answer."""

import os
import socket
import time

from contest import Contest, Entry
from contestants.partwise import Partwise
from families.scale import SeededPartwise
from seeds import Seed, rows_text
from session import Family
from spread import own_noise_factor, spread_of
from verdict import Figure, Goal

LOAD_SECONDS = 0.7
READY_SECONDS_MAX = 60
CLEAN, COLD, KILLED = "after a clean stop", "the same, nothing in the page cache", "after kill -9"
READY = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def is_ready(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(READY)
            return b" 200 " in connection.recv(4096)[:20]
    except OSError:
        return False


def forget_pages(folder):
    """Nothing below the folder is in the page cache any more."""
    os.sync()
    for parent, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(os.path.join(parent, name), os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def seconds_to_ready(session, server):
    """Starts it, and asks every millisecond."""
    def wait_until_ready():
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not is_ready(process.port) and time.monotonic() < deadline:
            time.sleep(0.001)
        return is_ready(process.port)
    server.prepare(session.setting(server.seed.data_dir, "strict"))
    process = server.server
    process.is_ready = wait_until_ready
    begin = time.perf_counter()
    process.start()
    return time.perf_counter() - begin


def entry(session, server, name, before):
    def measure():
        before()
        seconds = seconds_to_ready(session, server)
        server.stop()
        return {"ms": seconds * 1e3}
    return Entry(name, measure, lambda: None, "strict")


def run(session):
    rows = f"{rows_text(session.rows)} rows"
    family = Family("cold_start", f"Start with {rows} of uploads, and as many of files")
    session.take(family, [Partwise(session.tools)])
    seed = Seed(session.tools, session.folder.parent / "seeds", session.rows).prepare(session)
    server = SeededPartwise(session.tools, seed)

    def kill_under_load():
        server.start_seeded(session)
        load = session.generator.begin(server, server.abort_job(), 8, seconds=LOAD_SECONDS * 2)
        time.sleep(LOAD_SECONDS)
        server.server.kill()
        session.generator.end(load, server.name, lenient=True)
    try:
        contest = Contest("from the start to the first 200 of /readyz", "start", "ms", "ms")
        contest.entries = [
            entry(session, server, CLEAN, lambda: None),
            entry(session, server, COLD, lambda: forget_pages(seed.data_dir)),
            entry(session, server, KILLED, kill_under_load)]
        family.contests.append(contest.run(session.rounds, session.say))
    finally:
        server.stop()
    for name, what, bound in ((COLD, f"cold start with {rows}", 200),
                              (KILLED, f"start after kill -9 with {rows}", 2000)):
        values = contest.values(name)
        family.goals.append(Goal(what, bound, True, "ms").outcome(
            [Figure(spread_of(values).median, own_noise_factor(values))],
            "nothing in the page cache" if name == COLD else ""))
    return family
