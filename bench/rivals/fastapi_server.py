"""A plain FastAPI upload handler, as most services that take files have one."""

import os

from contestants.contestant import Contestant, Job, remove_content
from partwise_server import free_port
from processes import Child
from rivals.install import HERE

# As in FastAPI's documentation: an UploadFile, which arrives in a spooled file, and a plain
# function, which FastAPI runs in a thread, so that copying it blocks nobody else.
HANDLER = """\
import os
import shutil
import uuid

from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/files")
def add(file: UploadFile):
    name = uuid.uuid4().hex
    with open(os.path.join(os.environ["BENCH_FILES"], name), "wb") as target:
        shutil.copyfileobj(file.file, target, 1024 * 1024)
    return {"id": name}
"""


class FastApi(Contestant):
    name = "FastAPI"
    note = "UploadFile copied to a file, uvicorn with uvloop and a worker for each core; no sync"

    def require(self):
        self.python = self.tools.venv("fastapi", HERE / "requirements.txt")

    def version(self):
        lines = (HERE / "requirements.txt").read_text().splitlines()
        return next(line for line in lines if line.startswith("fastapi==")).partition("==")[2]

    def start(self, setting):
        self.folder, self.port = setting.folder, free_port()
        for name in ("files", "spool"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "handler.py").write_text(HANDLER)
        self.child = Child(
            [self.python, "-m", "uvicorn", "handler:app", "--host", "127.0.0.1", "--port",
             self.port, "--workers", os.cpu_count(), "--no-access-log", "--log-level", "warning"],
            self.folder / "output.log",
            {"BENCH_FILES": str(self.folder / "files"), "TMPDIR": str(self.folder / "spool")},
            self.folder)
        self.child.wait_until(self.answers, 30)
        return self

    def part_job(self, size, **_):
        step = {"name": "part", "method": "POST", "path": "/files", "expect": [200],
                "body": {"kind": "multipart", "field": "file", "filename": "part",
                         "offset": 0, "bytes": size, "texts": {}}}
        return Job([step], {}, size)

    def clear(self):
        remove_content(self.folder / "files")
