"""client.uploads.upload_file_chunked, the SDK's own helper for large files, sync and async."""

import asyncio
import hashlib
import os
from pathlib import Path

import openai
import pytest

from conftest import make_client

MIB = 2**20
BLOCK = 4 * MIB


def write_random_file(path, size):
    """Fills `path` with bytes that do not repeat, and returns their MD5."""
    digest = hashlib.md5()
    seed = os.urandom(BLOCK)
    with open(path, "wb") as file:
        for number in range(size // BLOCK):
            block = number.to_bytes(8, "big") + seed[8:]
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def test_a_file_is_uploaded_by_its_path(client, tmp_path):
    path = tmp_path / "report.pdf"
    md5 = write_random_file(path, 12 * MIB)
    done = client.uploads.upload_file_chunked(
        file=path, mime_type="pdf", purpose="assistants", part_size=5 * MIB, md5=md5)
    assert (done.status, done.file.filename) == ("completed", "report.pdf")
    assert client.files.content(done.file.id).read() == path.read_bytes()


def test_bytes_in_memory_are_uploaded(client):
    content = os.urandom(3 * MIB + 1)
    done = client.uploads.upload_file_chunked(
        file=content, filename="data.bin", bytes=len(content), mime_type="", purpose="user_data",
        part_size=MIB)
    assert client.files.content(done.file.id).read() == content


def test_the_async_client_uploads_in_parallel_and_by_its_helper(server, tmp_path):
    path = tmp_path / "data.jsonl"
    write_random_file(path, 8 * MIB)
    content = path.read_bytes()

    async def run():
        async with make_client(server, openai.AsyncOpenAI) as client:
            upload = await client.uploads.create(
                bytes=len(content), filename="a.jsonl", mime_type="text/jsonl", purpose="fine-tune")
            pieces = [content[at:at + MIB] for at in range(0, len(content), MIB)]
            parts = await asyncio.gather(
                *(client.uploads.parts.create(upload.id, data=piece) for piece in pieces))
            done = await client.uploads.complete(upload.id, part_ids=[part.id for part in parts])
            assert (await client.files.content(done.file.id)).read() == content

            helped = await client.uploads.upload_file_chunked(
                file=path, mime_type="text/jsonl", purpose="fine-tune", part_size=3 * MIB)
            assert (await client.files.content(helped.file.id)).read() == content

            other = await client.uploads.create(
                bytes=1, filename="b", mime_type="", purpose="evals")
            assert (await client.uploads.cancel(other.id)).status == "cancelled"
            with pytest.raises(openai.BadRequestError):
                await client.uploads.parts.create(other.id, data=b"a")

    asyncio.run(run())


@pytest.mark.long
def test_two_gibibytes_pass_through_a_server_of_constant_memory(start_server, tmp_path):
    server = start_server()
    path = Path(tmp_path) / "large.bin"
    md5 = write_random_file(path, 2048 * MIB)
    with make_client(server) as client:
        done = client.uploads.upload_file_chunked(
            file=path, mime_type="", purpose="user_data", md5=md5)
        assert done.file.bytes == 2048 * MIB
        digest = hashlib.md5()
        with client.files.with_streaming_response.content(done.file.id) as answer:
            for block in answer.iter_bytes(BLOCK):
                digest.update(block)
        assert digest.hexdigest() == md5
        peak = server.memory_peak_bytes()
        client.files.delete(done.file.id)
    path.unlink()
    print(f"peak of resident memory: {peak / MIB:.1f} MiB")
    assert peak < 150 * MIB
