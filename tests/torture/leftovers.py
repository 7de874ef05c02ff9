"""Data directories in which a server was killed, with every kind of leftover, and what has to
become of each.

What is left: a completed file, a pending upload with its parts, a cancelled upload and a deleted
file whose blobs nobody has removed yet, the named staging of a file system without nameless files,
an intent whose blob has its name but no row, an intent of a body that is still being sent, and a
log of the metadata that holds all of it.
"""

import errno
import fcntl
import json
import os
import shutil
import socket
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

from fault_verbs import expect, expect_status
from faults import probe, wait_until
from interposer import Interposer
from partwise_client import API_KEY, BOUNDARY, Client, Refused, ServerGone, content_of
from partwise_server import PartwiseServer

SIZES = (4096, 70_000)
STAGED = "staged-0123456789abcdef"
STEPS_MAX = 60  # Writes to the metadata while a part is added: more would be a loop.


def blobs_in(data_dir):
    return [blob for folder in (data_dir / "blobs").iterdir() for blob in folder.iterdir()]


def rows(data_dir, sql):
    with closing(sqlite3.connect(f"file:{data_dir}/metadata.sqlite3", uri=True)) as database:
        return database.execute(sql).fetchone()[0]


@contextmanager
def held(data_dir):
    """As a backup holds it: the server removes nothing."""
    directory = os.open(data_dir, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_SH)
        yield
    finally:
        os.close(directory)


def check_fsck(binary, data_dir):
    """The account of a directory that must be clean, but for the staging that was put there: where
    files need no names fsck calls it a finding."""
    run = subprocess.run([binary, "fsck", "--json", "--data-dir", data_dir],
                         capture_output=True, text=True, check=False)
    expect(run.returncode in (0, 1), f"fsck exits with {run.returncode}: {run.stdout}{run.stderr}")
    report = json.loads(run.stdout)
    others = [one for one in report["findings"] if one["subject"] != f"staging/{STAGED}"]
    expect(not others and (report["findings"] or run.returncode == 0), f"fsck finds {others}")
    return report


class Nothing:
    """The directory of a first start."""
    name = "first start"
    kept_blobs = 0

    def __init__(self, folder):
        self.data_dir = Path(folder) / "nothing"
        self.data_dir.mkdir()

    def check(self, client):
        pending = [one for one in client.call("GET", "/uploads")["data"]
                   if one["status"] == "pending"]
        expect(not pending, f"there are uploads that nobody made: {pending}")
        expect(client.call("GET", "/files")["data"] == [], "there are files that nobody made")

    def check_whole(self, client):
        self.check(client)

    def finish(self, client):
        probe(client)

    def is_at_rest(self, data_dir):
        return True


class Leftovers:
    """What was answered before the kill, and the directory that it left."""
    name = "start on what is left"
    kept_blobs = 2 * len(SIZES)

    def __init__(self, binary, library, folder):
        self.data_dir = Path(folder) / "left"
        self.contents = [content_of(number, size) for number, size in enumerate(SIZES)]
        self.interposer = Interposer(library, folder, self.data_dir)
        self.server = PartwiseServer(binary, self.data_dir, "--upload-ttl", "86400")
        self.server.environment = self.interposer.environment
        try:
            self.make()
        finally:
            self.server.kill()

    def make(self):
        client = Client(self.server.start().port)
        self.file = client.complete(*self.make_upload(client))["file"]["id"]
        self.pending, self.parts = self.make_upload(client)
        self.cancelled, _ = self.make_upload(client)
        self.deleted = client.create_file(self.contents[1], "user_data")
        self.halfway = client.create_upload(sum(SIZES))
        self.lost = client.create_upload(sum(SIZES))
        client.close()
        self.leave_named_blob()
        with held(self.data_dir):
            client = Client(self.server.start().port)
            client.cancel(self.cancelled)
            client.delete_file(self.deleted)
            intents = rows(self.data_dir, "SELECT count(*) FROM intents")
            sending = self.send_half(self.halfway)
            expect(wait_until(
                lambda: rows(self.data_dir, "SELECT count(*) FROM intents") > intents),
                "a body that is being sent has no intent")
            self.server.kill_running()
        sending.close()
        client.close()
        self.check_left()
        (self.data_dir / "staging" / STAGED).write_bytes(b"left")

    def make_upload(self, client):
        upload = client.create_upload(sum(SIZES))
        return upload, [client.add_part(upload, content) for content in self.contents]

    def leave_named_blob(self):
        """A part whose blob has its name when the server ends, and whose row was never written."""
        before = len(blobs_in(self.data_dir))
        for place in range(STEPS_MAX):
            client = Client(self.server.port)
            try:
                with self.interposer.fault(("write",), ("metadata",), errno.EIO, place):
                    client.add_part(self.lost, self.contents[0])
            except (Refused, ServerGone):
                pass
            client.close()
            expect(self.interposer.faults, "no failed write leaves a blob without a row")
            # The blob has its name before the answer, and nothing removes it once the store failed.
            self.server.process.wait()
            self.server.kill()
            if len(blobs_in(self.data_dir)) > before:
                return
            self.server.start()
        raise AssertionError("adding a part does not come to an end")

    def send_half(self, upload):
        head = (f"POST /v1/uploads/{upload}/parts HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: Bearer {API_KEY}\r\nContent-Length: {SIZES[1]}\r\n"
                f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
                f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"data\"; filename=\"p\"\r\n"
                "\r\n").encode()
        connection = socket.create_connection(("127.0.0.1", self.server.port))
        connection.sendall(head + self.contents[1][:SIZES[1] // 2])
        return connection

    def check_left(self):
        """Without the leftovers this would test nothing."""
        copy = self.data_dir.with_name("looked-at")
        shutil.copytree(self.data_dir, copy)
        expect(rows(copy, "SELECT count(*) FROM intents") >= 2, "there are no two intents")
        expect(rows(copy, "SELECT count(*) FROM reap_jobs") >= 2, "the reaper has done its work")
        shutil.rmtree(copy)
        account = check_fsck(self.server.binary, self.data_dir)
        # Both parts of the cancelled upload, the deleted file, and the blob without a row.
        expect(account["garbage_bytes"] == 2 * sum(SIZES), f"the garbage is {account}")
        expect(len(blobs_in(self.data_dir)) == self.kept_blobs + 4, "not all blobs are there")

    def check(self, client):
        """Everything is as it was answered."""
        whole = b"".join(self.contents)
        expect(client.content(self.file) == whole, "the content of the file differs")
        expect(client.get_upload(self.pending)["status"] == "pending", "it is not pending")
        listed = [part["id"] for part in client.list_parts(self.pending)]
        expect(listed == self.parts, f"the parts are {listed}")
        for upload in (self.halfway, self.lost):
            expect(client.get_upload(upload)["status"] == "pending", "it is not pending")
            expect(client.list_parts(upload) == [], "a part that was never answered is listed")
        expect(client.get_upload(self.cancelled)["status"] == "cancelled", "it is not cancelled")
        expect_status(client, lambda: client.content(self.deleted), 404)

    def check_whole(self, client):
        self.check(client)
        expect_status(client, lambda: client.add_part(self.cancelled, b"late"), 400)
        usage = client.call("GET", "/usage")["stored_bytes"]
        expect(usage == 2 * sum(SIZES), f"{usage} bytes are charged")

    def is_at_rest(self, data_dir):
        """Whether everything that was garbage is gone."""
        is_staged = (data_dir / "staging" / STAGED).exists()
        return not is_staged and len(blobs_in(data_dir)) == self.kept_blobs

    def finish(self, client):
        """Ends all there is, and leaves nothing."""
        done = client.complete(self.pending, self.parts)
        expect(client.content(done["file"]["id"]) == b"".join(self.contents), "it differs")
        client.delete_file(done["file"]["id"])
        client.delete_file(self.file)
        for upload in (self.halfway, self.lost):
            client.cancel(upload)
        probe(client)
