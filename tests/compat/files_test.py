"""client.files of the official SDK on a completed upload, and what every call has in common."""

import os
import re

import openai
import pytest

from conftest import make_client

CONTENT = os.urandom(200_000)


@pytest.fixture
def file(client, new_upload):
    upload = new_upload(len(CONTENT), purpose="user_data", filename="notes.txt")
    part = client.uploads.parts.create(upload.id, data=CONTENT)
    return client.uploads.complete(upload.id, part_ids=[part.id]).file


def test_a_file_is_retrieved_as_it_was_completed(client, file):
    assert client.files.retrieve(file.id) == file
    assert re.fullmatch(r"file-[0-9A-Za-z]{22}", file.id)


def test_waiting_for_processing_returns_at_once(client, file):
    assert client.files.wait_for_processing(file.id, max_wait_seconds=5).status == "processed"


def test_content_can_be_read_whole_and_streamed(client, file):
    assert client.files.content(file.id).read() == CONTENT
    with client.files.with_streaming_response.content(file.id) as answer:
        assert b"".join(answer.iter_bytes(8192)) == CONTENT


def test_content_is_an_attachment_that_no_browser_runs(client, file):
    answer = client.files.with_raw_response.content(file.id)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_deleted_file_is_gone(client, file):
    deleted = client.files.delete(file.id)
    assert (deleted.id, deleted.object, deleted.deleted) == (file.id, "file", True)
    for call in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match="No such File object"):
            call(file.id)


def test_a_raw_response_carries_the_headers_of_the_service(client):
    answer = client.uploads.with_raw_response.create(
        bytes=1, filename="a", mime_type="", purpose="batch")
    assert answer.http_response.status_code == 200
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.headers["openai-version"] == "2020-10-01"
    assert int(answer.headers["openai-processing-ms"]) >= 0
    assert answer.parse().status == "pending"


def test_a_streaming_response_can_be_parsed(client):
    with client.uploads.with_streaming_response.create(
            bytes=1, filename="a", mime_type="", purpose="batch") as answer:
        assert answer.parse().status == "pending"


def test_a_wrong_key_is_an_authentication_error_that_masks_it(server):
    with make_client(server, api_key="pw-wrong-key-that-nobody-made") as stranger:
        with pytest.raises(openai.AuthenticationError) as refused:
            stranger.files.retrieve("file-unknown")
    assert refused.value.code == "invalid_api_key"
    assert "wrong-key-that-nobody" not in str(refused.value)
    assert refused.value.request_id.startswith("req_")


def test_an_unknown_file_is_not_found_and_asked_for_once(client, attempts):
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve("file-unknown")
    assert attempts.count == 1


def test_an_unknown_url_is_not_found(client):
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        client.get("/nothing", cast_to=object)
