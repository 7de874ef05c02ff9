"""Replays the requests of SDKs whose toolchain is not asked for, byte by byte as they send them.

Usage: dialects.py LIST RESULTS

Writes {"sdk", "passed", "failed": {id: reason}, "absent": {id: reason}}.

Ruby sends its form in chunks, one for every piece that it makes: each delimiter, header and value
arrives alone. Its names and file names are percent-encoded, and what is no text is JSON. .NET
quotes the boundary, in which there may be '=', and not the names; it puts Content-Type before
Content-Disposition, and sends the name of a file twice, the second time as RFC 8187 has it.
"""

import json
import os
import socket
import sys
import traceback
from pathlib import Path
from urllib.parse import quote, urlsplit

ADDRESS = urlsplit(os.environ["OPENAI_BASE_URL"])
KEY = os.environ["OPENAI_API_KEY"]
RUBY_BOUNDARY = "kvN3xB1qLwq-TSo0V0c8QmWjGmPZ2xq5bHcW_9yF4i3t1d7Lr2s4Yq-x0A8eRg"
DOTNET_BOUNDARY = "9=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789=AbCdE"[:70]
EDGE = 4096  # A size that buffers like to have; contents end around it.


def exchange(head, pieces=(), method="POST"):
    """Sends the head and each piece by itself; (status, body of the answer)."""
    with socket.create_connection((ADDRESS.hostname, ADDRESS.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall((f"{method} {ADDRESS.path}{head[0]} HTTP/1.1\r\n"
                            + "".join(f"{line}\r\n" for line in head[1:]) + "\r\n").encode())
        for piece in pieces:
            connection.sendall(piece)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    headers, _, body = answer.partition(b"\r\n\r\n")
    return int(headers.split(b" ")[1]), body


def expect_json(answer):
    status, body = answer
    assert status == 200, f"{status}: {body.decode(errors='replace')}"
    return json.loads(body)


def chunked(pieces):
    for piece in pieces:
        if piece:
            yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def head_of(path, *lines):
    return [path, f"Host: {ADDRESS.netloc}", f"Authorization: Bearer {KEY}", "Accept: */*",
            "Connection: close", *lines]


def post_json(path, fields):
    body = json.dumps(fields).encode()
    return expect_json(exchange(
        head_of(path, "Content-Type: application/json", f"Content-Length: {len(body)}"), [body]))


def content_of(file_id):
    status, body = exchange(head_of(f"/files/{file_id}/content"), method="GET")
    assert status == 200, body
    return body


def new_upload(size):
    return post_json("/uploads", {"bytes": size, "filename": "a", "purpose": "user_data",
                                  "mime_type": ""})["id"]


def complete(upload, parts):
    return post_json(f"/uploads/{upload}/complete", {"part_ids": parts})["file"]["id"]


def ruby_pieces(*fields):
    """Of (name, file name or None, content type, content): the pieces of one form."""
    for name, filename, content_type, content in fields:
        yield f"--{RUBY_BOUNDARY}\r\n".encode()
        yield b"Content-Disposition: form-data"
        yield f'; name="{quote(name, safe="")}"'.encode()
        if filename is not None:
            yield f'; filename="{quote(filename, safe="")}"'.encode()
        yield b"\r\n"
        yield f"Content-Type: {content_type}\r\n\r\n".encode()
        yield content
        yield b"\r\n"
    yield f"--{RUBY_BOUNDARY}--\r\n".encode()


def ruby_post(path, *fields):
    head = head_of(path, f"Content-Type: multipart/form-data; boundary={RUBY_BOUNDARY}",
                   "Transfer-Encoding: chunked", "X-Stainless-Lang: ruby")
    return expect_json(exchange(head, chunked(ruby_pieces(*fields))))


def ruby_part():
    """Contents that put the delimiter at, before and after the edge of a buffer."""
    sizes = [*range(EDGE - 80, EDGE + 3, 9), 0, 1, 16 * EDGE - 1, 16 * EDGE]
    pieces = [os.urandom(size) for size in sizes]
    upload = new_upload(sum(sizes))
    parts = [ruby_post(f"/uploads/{upload}/parts",
                       ("data", "part", "application/octet-stream", piece))["id"]
             for piece in pieces]
    assert content_of(complete(upload, parts)) == b"".join(pieces)


def ruby_file():
    expiry = json.dumps({"anchor": "created_at", "seconds": 7200}).encode()
    content = os.urandom(EDGE) + f"\r\n--{RUBY_BOUNDARY[:-1]}".encode()
    file = ruby_post("/files", ("file", "notes.txt", "application/octet-stream", content),
                     ("purpose", None, "text/plain", b"user_data"),
                     ("expires_after", None, "application/json", expiry))
    assert file["filename"] == "notes.txt"
    assert file["expires_at"] == file["created_at"] + 7200, "the expiry was not understood"
    assert content_of(file["id"]) == content


def dotnet_form(boundary, *fields):
    """Of (headers, content): one form, whose length is known."""
    body = b"".join(f"--{boundary}\r\n".encode() + "".join(
        f"{header}\r\n" for header in headers).encode() + b"\r\n" + content + b"\r\n"
                    for headers, content in fields)
    return body + f"--{boundary}--\r\n".encode()


def dotnet_post(path, boundary, *fields):
    body = dotnet_form(boundary, *fields)
    head = head_of(path, f'Content-Type: multipart/form-data; boundary="{boundary}"',
                   f"Content-Length: {len(body)}")
    return expect_json(exchange(head, [body]))


def dotnet_part():
    content = os.urandom(EDGE + 5)
    upload = new_upload(len(content))
    part = dotnet_post(f"/uploads/{upload}/parts", DOTNET_BOUNDARY, (
        ["Content-Type: application/octet-stream",
         "Content-Disposition: form-data; name=data; filename=part; filename*=utf-8''part"],
        content))
    assert content_of(complete(upload, [part["id"]])) == content


def dotnet_file():
    file = dotnet_post(
        "/files", DOTNET_BOUNDARY,
        (['Content-Disposition: form-data; name=file; '
          'filename="=?utf-8?B?Z3LDtsOfZS50eHQ=?="; filename*=utf-8\'\'gr%C3%B6%C3%9Fe.txt'],
         b"abc"),
        (["Content-Type: text/plain; charset=utf-8",
          "Content-Disposition: form-data; name=purpose"], b"assistants"))
    assert (file["filename"], file["purpose"]) == ("größe.txt", "assistants")
    assert content_of(file["id"]) == b"abc"


def dotnet_boundary():
    for boundary in (DOTNET_BOUNDARY, "=", "a=b", "6d1c2a53-6f0c-4d0e-9a52-0a3b8f6a9c11"):
        content = b"a\r\n--" + boundary.encode()[:-1] + b"\r\n-b"
        file = dotnet_post(
            "/files", boundary,
            (["Content-Disposition: form-data; name=purpose"], b"user_data"),
            (["Content-Disposition: form-data; name=file; filename=x"], content))
        assert content_of(file["id"]) == content


def main():
    wanted = json.loads(Path(sys.argv[1]).read_text())["dialects"]
    passed, failed = [], {}
    for one in wanted:
        try:
            globals()[one["id"]]()
            passed.append(one["id"])
        except Exception:  # pylint: disable=broad-except  # A failure of any kind is a result.
            failed[one["id"]] = traceback.format_exc()
    results = {"sdk": "recorded", "passed": passed, "failed": failed, "absent": {}}
    Path(sys.argv[2]).write_text(json.dumps(results))


if __name__ == "__main__":
    main()
