#!/usr/bin/env python3
"""Writes the seeds of the fuzzers into corpus/. Findings are kept beside them, under other names.

Usage: make_corpus.py
"""

from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"
FIELD = b"--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a\"\r\n\r\n"
DATED = b"0123456789abcdef0123456789abcdef"
HEAD = b"GET /v1/files HTTP/1.1\r\nHost: x\r\n"


def size(number):
    return number.to_bytes(8, "little")


SEEDS = {
    # The first byte is how long the pieces are.
    "chunked": [b"\x00" + wire for wire in (
        b"5\r\nhello\r\n0\r\n\r\nrest", b"1;a=b\r\nx\r\n0\r\nX: y\r\n\r\n", b"0\r\n\r\n", b"g\r\n",
        b"FFFFFFFFFFFFFFFF\r\nx",
        b"5\r\nhello\n", b"00000000000000001\r\n", b"0\r\nX : y\r\n\r\n")],
    "disposition": [
        b"form-data; name=\"data\"; filename=\"a.bin\"", b"form-data; name=data; filename=a",
        b"form-data; name*=UTF-8''d%61ta", b"form-data; filename*=ISO-8859-1''%E9",
        b"multipart/form-data; boundary=\"a=b\"", b"form-data; name=\"a\\\"%22%0D%0A\"",
        "../\x1b[2J\u202e\U0001f600\"\\".encode(), b"form-data; name=\"a", b"\xff\xfe\x00"],
    "head": [
        HEAD + b"\r\n", HEAD + b"Content-Length: 5\r\n\r\nhello", b"\r\n\r\n" + HEAD + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", HEAD + b"Expect: 100-continue\r\n\r\n",
        b"GET http://x/a?b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        HEAD + b"X: a\r\n b\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"GET / HTTP/1.1\n\n"],
    "ids": [
        b"upload_" + DATED, b"part_" + DATED, b"file-" + b"aZ0" * 7 + b"a", b"key_" + b"aZ0" * 8,
        b"default", b"a" * 64, b"/v1/uploads/x/parts", b"/openai/v1/files/%2e%2e%2fx/content",
        b"/openai/files", b"/healthz", b"/v1//uploads", b"/v1/uploads/%2F", b"../x", b"%00"],
    "json": [
        b"{\"filename\":\"a\",\"purpose\":\"vision\",\"bytes\":1,\"mime_type\":\"x\"}",
        b"{\"part_ids\":[\"part_1\"],\"md5\":\"d41d8cd98f00b204e9800998ecf8427e\"}",
        b"{\"project\":\"p\",\"name\":\"n\",\"role\":\"admin\",\"expires_in\":60}",
        b"{\"anchor\":\"created_at\",\"seconds\":3600}", b"[1,-1,18446744073709551615,1.5,1e3]",
        b"{\"a\":1,\"a\":2}", b"[[[[[[[[[[]]]]]]]]]]", b"\"\\u0000\\ud83d\\ude00\\u202e\\u009b\"",
        b"\xef\xbb\xbf{}", b"{} {}", b"\"\\ud800\"", b"\"\xff\"", b"null", b"-0", b"1e400"],
    # The first byte is how long the pieces are, and what is skipped.
    "multipart": [b"\x21" + text for text in (
        FIELD + b"hello\r\n--b--\r\n", FIELD + b"\r\n--b--",
        b"preamble\r\n" + FIELD + b"\r\n--b--x",
        FIELD + b"\r\n--bx\r\n--b \t\r\n\r\n\r\n--b--\r\n", FIELD + b"--b--\r\n",
        FIELD + b"a\r\n" + FIELD + b"b\r\n--b--\r\n", b"--b--\r\n",
        FIELD + b"\r\r\n--b-\r\n--b--")],
    "query": [
        b"limit=10&order=asc&after=file-x&purpose=batch", b"limit=0", b"limit=99999999999999999999",
        b"order=down", b"%6cimit=1", b"a+b=c+d&a%20b=x", b"&&=&=a", b"limit=%", b"after=%00%zz"],
    "range": [size(number) + text for number, text in (
        (10, b"bytes=0-4"), (10, b"bytes=-3"), (10, b"bytes=9-"), (10, b"bytes=10-"), (0,
        b"bytes=-1"),
        (10, b"bytes=5-2"), (10, b"bytes=0-1,3-4"), (1 << 63, b"bytes=1-18446744073709551616"),
        (10, b" BYTES = 1 - 2"), (10, b"\"a\", W/\"b\", *"))],
    "rows": [bytes(count) for count in (0, 15, 16, 31, 32, 33, 64)] + [bytes(range(96))],
    "settings": [
        b"listen = \"127.0.0.1:8080\"\nupload_ttl = 60\n", b"part_bytes_max = \"64MiB\"\n",
        b"api_key = \"a b\"\n", b"api_key = pw-x", b"[table]\na = 1\n", b"a = [1]\n",
        b"listen = 1.5",
        b"tls_key = \"x\"\n", b"threads = -1\n", b"threads = 0x10\n", b"1KiB",
        b"18446744073709551615B",
        b"[::1]:80", b"localhost:65536", b"md5 = 'running'\nlog_level = 'debug'\n"],
}


def main():
    for target, seeds in SEEDS.items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (folder / f"seed_{number:02}.bin").write_bytes(seed)


if __name__ == "__main__":
    main()
