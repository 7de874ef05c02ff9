#!/usr/bin/env python3
"""Keeps free memory in the hands of this machine while a benchmark runs: warm_memory.py BYTES.

A virtual machine may return free memory to its host in blocks of several MiB, within seconds, and
pays for each page when it is used again: five times the processor time for a whole request was
seen, by whoever came next. So most of the memory is touched once and given up again, but for one
page in every GAP_BYTES, which keeps free blocks smaller than what is returned. It holds 20 MiB.
"""

import mmap
import signal
import subprocess
import sys
import threading
from pathlib import Path

from processes import die_with_parent

MADV_POPULATE_WRITE = 23  # Linux 5.14.
GAP_BYTES = 2 * 1024 * 1024
CHUNK_BYTES = 128 * GAP_BYTES
BYTES_MAX = 10 * 1024 ** 3  # More than any contest stores at once.
READY_SECONDS_MAX = 120


def available_bytes():
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


class WarmMemory:
    """Free memory stays warm within the block."""

    def __init__(self, say):
        self.say = say
        self.process = None

    def __enter__(self):
        size = min(BYTES_MAX, available_bytes() // 2) // CHUNK_BYTES * CHUNK_BYTES
        self.process = subprocess.Popen(
            [sys.executable, "-B", __file__, str(size)], stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=die_with_parent)
        alarm = threading.Timer(READY_SECONDS_MAX, self.process.kill)
        alarm.start()
        if self.process.stdout.readline().strip() != "ready":
            said = (self.process.communicate()[1].strip().splitlines() or ["no reason given"])[-1]
            self.say(f"SKIPPED warming the memory, so figures may stray: {said}")
        alarm.cancel()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def main():
    size = int(sys.argv[1])
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    for chunk in range(0, size, CHUNK_BYTES):
        memory.madvise(MADV_POPULATE_WRITE, chunk, CHUNK_BYTES)
    for gap in range(0, size, GAP_BYTES):
        memory.madvise(mmap.MADV_DONTNEED, gap + mmap.PAGESIZE, GAP_BYTES - mmap.PAGESIZE)
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
