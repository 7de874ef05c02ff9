"""Partwise itself, as its users start it."""

import json
import time

from contestants.contestant import Contestant, Job
from partwise_client import API_KEY
from partwise_server import PartwiseServer
from processes import process_tree

GIB = 1024 ** 3
DECLARED_BYTES = 8 * GIB  # The most that an upload may declare; its parts may store twice that.
FREEING_SECONDS = 120
AUTHORIZATION = {"Authorization": f"Bearer {API_KEY}"}
JSON = {**AUTHORIZATION, "Content-Type": "application/json"}


def create_fields(size=DECLARED_BYTES):
    return json.dumps({"bytes": size, "filename": "bench.bin", "purpose": "user_data",
                       "mime_type": "application/octet-stream"})


class Refusal(Exception):
    """An answer that is no success, where a benchmark can have none."""


class Partwise(Contestant):
    name = "partwise"
    classes = ("relaxed", "strict")
    speaks_tls = True
    note = "defaults, except --durability and --log-level warning"

    def __init__(self, tools, *flags):
        super().__init__(tools)
        self.flags = flags
        self.server = None
        self.uploads = []
        self.files = []

    def start(self, setting):
        self.prepare(setting)
        self.server.start()
        self.port = self.server.port
        return self

    def prepare(self, setting):
        flags = ["--durability", setting.durability, "--log-level", "warning", *self.flags]
        if setting.tls:
            flags += ["--tls-certificate", str(setting.payload.certificate),
                      "--tls-key", str(setting.payload.key)]
        setting.folder.parent.mkdir(parents=True, exist_ok=True)
        self.server = PartwiseServer(self.tools.partwise, setting.folder, *flags)
        self.folder, self.tls = setting.folder, setting.tls
        if setting.tls:
            self.server.trusted = setting.payload.trust()

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None

    def content_folder(self):
        return self.folder / "blobs"

    def pids(self):
        return process_tree(self.server.process.pid)

    def ask(self, method, path, fields=None):
        """The object that it answers. Errors: Refusal."""
        body = None if fields is None else fields if isinstance(fields, str) else json.dumps(fields)
        status, _, content = self.call(method, f"/v1{path}", body, JSON if body else AUTHORIZATION)
        if status != 200:
            raise Refusal(f"{method} {path}: {status} {content[:300]!r}")
        return json.loads(content)

    def create_upload(self, size=DECLARED_BYTES):
        upload = self.ask("POST", "/uploads", create_fields(size))["id"]
        self.uploads.append(upload)
        return upload

    def part_step(self, size, texts=None, upload="${upload}", offset=0):
        return {"name": "part", "method": "POST", "path": f"/v1/uploads/{upload}/parts",
                "headers": AUTHORIZATION, "expect": [200],
                "body": {"kind": "multipart", "field": "data", "filename": "part",
                         "offset": offset, "bytes": size, "texts": texts or {}}}

    def part_job(self, size, texts=None, uploads=4, **_):
        made = [self.create_upload() for _ in range(uploads)]
        return Job([self.part_step(size, texts)], {"upload": made}, size)

    def file_job(self, size):
        """Posts a whole file in each iteration."""
        step = {"name": "file", "method": "POST", "path": "/v1/files", "headers": AUTHORIZATION,
                "expect": [200],
                "body": {"kind": "multipart", "field": "file", "filename": "bench.bin",
                         "offset": 0, "bytes": size, "texts": {"purpose": "user_data"}}}
        return Job([step], {}, size)

    def create_step(self, record=True):
        return {"name": "create", "method": "POST", "path": "/v1/uploads", "headers": AUTHORIZATION,
                "body": {"kind": "text", "text": create_fields(),
                         "content_type": "application/json"},
                "expect": [200], "record": record,
                "capture": {"id": {"after": '"id":"', "until": '"'}}}

    def abort_job(self):
        cancel = {"name": "cancel", "method": "POST", "path": "/v1/uploads/${id}/cancel",
                  "headers": AUTHORIZATION, "expect": [200]}
        return Job([self.create_step(), cancel])

    def complete(self, upload, parts, md5=None):
        fields = {"part_ids": parts} if md5 is None else {"part_ids": parts, "md5": md5}
        file = self.ask("POST", f"/uploads/{upload}/complete", fields)["file"]["id"]
        self.uploads.remove(upload)
        self.files.append(file)
        return file

    def list_parts(self, upload):
        """The ids of all its parts, in the order in which they were added."""
        listed = self.ask("GET", f"/uploads/{upload}/parts?limit=10000")["data"]
        return [part["id"] for part in listed]

    def clear(self):
        for upload in self.uploads:
            self.ask("POST", f"/uploads/{upload}/cancel")
        for file in self.files:
            self.ask("DELETE", f"/files/{file}")
        self.uploads, self.files = [], []
        self.clear_posted()
        self.wait_until_free()

    def clear_posted(self):
        """Files that the load generator posted whole, whose ids nobody kept."""
        while files := self.ask("GET", "/files?limit=1000")["data"]:
            for file in files:
                self.ask("DELETE", f"/files/{file['id']}")

    def wait_until_free(self):
        """Returns the seconds that it took until nothing was left to be removed."""
        begin = time.monotonic()
        while self.ask("GET", "/usage")["reclaimable_bytes"]:
            if time.monotonic() - begin > FREEING_SECONDS:
                raise Refusal("the reaper does not come to an end")
            time.sleep(0.005)
        return time.monotonic() - begin
