"""versitygw: S3 over a folder of a POSIX file system, in Go."""

from partwise_server import free_port
from processes import Child
from rivals.install import VERSIONS
from rivals.s3 import ACCESS, REGION, SECRET, S3Contestant


class Versitygw(S3Contestant):
    """Keep-alive is off by default, and so slower; so are MD5 ETags and the log of requests."""

    name = "versitygw"
    note = "S3 UploadPart, posix backend, --keep-alive, ETags from CRC64; it never syncs"

    def require(self):
        self.program = self.tools.go("versitygw")

    def version(self):
        return VERSIONS["go"]["versitygw"].partition("@")[2]

    def start(self, setting):
        self.folder, self.port = setting.folder, free_port()
        (self.folder / "files").mkdir(parents=True)
        self.child = Child(
            [self.program, "--port", f"127.0.0.1:{self.port}", "--region", REGION, "--keep-alive",
             "--quiet", "--disable-acl", "posix", "--data-integrity-etag", self.folder / "files"],
            self.folder / "output.log",
            {"ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET})
        self.child.wait_until(self.answers, 20)
        self.make_bucket()
        return self
