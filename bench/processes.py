"""Child processes of a run: started, counted, and ended, whatever becomes of the run itself."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 15
CPU_CLOCK_OF_PROCESS = 2  # CPUCLOCK_SCHED: user and system time of a whole process, in ns.

# Ends the groups that are left when its standard input ends, which is when the run has ended.
GUARD = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    verb, group = line.split()
    (groups.add if verb == "add" else groups.discard)(int(group))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
"""


def die_with_parent():
    """In the child. Reaches only the child itself; the guard reaches what the child started."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Guard:
    """A process that outlives a killed run just long enough to end what the run had started."""

    process = None

    @classmethod
    def tell(cls, verb, group):
        if cls.process is None:
            cls.process = subprocess.Popen([sys.executable, "-c", GUARD], stdin=subprocess.PIPE,
                                           text=True, start_new_session=True)
        cls.process.stdin.write(f"{verb} {group}\n")
        cls.process.stdin.flush()


class Child:
    """A process in a group of its own, with its output in a file."""

    def __init__(self, command, log_path, environment=None, folder=None):
        self.log_path = Path(log_path)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})}, cwd=folder, start_new_session=True,
                preexec_fn=die_with_parent)
        self.pid = self.process.pid
        Guard.tell("add", self.pid)

    def wait_until(self, is_ready, seconds):
        """Errors: RuntimeError with the log, if it ended or the time is over before."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.process.args[0]} did not become ready:\n"
                                   f"{self.log_path.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def stop(self):
        """SIGTERM, and after a while SIGKILL for the whole group."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        Guard.tell("remove", self.pid)


def process_tree(root):
    """The process and all that descend from it."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # Ended meanwhile.
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, open_ends = [], [root]
    while open_ends:
        pid = open_ends.pop()
        found.append(pid)
        open_ends += children.get(pid, [])
    return found


def cpu_seconds(pids):
    """User and system time of these processes, threads that ended included."""
    total = 0.0
    for pid in pids:
        try:
            total += time.clock_gettime((~pid << 3) | CPU_CLOCK_OF_PROCESS)
        except OSError:
            pass  # Ended meanwhile.
    return total


def status_bytes(pids, field):
    """The sum of a field of /proc/PID/status: VmRSS is resident now, VmHWM at most so far."""
    total = 0
    for pid in pids:
        try:
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(f"{field}:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            pass  # Ended meanwhile.
    return total


def reset_peak(pids):
    """VmHWM starts anew from what is resident now."""
    for pid in pids:
        try:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        except OSError:
            pass  # Ended meanwhile, or not ours: then the peak is that since its start.
