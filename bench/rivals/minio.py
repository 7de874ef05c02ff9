"""MinIO: S3 over one drive, in Go. It is the rival that syncs what it stores."""

import http.client

from partwise_server import free_port
from processes import Child
from rivals.install import VERSIONS
from rivals.s3 import ACCESS, REGION, SECRET, S3Contestant


class Minio(S3Contestant):
    """--no-compat spares it the MD5 of every part, which clients that sign nothing do not need."""

    name = "MinIO"
    classes = ("strict",)
    note = "S3 UploadPart, one drive, --no-compat; syncs contents with fdatasync, no directories"

    def require(self):
        self.program = self.tools.go("minio")

    def version(self):
        return VERSIONS["go"]["minio"].partition("@")[2]

    def start(self, setting):
        self.folder, self.port = setting.folder, free_port()
        (self.folder / "files").mkdir(parents=True)
        self.child = Child(
            [self.program, "server", "--quiet", "--no-compat", "--address",
             f"127.0.0.1:{self.port}", "--console-address", f"127.0.0.1:{free_port()}",
             self.folder / "files"], self.folder / "output.log",
            {"MINIO_ROOT_USER": ACCESS, "MINIO_ROOT_PASSWORD": SECRET, "MINIO_BROWSER": "off",
             "MINIO_REGION": REGION, "MINIO_UPDATE": "off", "MINIO_CALLHOME_ENABLE": "off",
             "HOME": str(self.folder)})
        self.child.wait_until(self.has_bucket, 60)
        return self

    def has_bucket(self):
        """Makes it, once the server takes requests: it listens before that."""
        try:
            self.make_bucket()
            return True
        except (OSError, http.client.HTTPException, RuntimeError):
            return False
