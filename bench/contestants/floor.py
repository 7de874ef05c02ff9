"""The floor: what storing bytes costs on this machine when a server does nothing else."""

from contestants.contestant import Contestant, Job
from processes import Child


class Floor(Contestant):
    """`partwise-floor`: receives 1 MiB at a time and writes it, on a thread for each connection."""

    name = "floor"
    classes = ("relaxed", "strict")
    note = "recv of 1 MiB, pwrite, a thread for each connection; strict: and fdatasync"

    def start(self, setting):
        self.folder = setting.folder
        self.folder.mkdir(parents=True)
        flags = ["--sync"] if setting.durability == "strict" else []
        log = setting.folder.with_name(setting.folder.name + ".log")
        log.unlink(missing_ok=True)
        self.child = Child([self.tools.built("partwise-floor"), "--port", "0", self.folder,
                            *flags], log)
        self.child.wait_until(lambda: log.exists() and log.read_text().count("\n"), 10)
        self.port = int(log.read_text().split(":")[-1])
        return self

    def part_job(self, size, **_):
        return Job([{"name": "part", "method": "PUT", "path": "/part-${n}", "expect": [200],
                     "body": {"kind": "raw", "offset": 0, "bytes": size}}], {}, size)

    def content_folder(self):
        return self.folder

    def clear(self):
        self.call("DELETE", "/all")
