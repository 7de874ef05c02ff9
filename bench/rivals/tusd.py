"""tusd: the reference server of the tus protocol, in Go."""

from contestants.contestant import Contestant, remove_content
from partwise_server import free_port
from processes import Child
from rivals.install import VERSIONS
from rivals.tus_node import abort_job, part_job


class Tusd(Contestant):
    name = "tusd"
    note = "creation-with-upload, file store; it never syncs"

    def require(self):
        self.program = self.tools.go("tusd")

    def version(self):
        return VERSIONS["go"]["tusd"].partition("@")[2]

    def start(self, setting):
        self.folder, self.port = setting.folder, free_port()
        (self.folder / "files").mkdir(parents=True)
        self.child = Child(
            [self.program, "-host", "127.0.0.1", "-port", self.port, "-base-path", "/files/",
             "-upload-dir", self.folder / "files", "-verbose=false", "-show-startup-logs=false",
             "-expose-metrics=false"], self.folder / "output.log")
        self.child.wait_until(self.answers, 20)
        return self

    def part_job(self, size, **_):
        return part_job(size, "/files/")

    def abort_job(self):
        return abort_job("/files/", "${id}")

    def clear(self):
        remove_content(self.folder / "files")
