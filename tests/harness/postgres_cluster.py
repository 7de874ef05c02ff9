"""A real PostgreSQL 15 for tests in Python: made, run and ended by tests/postgres/cluster.sh."""

import signal
import subprocess
import tempfile
import time
from pathlib import Path

from partwise_server import die_with_parent

SCRIPT = Path(__file__).resolve().parent.parent / "postgres" / "cluster.sh"
EXIT_MISSING = 77
START_SECONDS = 30


class Missing(Exception):
    """PostgreSQL is not installed."""


class PostgresCluster:
    """Running from the start on, until `close`."""

    def __init__(self, sync=False):
        self.folder = tempfile.TemporaryDirectory(prefix="partwise-postgres-")
        made = subprocess.run([SCRIPT, "make", self.folder.name], capture_output=True, text=True,
                              check=False, env={"PATH": "/usr/bin:/bin", "SYNC": str(int(sync))})
        if made.returncode == EXIT_MISSING:
            self.folder.cleanup()
            raise Missing(made.stderr.strip())
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        self.url = made.stdout.strip()
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen([SCRIPT, "run", self.folder.name],
                                        preexec_fn=die_with_parent)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.ask("SELECT 1")
                return
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def ask(self, sql):
        """What psql prints for it."""
        ran = subprocess.run(["psql", self.url, "-qAtc", sql], capture_output=True, text=True,
                             check=False)
        if ran.returncode != 0:
            raise RuntimeError(ran.stderr)
        return ran.stdout.strip()

    def session(self):
        """A psql that stays, and takes lines from its standard input."""
        return subprocess.Popen(["psql", self.url, "-qAt"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                preexec_fn=die_with_parent)

    def stop(self, how=signal.SIGINT):
        """SIGINT ends every session; SIGQUIT is a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def close(self):
        self.stop()
        self.folder.cleanup()
