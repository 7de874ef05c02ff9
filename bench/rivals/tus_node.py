"""@tus/server with @tus/file-store: the tus protocol in Node.js."""

from contestants.contestant import Contestant, Job, remove_content
from partwise_server import free_port
from processes import Child
from rivals.install import VERSIONS, find_program

# The example of its documentation, and nothing that costs time.
SERVER = """\
import { Server } from "@tus/server";
import { FileStore } from "@tus/file-store";

const [directory, port] = process.argv.slice(2);
const server = new Server({
  path: "/files", relativeLocation: true, datastore: new FileStore({ directory }) });
server.listen({ host: "127.0.0.1", port: Number(port) });
"""
TUS = {"Tus-Resumable": "1.0.0"}


def part_job(size, path):
    """Creation with upload: one request that makes an upload and has all of its bytes."""
    step = {"name": "part", "method": "POST", "path": path, "expect": [201],
            "headers": {**TUS, "Upload-Length": str(size)},
            "body": {"kind": "raw", "offset": 0, "bytes": size,
                     "content_type": "application/offset+octet-stream"}}
    return Job([step], {}, size)


def abort_job(path, until):
    """Creates an upload, and terminates it. Its path begins at `path`, wherever the header says."""
    create = {"name": "create", "method": "POST", "path": path, "expect": [201],
              "headers": {**TUS, "Upload-Length": "8589934592"},
              "capture": {"id": {"header": "location"}}}
    end = {"name": "cancel", "method": "DELETE", "path": until, "headers": TUS, "expect": [204]}
    return Job([create, end])


class TusNode(Contestant):
    name = "@tus/server"
    note = "creation-with-upload, @tus/file-store; it never syncs"

    def require(self):
        self.modules = self.tools.npm()

    def version(self):
        return VERSIONS["npm"]["@tus/server"]

    def start(self, setting):
        self.folder, self.port = setting.folder, free_port()
        (self.folder / "files").mkdir(parents=True)
        script = self.modules / "server.mjs"
        script.write_text(SERVER)
        self.child = Child([find_program("node"), script, self.folder / "files", self.port],
                           self.folder / "output.log", {"NODE_ENV": "production"})
        self.child.wait_until(self.answers, 20)
        return self

    def part_job(self, size, **_):
        return part_job(size, "/files")

    def abort_job(self):
        return abort_job("/files", "${id}")

    def clear(self):
        remove_content(self.folder / "files")
