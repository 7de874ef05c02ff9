"""The scenarios of ../scenarios.json by the official Python SDK, written once for both clients.

Usage: scenarios.py sync|async SCENARIOS RESULTS

Writes {"sdk", "passed", "failed": {id: reason}, "absent": {id: reason}}.
"""

import asyncio
import hashlib
import inspect
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

import openai

FOLDER = Path(tempfile.mkdtemp(prefix="partwise-python-"))


async def value_of(answer):
    """What a call of either client answers."""
    return await answer if inspect.isawaitable(answer) else answer


async def each(pages):
    """Every object that the pager of either client walks over."""
    if hasattr(pages, "__aiter__"):
        return [one async for one in pages]
    return list(await value_of(pages))


def md5_of(content):
    return hashlib.md5(content).hexdigest()


def on_disk(name, content):
    path = FOLDER / name
    path.write_bytes(content)
    return path


class Scenarios:
    """Each public method is a scenario."""

    def __init__(self, is_async):
        self._kind = openai.AsyncOpenAI if is_async else openai.OpenAI
        self._azure = openai.AsyncAzureOpenAI if is_async else openai.AzureOpenAI
        # Strict validation refuses an answer with a missing field or a field of the wrong type.
        self._client = self._kind(_strict_response_validation=True)
        self._requests = 0
        hook = self._count_async if is_async else self._count
        self._client._client.event_hooks["request"].append(hook)

    def _count(self, _):
        self._requests += 1

    async def _count_async(self, _):
        self._requests += 1

    async def _new_upload(self, size, **fields):
        return await value_of(self._client.uploads.create(**{
            "bytes": size, "filename": "data.jsonl", "mime_type": "text/jsonl",
            "purpose": "batch", **fields}))

    async def _add_part(self, upload, content):
        return (await value_of(self._client.uploads.parts.create(upload.id, data=content))).id

    async def _complete(self, upload, ids, **fields):
        return await value_of(self._client.uploads.complete(upload.id, part_ids=ids, **fields))

    async def _new_file(self, content=b"x", **fields):
        return await value_of(self._client.files.create(**{
            "file": ("notes.txt", content), "purpose": "user_data", **fields}))

    async def _content_of(self, file_id):
        return (await value_of(self._client.files.content(file_id))).content

    async def _refused(self, kind, call, sent=None):
        before = self._requests
        try:
            await value_of(call())
        except kind as refusal:
            assert sent is None or self._requests - before == sent, "sent again"
            return refusal
        raise AssertionError("the call should have failed")

    async def upload_create(self):
        upload = await self._new_upload(11)
        assert (upload.status, upload.bytes, upload.file) == ("pending", 11, None)
        assert upload.expires_at == upload.created_at + 3600

    async def upload_parts(self):
        pieces = [os.urandom(70_000), b"", os.urandom(300_000)]
        upload = await self._new_upload(370_000, filename="naïve – 文件.bin", purpose="user_data")
        done = await self._complete(upload, [await self._add_part(upload, one) for one in pieces])
        assert (done.status, done.file.filename) == ("completed", "naïve – 文件.bin")
        assert await self._content_of(done.file.id) == b"".join(pieces)

    async def upload_parts_parallel(self):
        pieces = [os.urandom(100_000 + n) for n in range(16)]
        upload = await self._new_upload(sum(map(len, pieces)))
        send = lambda piece: asyncio.to_thread(self._client.uploads.parts.create, upload.id,
                                               data=piece)
        if self._kind is openai.AsyncOpenAI:
            send = lambda piece: self._client.uploads.parts.create(upload.id, data=piece)
        parts = await asyncio.gather(*map(send, pieces))
        done = await self._complete(upload, [part.id for part in parts])
        assert await self._content_of(done.file.id) == b"".join(pieces)

    async def upload_part_stream(self):
        content = os.urandom(500_000)
        upload = await self._new_upload(len(content))
        with open(on_disk("part.bin", content), "rb") as file:
            part = await self._add_part(upload, file)
        done = await self._complete(upload, [part])
        assert await self._content_of(done.file.id) == content

    async def upload_cancel(self):
        upload = await self._new_upload(3)
        part = await self._add_part(upload, b"abc")
        assert (await value_of(self._client.uploads.cancel(upload.id))).status == "cancelled"
        refusal = await self._refused(
            openai.BadRequestError, lambda: self._add_part(upload, b"def"), sent=1)
        assert "is not pending (status: cancelled)" in str(refusal)
        await self._refused(openai.BadRequestError, lambda: self._complete(upload, [part]), sent=1)

    async def upload_cancel_again(self):
        upload = await self._new_upload(1)
        first = await value_of(self._client.uploads.cancel(upload.id))
        assert await value_of(self._client.uploads.cancel(upload.id)) == first

    async def upload_complete_again(self):
        upload = await self._new_upload(3)
        one, two = [await self._add_part(upload, b"abc") for _ in range(2)]
        first = await self._complete(upload, [one])
        assert await self._complete(upload, [one]) == first
        await self._refused(openai.BadRequestError, lambda: self._complete(upload, [two]))

    async def upload_md5(self):
        content = os.urandom(100_000)
        upload = await self._new_upload(len(content))
        ids = [await self._add_part(upload, content)]
        refusal = await self._refused(
            openai.BadRequestError, lambda: self._complete(upload, ids, md5=md5_of(b"other")))
        assert refusal.param == "md5"
        assert (await self._complete(upload, ids, md5=md5_of(content))).status == "completed"

    async def upload_wrong_sum(self):
        upload = await self._new_upload(6)
        first = await self._add_part(upload, b"abc")
        await self._refused(openai.BadRequestError, lambda: self._complete(upload, [first]))
        second = await self._add_part(upload, b"def")
        done = await self._complete(upload, [second, first])
        assert await self._content_of(done.file.id) == b"defabc"

    async def upload_wrong_part_ids(self):
        upload = await self._new_upload(3)
        refusal = await self._refused(
            openai.BadRequestError, lambda: self._complete(upload, ["part_unknown"]))
        assert refusal.param == "part_ids" and "part_unknown" in str(refusal)

    async def upload_expires_after(self):
        upload = await self._new_upload(
            0, purpose="user_data", expires_after={"anchor": "created_at", "seconds": 7200})
        done = await self._complete(upload, [])
        assert done.file.expires_at == upload.created_at + 7200

    async def upload_chunked(self):
        content = os.urandom(1_300_000)
        done = await value_of(self._client.uploads.upload_file_chunked(
            file=on_disk("report.pdf", content), mime_type="pdf", purpose="assistants",
            part_size=500_000, md5=md5_of(content)))
        assert (done.status, done.file.filename) == ("completed", "report.pdf")
        assert await self._content_of(done.file.id) == content

    async def upload_idempotent(self):
        again = {"extra_headers": {"Idempotency-Key": f"python-{os.urandom(8).hex()}"}}
        first = await self._new_upload(1, **again)
        assert (await self._new_upload(1, **again)).id == first.id
        await self._refused(openai.BadRequestError, lambda: self._new_upload(2, **again))

    async def file_create(self):
        file = await self._new_file(file=("größe 文件.txt", b"abc"), purpose="assistants")
        assert (file.filename, file.bytes, file.status) == ("größe 文件.txt", 3, "processed")

    async def file_create_stream(self):
        content = os.urandom(3_000_000)
        path = on_disk("large.bin", content)
        with open(path, "rb") as opened:
            for source in (opened, path):
                file = await self._new_file(file=source)
                assert file.filename == "large.bin"
                assert await self._content_of(file.id) == content

    async def file_expires_after(self):
        file = await self._new_file(expires_after={"anchor": "created_at", "seconds": 3600})
        assert file.expires_at == file.created_at + 3600

    async def file_pages(self):
        made = [(await self._new_file(purpose="vision")).id for _ in range(7)]
        seen = [file.id for file in await each(
            self._client.files.list(limit=2, order="asc", purpose="vision"))]
        assert [one for one in seen if one in made] == made
        assert len(seen) == len(set(seen))

    async def file_list_filter(self):
        vision = await self._new_file(purpose="vision")
        other = await self._new_file()
        page = await value_of(self._client.files.list(purpose="vision"))
        assert page.data[0].id == vision.id
        assert {file.purpose for file in page.data} == {"vision"}
        assert (await value_of(self._client.files.list(limit=1))).data[0].id == other.id

    async def file_retrieve(self):
        file = await self._new_file()
        assert await value_of(self._client.files.retrieve(file.id)) == file

    async def file_wait(self):
        file = await self._new_file()
        waited = await value_of(
            self._client.files.wait_for_processing(file.id, max_wait_seconds=4))
        assert waited.status == "processed"

    async def file_content(self):
        content = os.urandom(200_000)
        assert await self._content_of((await self._new_file(content)).id) == content

    async def file_content_stream(self):
        content = os.urandom(2_000_000)
        file = await self._new_file(content)
        stream = self._client.files.with_streaming_response.content(file.id)
        if hasattr(stream, "__aenter__"):
            async with stream as answer:
                pieces = [piece async for piece in answer.iter_bytes(8192)]
        else:
            with stream as answer:
                pieces = list(answer.iter_bytes(8192))
        assert b"".join(pieces) == content

    async def file_content_range(self):
        file = await self._new_file(b"0123456789")
        answer = await value_of(self._client.files.content(
            file.id, extra_headers={"Range": "bytes=2-5"}))
        assert (answer.response.status_code, answer.content) == (206, b"2345")

    async def file_delete(self):
        file_id = (await self._new_file()).id
        deleted = await value_of(self._client.files.delete(file_id))
        assert (deleted.id, deleted.deleted) == (file_id, True)
        for call in ("retrieve", "content", "delete"):
            await self._refused(openai.NotFoundError,
                                lambda: getattr(self._client.files, call)(file_id), sent=1)

    async def error_purpose(self):
        refusal = await self._refused(
            openai.BadRequestError, lambda: self._new_file(purpose="poetry"))
        assert (refusal.param, refusal.type) == ("purpose", "invalid_request_error")

    async def error_key(self):
        stranger = self._kind(api_key="pw-wrong-key-that-nobody-made")
        refusal = await self._refused(
            openai.AuthenticationError, lambda: stranger.files.retrieve("file-x"))
        assert refusal.code == "invalid_api_key"
        assert "wrong-key-that-nobody" not in str(refusal)
        assert refusal.request_id.startswith("req_")

    async def error_not_found(self):
        refusal = await self._refused(
            openai.NotFoundError, lambda: self._client.files.retrieve("file-x"), sent=1)
        assert "No such File object: file-x" in str(refusal)

    async def raw_response(self):
        answer = await value_of(self._client.uploads.with_raw_response.create(
            bytes=1, filename="a", mime_type="", purpose="batch"))
        assert answer.headers["openai-version"] == "2020-10-01"
        assert answer.headers["x-request-id"].startswith("req_")
        assert (await value_of(answer.parse())).status == "pending"

    async def azure_client(self):
        origin = os.environ["OPENAI_BASE_URL"].removesuffix("/v1")
        # The variable names the address of OpenAI's own client, which this one refuses beside its
        # own.
        base_url = os.environ.pop("OPENAI_BASE_URL")
        try:
            client = self._azure(azure_endpoint=origin, api_version="2024-10-21",
                                 api_key=os.environ["OPENAI_API_KEY"])
        finally:
            os.environ["OPENAI_BASE_URL"] = base_url
        file = await value_of(client.files.create(file=b"azure", purpose="user_data"))
        assert (await value_of(client.files.content(file.id))).content == b"azure"
        upload = await value_of(client.uploads.create(
            bytes=3, filename="a", mime_type="", purpose="user_data"))
        part = await value_of(client.uploads.parts.create(upload.id, data=b"abc"))
        done = await value_of(client.uploads.complete(upload.id, part_ids=[part.id]))
        assert done.status == "completed"


async def run(is_async, wanted):
    scenarios = Scenarios(is_async)
    passed, failed = [], {}
    for one in wanted:
        try:
            await getattr(scenarios, one["id"])()
            passed.append(one["id"])
        except Exception:  # pylint: disable=broad-except  # A failure of any kind is a result.
            failed[one["id"]] = traceback.format_exc()
    return {"sdk": f"openai {openai.__version__}", "passed": passed, "failed": failed,
            "absent": {}}


if __name__ == "__main__":
    results = asyncio.run(run(sys.argv[1] == "async",
                              json.loads(Path(sys.argv[2]).read_text())["scenarios"]))
    Path(sys.argv[3]).write_text(json.dumps(results))
