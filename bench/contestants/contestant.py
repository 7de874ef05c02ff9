"""What takes part in a contest: a server that is started, asked for work, and emptied again."""

import http.client
import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from processes import process_tree


class Missing(Exception):
    """A contestant that cannot be had here, and why."""


@dataclass(frozen=True)
class Setting:
    """How a contestant is started: in a folder of its own on the disk that is measured."""

    folder: Path
    payload: object  # Has the certificate, for those who speak TLS.
    durability: str = "relaxed"
    tls: bool = False


@dataclass(frozen=True)
class Job:
    """Requests for the load generator: the steps of one iteration, and lists that fill ${holes}."""

    steps: list
    values: dict = field(default_factory=dict)
    bytes_per_iteration: int = 0


class Contestant:
    """One kind of server. Between start and stop it has a port and processes."""

    name = ""
    classes = ("relaxed",)  # Of durability. Who never syncs is in the relaxed class alone.
    speaks_tls = False
    note = ""  # How it is configured, in a few words, for the report.

    def __init__(self, tools):
        self.tools = tools  # Where programs are that are not Debian's: a rivals.install.Tools.
        self.child = None
        self.port = None
        self.tls = False
        self.folder = None

    def require(self):
        """Installs what is missing. Errors: Missing."""

    def version(self):
        return ""

    def start(self, setting):
        raise NotImplementedError

    def stop(self):
        if self.child:
            self.child.stop()
            self.child = None

    def pids(self):
        return process_tree(self.child.pid)

    def part_job(self, size, **_):
        """Stores one part, or whatever comes nearest, of `size` bytes in each iteration."""
        raise NotImplementedError

    def abort_job(self):
        """Creates an upload and ends it, in each iteration. None: it has no such verb."""
        return None

    def content_folder(self):
        """Where the bytes are that it stores."""
        return self.folder / "files"

    def clear(self):
        """Removes whatever was stored. Returns once its space is free."""
        raise NotImplementedError

    def call(self, method, path, body=None, headers=None):
        """(status, headers, content) of one request on a connection of its own."""
        if self.tls:
            trust = ssl.create_default_context()
            trust.check_hostname = False
            trust.verify_mode = ssl.CERT_NONE  # Its own certificate, on loopback.
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=120,
                                                     context=trust)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def answers(self, path="/"):
        """Whether it answers at all, whatever it says."""
        try:
            self.call("GET", path)
            return True
        except (OSError, http.client.HTTPException):
            return False


def remove_content(folder):
    """Every file below the folder; the folders stay, since a server may hold them open."""
    for parent, _, names in os.walk(folder):
        for name in names:
            os.unlink(os.path.join(parent, name))
