"""Data directories with very many rows, made once by `partwise-seed` and kept for later runs."""

import json
import shutil
import subprocess
import time

from contestants.contestant import Missing
from contestants.partwise import Partwise

SMALL, LARGE = 1000, 10_000_000
LARGE_BYTES = 12 * 1024 ** 3  # Of disk that the large one may take.


def rows_text(rows):
    return f"{rows // 1000000} million" if rows >= 1000000 else f"{rows:,}".replace(",", " ")


class Seed:
    """A directory with `rows` uploads and as many files, and some of their ids."""

    def __init__(self, tools, folder, rows):
        self.tools = tools
        self.rows = rows
        self.data_dir = folder / f"rows-{rows}"
        self.sample_path = folder / f"rows-{rows}.json"
        self.sample = {}

    def prepare(self, session):
        """Errors: Missing, where there is no program or no room for it."""
        if not self.sample_path.exists():
            self.make(session)
        self.sample = json.loads(self.sample_path.read_text())
        return self

    def make(self, session):
        program = self.tools.built("partwise-seed")
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.data_dir, ignore_errors=True)
        if self.rows >= LARGE and shutil.disk_usage(self.data_dir.parent).free < LARGE_BYTES:
            raise Missing(f"{LARGE_BYTES // 1024 ** 3} GiB of disk are needed")
        session.say(f"  making {self.rows} uploads and files, once")
        begin = time.monotonic()
        maker = Partwise(self.tools)  # A server makes the directory; the rows come afterwards.
        maker.start(session.setting(self.data_dir))
        maker.stop()
        run = subprocess.run([str(word) for word in (
            program, self.data_dir, "--uploads", self.rows, "--files", self.rows)],
            capture_output=True, text=True, check=False)
        if run.returncode != 0:
            shutil.rmtree(self.data_dir, ignore_errors=True)
            raise Missing(f"partwise-seed failed: {run.stderr.strip()[:300]}")
        self.sample_path.write_text(run.stdout)
        session.say(f"  made in {time.monotonic() - begin:.0f} s")
