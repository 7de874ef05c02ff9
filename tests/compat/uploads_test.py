"""client.uploads of the official SDK: create, add parts, complete, cancel, expire."""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from conftest import make_client


def md5_of(content):
    return hashlib.md5(content).hexdigest()


def test_an_upload_is_created_pending_and_lives_for_an_hour(new_upload):
    upload = new_upload(11)
    assert (upload.object, upload.status, upload.bytes) == ("upload", "pending", 11)
    assert (upload.filename, upload.purpose) == ("data.jsonl", "batch")
    assert upload.expires_at == upload.created_at + 3600
    assert upload.file is None


def test_parts_make_a_file_that_is_read_back_byte_for_byte(client, new_upload):
    pieces = [os.urandom(70_000), b"", os.urandom(1), os.urandom(300_000)]
    content = b"".join(pieces)
    upload = new_upload(len(content), filename="naïve – 文件.bin", purpose="user_data")
    parts = [client.uploads.parts.create(upload.id, data=piece) for piece in pieces]
    assert {part.upload_id for part in parts} == {upload.id}
    assert {part.object for part in parts} == {"upload.part"}

    done = client.uploads.complete(upload.id, part_ids=[part.id for part in parts])
    assert done.status == "completed"
    assert (done.file.bytes, done.file.filename) == (len(content), "naïve – 文件.bin")
    assert (done.file.status, done.file.purpose) == ("processed", "user_data")
    assert client.files.content(done.file.id).read() == content


def test_parallel_parts_are_joined_in_the_order_of_complete(client, new_upload):
    pieces = [os.urandom(256 * 1024 + n) for n in range(16)]
    upload = new_upload(sum(map(len, pieces)))
    send = lambda piece: client.uploads.parts.create(upload.id, data=piece).id
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(send, reversed(pieces)))[::-1]
    done = client.uploads.complete(upload.id, part_ids=ids)
    assert client.files.content(done.file.id).read() == b"".join(pieces)


def test_a_part_that_is_not_named_is_left_out(client, new_upload):
    upload = new_upload(3)
    client.uploads.parts.create(upload.id, data=b"old")
    part = client.uploads.parts.create(upload.id, data=b"abc")
    done = client.uploads.complete(upload.id, part_ids=[part.id])
    assert client.files.content(done.file.id).read() == b"abc"


def test_a_file_object_and_a_named_tuple_can_be_parts(client, new_upload, tmp_path):
    path = tmp_path / "part.bin"
    path.write_bytes(b"from a file ")
    upload = new_upload(22)
    with open(path, "rb") as file:
        first = client.uploads.parts.create(upload.id, data=file)
    second = client.uploads.parts.create(upload.id, data=("x.bin", b"in a tuple", "text/plain"))
    done = client.uploads.complete(upload.id, part_ids=[first.id, second.id])
    assert client.files.content(done.file.id).read() == b"from a file in a tuple"


def test_a_cancelled_upload_takes_no_part_and_no_complete(client, new_upload, attempts):
    upload = new_upload(3)
    part = client.uploads.parts.create(upload.id, data=b"abc")
    cancelled = client.uploads.cancel(upload.id)
    assert (cancelled.id, cancelled.status, cancelled.file) == (upload.id, "cancelled", None)

    attempts.count = 0
    with pytest.raises(openai.BadRequestError, match="is not pending .status: cancelled."):
        client.uploads.parts.create(upload.id, data=b"def")
    with pytest.raises(openai.BadRequestError):
        client.uploads.complete(upload.id, part_ids=[part.id])
    assert attempts.count == 2, "a 400 is not sent again"


def test_a_large_part_for_a_cancelled_upload_is_answered_and_not_sent_again(
        client, new_upload, attempts):
    upload = new_upload(64 * 2**20)
    client.uploads.cancel(upload.id)
    attempts.count = 0
    with pytest.raises(openai.BadRequestError, match="cancelled"):
        client.uploads.parts.create(upload.id, data=bytes(64 * 2**20))
    assert attempts.count == 1


def test_cancelling_again_gives_the_same_object(client, new_upload):
    upload = new_upload(1)
    first = client.uploads.cancel(upload.id)
    assert client.uploads.cancel(upload.id) == first


def test_completing_again_gives_the_same_object_and_other_parts_are_refused(client, new_upload):
    upload = new_upload(3)
    parts = [client.uploads.parts.create(upload.id, data=b"abc").id for _ in range(2)]
    first = client.uploads.complete(upload.id, part_ids=parts[:1])
    assert client.uploads.complete(upload.id, part_ids=parts[:1]) == first
    assert client.uploads.complete(upload.id, part_ids=parts[:1], md5=md5_of(b"abc")) == first
    with pytest.raises(openai.BadRequestError):
        client.uploads.complete(upload.id, part_ids=parts[1:])
    with pytest.raises(openai.BadRequestError):
        client.uploads.cancel(upload.id)


def test_the_md5_decides_and_a_wrong_one_leaves_the_upload_pending(client, new_upload):
    content = os.urandom(100_000)
    upload = new_upload(len(content))
    ids = [client.uploads.parts.create(upload.id, data=piece).id
           for piece in (content[:40_000], content[40_000:])]
    with pytest.raises(openai.BadRequestError) as refused:
        client.uploads.complete(upload.id, part_ids=ids, md5=md5_of(b"other"))
    assert refused.value.param == "md5"
    done = client.uploads.complete(upload.id, part_ids=ids, md5=md5_of(content))
    assert done.status == "completed"


def test_a_sum_that_differs_from_bytes_leaves_the_upload_pending(client, new_upload):
    upload = new_upload(6)
    first = client.uploads.parts.create(upload.id, data=b"abc").id
    with pytest.raises(openai.BadRequestError, match="3.*6|6.*3"):
        client.uploads.complete(upload.id, part_ids=[first])
    second = client.uploads.parts.create(upload.id, data=b"def").id
    done = client.uploads.complete(upload.id, part_ids=[second, first])
    assert client.files.content(done.file.id).read() == b"defabc"


@pytest.mark.parametrize("ids", [["part_unknown"], ["twice", "twice"], [""]])
def test_wrong_part_ids_are_named(client, new_upload, ids):
    upload = new_upload(6)
    part = client.uploads.parts.create(upload.id, data=b"abc").id
    named = [part if one == "twice" else one for one in ids]
    with pytest.raises(openai.BadRequestError) as refused:
        client.uploads.complete(upload.id, part_ids=named)
    assert refused.value.param == "part_ids"


def test_an_empty_upload_becomes_an_empty_file(client, new_upload):
    done = client.uploads.complete(new_upload(0).id, part_ids=[])
    assert client.files.content(done.file.id).read() == b""


def test_the_content_of_an_upload_expires_as_asked(client, new_upload):
    upload = new_upload(0, purpose="user_data",
                        expires_after={"anchor": "created_at", "seconds": 7200})
    done = client.uploads.complete(upload.id, part_ids=[])
    assert done.file.expires_at == upload.created_at + 7200


@pytest.mark.parametrize("fields, param", [
    ({"purpose": "poetry"}, "purpose"), ({"bytes": -1}, "bytes"), ({"bytes": 2**40}, "bytes"),
    ({"expires_after": {"anchor": "created_at", "seconds": 60}}, "expires_after.seconds"),
    ({"filename": None}, "filename")])
def test_a_wrong_field_of_create_is_named(new_upload, fields, param):
    with pytest.raises(openai.BadRequestError) as refused:
        new_upload(fields.pop("bytes", 1), **fields)
    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"


def test_an_expired_upload_says_so(start_server):
    server = start_server("--upload-ttl", "1")
    with make_client(server) as client:
        upload = client.uploads.create(bytes=1, filename="a", mime_type="", purpose="batch")
        assert upload.expires_at == upload.created_at + 1
        while time.time() < upload.expires_at + 1:
            time.sleep(0.05)
        with pytest.raises(openai.BadRequestError, match="expired"):
            client.uploads.parts.create(upload.id, data=b"a")
        with pytest.raises(openai.BadRequestError, match="expired"):
            client.uploads.cancel(upload.id)


def test_an_unknown_upload_is_not_found(client):
    for call in (lambda: client.uploads.cancel("upload_unknown"),
                 lambda: client.uploads.complete("../../etc/passwd", part_ids=[]),
                 lambda: client.uploads.parts.create("upload_" + "0" * 32, data=b"a")):
        with pytest.raises(openai.NotFoundError):
            call()
