#!/usr/bin/env python3
"""Walks over 25 000 files page by page, over HTTP, while other clients create and delete.

Usage: paging_over_http_test.py BINARY

Whatever existed throughout a walk is seen exactly once, in order, and nothing is seen twice.
"""

import itertools
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from partwise_client import Client  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

FILES = 25_000
CREATORS = 32
CHURNERS = 4
PURPOSES = ["user_data", "vision", "assistants"]
LIMITS = [None, 9_999, 1_000, 250]
# In memory where there is such a folder: a disk can take a minute to remove that many files.
MEMORY = Path("/dev/shm")


def fill(port):
    """{purpose: ids}, of files that stay."""
    made = {purpose: [] for purpose in PURPOSES}
    numbers = itertools.count()

    def create():
        client = Client(port)
        for number in iter(numbers.__next__, None):
            if number >= FILES:
                break
            purpose = PURPOSES[number % len(PURPOSES)]
            made[purpose].append(client.create_file(b"x", purpose))
        client.close()

    with ThreadPoolExecutor(CREATORS) as pool:
        for job in [pool.submit(create) for _ in range(CREATORS)]:
            job.result()
    return made


class Churn:
    """Clients that create files and delete them again, until they are stopped."""

    def __init__(self, port):
        self.count = 0
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(CHURNERS)
        self._jobs = [self._pool.submit(self._run, port, n) for n in range(CHURNERS)]

    def _run(self, port, number):
        client = Client(port)
        living = []
        while not self._stop.is_set():
            living.append(client.create_file(b"y", PURPOSES[number % len(PURPOSES)]))
            if len(living) > 20:
                client.delete_file(living.pop(0))
                self.count += 1
        client.close()

    def stop(self):
        self._stop.set()
        for job in self._jobs:
            job.result()
        self._pool.shutdown()


def walk(client, **query):
    """The ids of the whole list, page by page."""
    query = {key: value for key, value in query.items() if value is not None}
    ids = []
    while True:
        page = client.call("GET", "/files?" + urlencode(query))
        found = [file["id"] for file in page["data"]]
        assert (page["first_id"], page["last_id"]) == ((found[0], found[-1]) if found else
                                                       (None, None)), "the ends of a page"
        ids += found
        if not page["has_more"]:
            return ids
        query["after"] = page["last_id"]


def main():
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="partwise-paging-", dir=place) as folder:
        flags = ["--durability", "relaxed"]
        with PartwiseServer(sys.argv[1], Path(folder) / "data", *flags) as server:
            start = time.monotonic()
            made = fill(server.port)
            print(f"{FILES} files after {time.monotonic() - start:.1f} s")
            client = Client(server.port)
            lasting = {None: set().union(*made.values()), "vision": set(made["vision"])}
            in_order = {purpose: [one for one in walk(client, order="asc", purpose=purpose)]
                        for purpose in lasting}
            assert all(set(in_order[purpose]) == ids for purpose, ids in lasting.items())

            churn = Churn(server.port)
            for purpose, order, limit in itertools.product(lasting, ["asc", "desc"], LIMITS):
                ids = walk(client, order=order, purpose=purpose, limit=limit)
                name = f"purpose={purpose} order={order} limit={limit}"
                assert len(ids) == len(set(ids)), f"{name}: something came twice"
                seen = [one for one in ids if one in lasting[purpose]]
                wanted = in_order[purpose] if order == "asc" else in_order[purpose][::-1]
                assert seen == wanted, f"{name}: something was missed, or came out of order"
            churn.stop()
            assert churn.count > 50, "nothing happened beside the walks"
            print(f"{churn.count} files came and went; {time.monotonic() - start:.1f} s in all")
            client.close()


if __name__ == "__main__":
    main()
