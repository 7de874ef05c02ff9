#!/usr/bin/env python3
"""Bodies that are slow, endless, in crumbs, cut or unasked for: refused at a bounded cost.

Usage: bodies_test.py BINARY
"""

import select
import socket
import struct
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from raw_http import (  # noqa: E402
    AUTHORIZATION, FORM_TYPE, PATIENCE_SECONDS, Attack, Client, form, get, post)

MIB = 1 << 20
CREATE = b'{"filename":"a","purpose":"vision","bytes":5,"mime_type":"x"}'
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def chunked(path, wire, more=b""):
    return (b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + AUTHORIZATION + more + CHUNKED
            + b"\r\n" + wire)


class Bodies(Attack):
    flags = ["--header-timeout", "1", "--idle-timeout", "30"]

    def setUp(self):
        super().setUp()
        self.client = Client(self.server.port)
        self.upload = self.client.create_upload(5)
        self.client.close()
        self.parts = f"/v1/uploads/{self.upload}/parts".encode()

    def part_count(self):
        count = len(self.client.list_parts(self.upload))
        self.client.close()
        return count

    def test_a_hundred_thousand_tiny_fields_are_refused(self):
        crumb = b"--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n"
        for path in (self.parts, b"/v1/files"):
            for field in (crumb, crumb.replace(b"\"x\"", b"\"data\""), b"--B\r\n\r\n\r\n",
                          b"--B\r\nX: y\r\n\r\n\r\n"):
                self.assert_refused(post(path, field * 100_000 + b"--B--\r\n", FORM_TYPE))
        self.assertEqual(self.part_count(), 0)

    def test_a_form_beyond_its_limits_is_refused(self):
        head = b"--B\r\nContent-Disposition: form-data; name=\"data\""
        for body in (b"x" * MIB + form(b"hello"), form(b"hello") + b"x" * MIB,
                     head + b"\r\nX: " + b"a" * MIB + b"\r\n\r\nhello\r\n--B--\r\n",
                     head + b"\r\nX: y" * 1000 + b"\r\n\r\nhello\r\n--B--\r\n",
                     head + b"; a=b" * 100_000 + b"\r\n\r\nhello\r\n--B--\r\n",
                     head + b"; filename=\"" + b"a" * MIB + b"\"\r\n\r\nhello\r\n--B--\r\n",
                     b"--B" * 400_000, b"\r\n--" * 400_000, b"\r\n--B-" * 200_000):
            answers = self.ask(post(self.parts, body, FORM_TYPE))
            self.assertEqual([answer.status for answer in answers], [400], body[:60])
        self.assertEqual(self.part_count(), 0)

    def test_a_form_that_ends_too_early_is_refused(self):
        whole = form(b"hello").removesuffix(b"\r\n")
        for end in range(len(whole)):
            answers = self.ask(post(self.parts, whole[:end], FORM_TYPE))
            self.assertEqual([answer.status for answer in answers], [400], whole[:end])
        self.assertEqual(self.part_count(), 0)

    def test_a_boundary_that_is_none_is_refused(self):
        for boundary in (b"", b"boundary=", b"boundary=\"\"", b"boundary=" + b"x" * 71,
                         b"boundary=\"B", b"boundary=B; boundary=C", b"boundary=\"B\x7f\"",
                         b"boundary=\"\\\"", b"boundary=\xff"):
            wire = post(self.parts, form(b"hello"),
                        b"Content-Type: multipart/form-data; " + boundary + b"\r\n")
            self.assertEqual([answer.status for answer in self.ask(wire)], [400], boundary)
        self.assertEqual(self.part_count(), 0)

    def test_endless_framing_is_refused(self):
        for wire in (b"5;" + b"a" * 2 * MIB, (b"1;" + b"a" * 1000 + b"\r\nx\r\n") * 20_000,
                     b"0" * MIB, b"0\r\n" + b"X: " + b"a" * 2 * MIB, b"5\r\nhello\r\n" + b";" * MIB,
                     b"0\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
                     b"0\r\n" + b"a" * 2 * MIB, (b"1;" + b"a" * 30 + b"\r\nx\r\n") * 60_000):
            for more in (b"", FORM_TYPE):
                self.assert_refused(chunked(self.parts if more else b"/v1/uploads", wire, more),
                                    (400, 413), wire[:40])
        self.assertEqual(self.part_count(), 0)

    def test_a_body_of_one_byte_chunks_is_a_body(self):
        crumbs = b"".join(b"1\r\n%c\r\n" % byte for byte in CREATE) + b"0\r\n\r\n"
        self.assertEqual([a.status for a in self.ask(chunked(b"/v1/uploads", crumbs))], [200])

    def test_a_chunk_that_claims_everything_is_bounded(self):
        wire = b"FFFFFFFFFFFFFFFF\r\n" + b"x" * 2 * MIB
        self.assert_refused(chunked(b"/v1/uploads", wire), (413,))
        self.assert_refused(chunked(self.parts, wire, FORM_TYPE))
        for length in (1 << 62, (1 << 64) - 1):
            self.assert_refused(post(b"/v1/uploads", b"{}", length=length), (413,))
            self.assert_refused(post(self.parts, form(b"hello")[:40], FORM_TYPE, length=length),
                                (400, 413))

    def test_json_beyond_its_limits_is_refused(self):
        for body in (b"[" * 500_000, b"{\"a\":" * 100_000, b"\"" + b"\\u0000" * 100_000,
                     b"1" * 900_000, b"{" + b"\"a\":1," * 100_000 + b"\"b\":1}", b"\xef\xbb\xbf{}",
                     b"{}" * 2, b"\xff", b"nul", b"1e999999", b" " * 900_000, b"\x00"):
            answers = self.ask(post(b"/v1/uploads", body))
            self.assertEqual(len(answers), 1)
            self.assertIn(answers[0].status, (400, 413), body[:40])
        self.assert_refused(post(b"/v1/uploads", b" " * 20 * MIB), (413,))

    def test_an_upload_cut_at_every_byte_leaves_nothing(self):
        wires = (post(self.parts, form(b"hello"), FORM_TYPE),
                 chunked(self.parts, b"%x\r\n%s\r\n0\r\n\r\n" % (len(form(b"hello")),
                                                                form(b"hello")), FORM_TYPE))
        for wire in wires:
            for end in range(len(wire)):
                self.cut(wire[:end], end % 2)
        self.await_true(lambda: self.count_descriptors() <= self.descriptors, "bodies go on")
        self.assertEqual(self.part_count(), 0, "a part was made of a body that never ended")
        for wire in wires:
            self.assertEqual([answer.status for answer in self.ask(wire)], [200])
        self.assertEqual(self.part_count(), 2)

    def test_a_create_cut_at_every_byte_makes_no_upload(self):
        before = len(self.client.call("GET", "/uploads")["data"])
        self.client.close()
        wire = post(b"/v1/uploads", CREATE)
        for end in range(len(wire)):
            self.cut(wire[:end], end % 2)
        self.await_true(lambda: self.count_descriptors() <= self.descriptors, "bodies go on")
        self.assertEqual(len(self.client.call("GET", "/uploads")["data"]), before)
        self.client.close()

    def cut(self, wire, hard):
        """Sends, and ends the connection: in order, or with a reset."""
        connection = socket.create_connection(("127.0.0.1", self.server.port),
                                              timeout=PATIENCE_SECONDS)
        connection.sendall(wire)
        if hard:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


class Expectations(Attack):
    def answers_of(self, head, body=None):
        """What came before the body was sent, and after it."""
        connection = self.connect()
        connection.sendall(head)
        early = connection.recv(65536)
        if body is None:
            return early, b""
        return early, self.send_all(connection, body)

    def part(self, more, body=None):
        client = Client(self.server.port)
        path = f"/v1/uploads/{client.create_upload(5)}/parts".encode()
        client.close()
        return post(path, b"", FORM_TYPE + more, length=len(body or form(b"hello")))

    def test_a_client_that_waits_is_told_to_go_on(self):
        for expectation in (b"100-continue", b"100-Continue"):
            early, late = self.answers_of(self.part(b"Expect: " + expectation + b"\r\n"),
                                          form(b"hello"))
            self.assertEqual(early, b"HTTP/1.1 100 Continue\r\n\r\n")
            self.assertTrue(late.startswith(b"HTTP/1.1 200 "), late)

    def test_who_is_refused_is_not_told_to_go_on(self):
        expect = b"Expect: 100-continue\r\n"
        for head, status in ((post(b"/v1/uploads/x/parts", b"", FORM_TYPE + expect, 9999), b"404"),
                             (post(b"/v1/files", b"", expect, 9999).replace(AUTHORIZATION, b""),
                              b"401"),
                             (post(b"/v1/uploads", b"", expect, 1 << 40), b"413"),
                             (self.part(b"Expect: 200-ok\r\n"), b"417"),
                             (self.part(b"Expect: 100-continue, x\r\n"), b"417"),
                             (self.part(b"Expect:\r\n"), b"417")):
            early, _ = self.answers_of(head)
            self.assertTrue(early.startswith(b"HTTP/1.1 " + status), (head, early))

    def test_nobody_waits_without_a_body(self):
        expect = b"Expect: 100-continue\r\n"
        self.assertEqual([a.status for a in self.ask(get(b"/v1/files", more=expect))], [200])
        self.assertEqual([a.status for a in self.ask(get(b"/v1/files", b"HTTP/1.0", expect))],
                         [200])


class Slowness(Attack):
    """Clients that keep the server waiting. Each waits for its end at the same time."""

    flags = ["--header-timeout", "1", "--idle-timeout", "1", "--body-rate-min", "1MiB"]

    def test_slow_clients_are_ended_and_others_are_served(self):
        drips = {"head": (b"GET /v1/files HTTP/1.1\r\nHost: x\r\nX: ", b"a"),
                 "head in lines": (b"GET /v1/files HTTP/1.1\r\n", b"X: y\r\n"),
                 "nothing": (b"", b""), "between": (get(b"/v1/files"), b""),
                 "empty lines": (b"", b"\r\n")}
        client = Client(self.server.port)
        upload = client.create_upload(100_000)
        path = f"/v1/uploads/{upload}/parts".encode()
        part = post(path, form(b"")[:50], FORM_TYPE, length=50_000)
        drips["body"] = (part, b"a")
        drips["body in chunks"] = (chunked(path, b"%x\r\n%s" % (50, form(b"")[:50]), FORM_TYPE),
                                   b"\r\n1\r\na")
        drips["json"] = (post(b"/v1/uploads", b" ", length=50_000), b" ")
        drips["body that stalls"] = (part, b"")
        open_by_socket = {}
        for name, (wire, drip) in drips.items():
            connection = self.connect()
            connection.sendall(wire)
            open_by_socket[connection] = (name, drip, time.monotonic())
        ended = self.drip_until_ended(open_by_socket, client)
        self.assertEqual(set(ended), set(drips), "a slow client was kept")
        for name in ("nothing", "between"):
            self.assertNotIn(b" 400 ", ended[name], name)
        for name in set(drips) - {"nothing", "between"}:
            self.assertRegex(ended[name], rb"^HTTP/1\.1 400 ", name)
        self.assertEqual(client.list_parts(upload), [])
        client.close()

    def drip_until_ended(self, open_by_socket, client):
        """What each slow client was answered, by its name."""
        ended, received = {}, {connection: b"" for connection in open_by_socket}
        while open_by_socket:
            readable, _, _ = select.select(list(open_by_socket), [], [], 0.1)
            client.create_upload(1)  # The others do not wait.
            for connection, (name, drip, start) in list(open_by_socket.items()):
                self.assertLess(time.monotonic() - start, 2 * PATIENCE_SECONDS, name)
                try:
                    piece = connection.recv(65536) if connection in readable else None
                    if piece is None:
                        connection.sendall(drip)
                except (BrokenPipeError, ConnectionResetError):
                    piece = b""
                if piece:
                    received[connection] += piece
                elif piece == b"":
                    ended[name] = received[connection]
                    del open_by_socket[connection]
        return ended


class LastOfAll(Attack):
    def test_the_directory_is_clean_after_cut_and_refused_parts(self):
        client = Client(self.server.port)
        path = f"/v1/uploads/{client.create_upload(5)}/parts".encode()
        client.close()
        wire = post(path, form(b"hello"), FORM_TYPE)
        for end in range(0, len(wire), 7):
            connection = self.connect()
            connection.sendall(wire[:end])
            connection.close()
        self.assert_refused(post(path, form(b"hello") * 100_000, FORM_TYPE))
        self.assertEqual(self.server.stop(), 0)
        code, report = self.server.fsck()
        self.assertEqual(code, 0, report)
        staged = [file for file in self.server.data_dir.rglob("*")
                  if file.is_file() and file.parent.name in ("staging", "tmp")]
        self.assertEqual(staged, [])
        self.server.start()


if __name__ == "__main__":
    Attack.binary = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
