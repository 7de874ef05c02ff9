"""Starts, stops and kills the real server for tests in Python. Needs the standard library only."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from partwise_client import API_KEY

READY_SECONDS = 20
DRAIN_SECONDS = 60
PR_SET_PDEATHSIG = 1
LISTENING = re.compile(rb"is listening on https?://127\.0\.0\.1:(\d+) ")
METRICS = re.compile(rb"metrics on http://127\.0\.0\.1:(\d+)/")


def free_port():
    """A loopback port that nobody listens on now. Another may take it before it is used: a server
    that can say which port the system gave it is better asked to listen on port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    """In the child: a server never outlives the test that started it, however that ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class PartwiseServer:
    """One data directory and, between start and stop or kill, one process that serves it."""

    def __init__(self, binary, data_dir, *flags):
        self.binary = Path(binary).resolve()
        self.data_dir = Path(data_dir)
        self.flags = list(flags)
        self.environment = {}  # Of the server, beyond our own.
        self.log_path = self.data_dir.with_name(self.data_dir.name + ".log")
        self.process = None
        self.port = None
        self.log_before = 0  # How long the log was at the last start.
        self.trusted = None  # An ssl.SSLContext, where the flags switch on TLS.

    @property
    def metrics_url(self):
        return f"http://127.0.0.1:{self.metrics_port}/metrics"

    @property
    def metrics_port(self):
        """Where the last start listens for scrapes, with `--metrics-listen 127.0.0.1:0`."""
        deadline = time.monotonic() + READY_SECONDS
        # The log may lag behind the answers, and has the ports of earlier starts too.
        while not (said := METRICS.search(self.log_path.read_bytes()[self.log_before:])):
            if time.monotonic() > deadline:
                raise RuntimeError(f"no line tells where metrics are:\n{self.log()}")
            time.sleep(0.01)
        return int(said[1])

    @property
    def origin(self):
        scheme = "https" if self.trusted else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def base_url(self):
        return f"{self.origin}/v1"

    def start(self, api_key=API_KEY):
        """Returns once the server says that it is ready, on a port that the system chose. Without
        `api_key` it uses its own."""
        earlier = self.launch(api_key)
        deadline = time.monotonic() + READY_SECONDS
        while not (self.find_port(earlier) and self.is_ready()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not become ready:\n{self.log()}")
            time.sleep(0.01)
        return self

    def launch(self, api_key=API_KEY):
        """Starts the process, and waits for nothing. Returns how long the log was before."""
        self.port = None
        environment = {**os.environ, "PARTWISE_API_KEY": api_key or "", **self.environment}
        with open(self.log_path, "ab") as log:
            earlier = self.log_before = log.tell()
            self.process = subprocess.Popen(
                [self.binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", self.data_dir,
                 *self.flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                preexec_fn=die_with_parent)
        return earlier

    def find_port(self, earlier):
        """The port that the server says it listens on, after the first `earlier` bytes of its log;
        None before it says so."""
        if self.port is None:
            said = LISTENING.search(self.log_path.read_bytes()[earlier:])
            self.port = int(said[1]) if said else None
        return self.port

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.origin}/readyz", timeout=5,
                                        context=self.trusted) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self):
        """Drains the server and returns its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.process = None
        return code

    def kill(self):
        """As a power cut would end the process: no drain, no warning."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None

    def kill_running(self):
        """The same of a server that has to be running: one that has ended by itself has failed."""
        code = self.process.poll()
        process = self.process
        self.kill()
        if code is not None or process.returncode != -signal.SIGKILL:
            raise RuntimeError(f"the server ended by itself, with {process.returncode}:\n"
                               f"{self.log()[-2000:]}")

    def fsck(self):
        """(exit code, output) of a check of the data directory. The server must not be running."""
        blobs = []
        if "--blobs" in self.flags:
            blobs = ["--blobs", self.flags[self.flags.index("--blobs") + 1]]
        run = subprocess.run([self.binary, "fsck", "--data-dir", self.data_dir, *blobs],
                             capture_output=True, text=True, check=False)
        return run.returncode, run.stdout + run.stderr

    def memory_peak_bytes(self):
        """The most resident memory that the process ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def log(self):
        return self.log_path.read_text(errors="replace")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
