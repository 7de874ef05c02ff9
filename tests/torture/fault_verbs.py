"""The verbs that a fault meets, and how each of them is judged by what it answered.

A verb is prepared while nothing fails, done once while something does, and then looked at: `settle`
is given whether it was answered with success (True), refused for sure (False), or left in doubt
(None), and raises an AssertionError where the server says something else.
"""

import hashlib
import itertools

from partwise_client import Refused, content_of

SMALL, LARGE = 4096, 9 * 1024 * 1024  # Two steps of write-back, and a sync that waits for its turn.
numbers = itertools.count()


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def expect_status(client, call, status):
    try:
        call()
    except Refused as refused:
        expect(refused.status == status, f"expected {status}, got {refused}")
        return
    raise AssertionError(f"expected {status}, got 200")


class Verb:
    """One thing that a client does to one upload or file of its own."""

    def __init__(self):
        self.seed = next(numbers)
        self.size = SMALL

    name = ""
    stores = False         # Content: no operation on it can fail without a refusal.
    keeps_nothing = False  # A success may be cut short: the connection is closed in the middle.

    def prepare(self, client):
        pass

    def act(self, client):
        raise NotImplementedError

    def settle(self, client, happened):
        raise NotImplementedError

    def tidy(self, client):
        """Leaves nothing that is charged for."""


class CreateUpload(Verb):
    name = "create"

    def act(self, client):
        key = f"fault-{self.seed}"
        self.upload = client.create_upload(self.size, idempotency_key=key)

    def settle(self, client, happened):
        listed = [one for one in client.call("GET", "/uploads?limit=10000")["data"]
                  if one["status"] == "pending"]
        if happened is not None:
            expect(len(listed) == int(happened), f"{len(listed)} uploads are pending")
        self.upload = listed[0]["id"] if listed else None
        if happened:
            expect(client.get_upload(self.upload)["status"] == "pending", "it is not pending")

    def tidy(self, client):
        if self.upload:
            client.cancel(self.upload)


class OnUpload(Verb):
    """A verb on an upload with parts."""
    part_sizes = (SMALL, 70_000)
    ends_as = None

    def prepare(self, client):
        self.size = sum(self.part_sizes) or self.size
        self.contents = [content_of(self.seed + number, size)
                         for number, size in enumerate(self.part_sizes)]
        self.upload = client.create_upload(self.size)
        self.parts = [client.add_part(self.upload, content) for content in self.contents]

    def status(self, client, happened):
        status = client.get_upload(self.upload)["status"]
        allowed = {True: {self.ends_as}, False: {"pending"}, None: {self.ends_as, "pending"}}
        expect(status in allowed[happened], f"the upload is {status}, which was {happened}")
        return status

    def settle(self, client, happened):
        if self.status(client, happened) == "pending":
            listed = [part["id"] for part in client.list_parts(self.upload)]
            expect(listed == self.parts, "a part is lost")

    def tidy(self, client):
        upload = client.get_upload(self.upload)
        if upload["status"] == "pending":
            client.cancel(self.upload)
        elif upload["status"] == "completed":
            try:
                client.delete_file(upload["file"]["id"])
            except Refused as refused:
                expect(refused.status == 404, f"the file cannot be deleted: {refused}")


class AddPart(OnUpload):
    name = "add a part"
    part_sizes = (SMALL,)
    added_size = SMALL
    stores = True
    ends_as = "pending"

    def prepare(self, client):
        super().prepare(client)
        client.cancel(self.upload)
        self.upload = client.create_upload(self.added_size + SMALL)
        self.parts = [client.add_part(self.upload, self.contents[0])]
        self.added = content_of(self.seed + 100, self.added_size)
        self.part = None

    def act(self, client):
        self.part = client.add_part(self.upload, self.added)

    def settle(self, client, happened):
        self.status(client, happened)
        fresh = [part["id"] for part in client.list_parts(self.upload)
                 if part["id"] not in self.parts]
        if happened:
            expect(fresh == [self.part], f"the answered part {self.part} is lost: {fresh}")
        if happened is False:
            expect(not fresh, f"a part that was refused is listed: {fresh}")
        self.fresh = fresh

    def tidy(self, client):
        if self.fresh:
            done = client.complete(self.upload, self.parts + self.fresh)
            got = client.content(done["file"]["id"])
            expect(got == self.contents[0] + self.added, "the content differs")
        super().tidy(client)


class AddEmptyPart(AddPart):
    name = "add an empty part"
    added_size = 0


class AddLargePart(AddPart):
    name = "add a large part"
    added_size = LARGE


class Complete(OnUpload):
    name = "complete"
    ends_as = "completed"
    with_md5 = False

    def act(self, client):
        fields = {"part_ids": self.parts}
        if self.with_md5:
            fields["md5"] = hashlib.md5(b"".join(self.contents)).hexdigest()
        client.call("POST", f"/uploads/{self.upload}/complete", fields)

    def settle(self, client, happened):
        if self.status(client, happened) == "completed":
            file = client.get_upload(self.upload)["file"]["id"]
            expect(client.content(file) == b"".join(self.contents), "the content differs")
        super().settle(client, happened)


class CompleteWithMd5(Complete):
    name = "complete with md5"
    with_md5 = True


class CompleteWithUnused(Complete):
    name = "complete, a part unused"

    def prepare(self, client):
        super().prepare(client)
        client.add_part(self.upload, b"unused")

    def settle(self, client, happened):
        if self.status(client, happened) == "completed":
            Complete.settle(self, client, happened)


class Cancel(OnUpload):
    name = "cancel"
    part_sizes = (SMALL, 0, 70_000)
    ends_as = "cancelled"

    def act(self, client):
        client.cancel(self.upload)

    def settle(self, client, happened):
        super().settle(client, happened)
        if happened:
            expect_status(client, lambda: client.add_part(self.upload, b"late"), 400)
            expect_status(client, lambda: client.complete(self.upload, self.parts), 400)


class PostFile(Verb):
    name = "post a file"
    stores = True

    def prepare(self, client):
        self.content = content_of(self.seed, 70_000)
        self.file = None

    def act(self, client):
        self.file = client.create_file(self.content, "user_data")

    def settle(self, client, happened):
        listed = [file["id"] for file in client.call("GET", "/files")["data"]]
        if happened is not None:
            expect(listed == ([self.file] if happened else []), f"the files are {listed}")
        self.listed = listed
        for file in listed:
            expect(client.content(file) == self.content, "the content differs")

    def tidy(self, client):
        for file in self.listed:
            client.delete_file(file)


class OnFile(Verb):
    """A verb on a file of two parts."""
    file_size = 140_000

    def prepare(self, client):
        half = self.file_size // 2
        self.content = content_of(self.seed, self.file_size)
        upload = client.create_upload(self.file_size)
        parts = [client.add_part(upload, self.content[:half]),
                 client.add_part(upload, self.content[half:])]
        self.file = client.complete(upload, parts)["file"]["id"]

    def settle(self, client, happened):
        expect(client.content(self.file) == self.content, "the content differs")

    def tidy(self, client):
        try:
            client.delete_file(self.file)
        except Refused as refused:
            expect(refused.status == 404, f"the file cannot be deleted: {refused}")


class DeleteFile(OnFile):
    name = "delete a file"

    def act(self, client):
        client.delete_file(self.file)

    def settle(self, client, happened):
        if happened:
            expect_status(client, lambda: client.content(self.file), 404)
        if happened is False:
            super().settle(client, happened)


class ReadContent(OnFile):
    name = "content"
    keeps_nothing = True

    def act(self, client):
        expect(client.content(self.file) == self.content, "a success has other bytes")


class ReadLargeContent(ReadContent):
    name = "content of a large file"
    file_size = 2 * LARGE


class Look(OnUpload):
    """Every verb that changes nothing."""
    name = "get and list"
    ends_as = "pending"

    def act(self, client):
        expect(client.get_upload(self.upload)["status"] == "pending", "it is not pending")
        expect([part["id"] for part in client.list_parts(self.upload)] == self.parts, "parts")
        uploads = client.call("GET", "/uploads?limit=1")["data"]
        expect(uploads[0]["id"] == self.upload, "the newest upload is another")
        client.call("GET", "/files?limit=1")
        expect(client.call("GET", "/usage")["stored_bytes"] == self.size, "the charge is wrong")


VERBS = (CreateUpload, AddPart, AddEmptyPart, AddLargePart, Complete, CompleteWithMd5,
         CompleteWithUnused, Cancel, PostFile, DeleteFile, ReadContent, ReadLargeContent, Look)
