#!/usr/bin/env python3
"""Heads and framing that a proxy in front might read in another way: nobody smuggles a request.

Usage: framing_test.py BINARY
"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from raw_http import AUTHORIZATION, FORM_TYPE, Attack, form, get, post  # noqa: E402

# What an attacker hides behind a request whose end is disputed.
SMUGGLED = get(b"/v1/smuggled")
BODY = b'{"filename":"a","purpose":"vision","bytes":0,"mime_type":"x"}'
CHUNKED_BODY = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
LENGTH = b"%d" % len(BODY)


def request(framing, rest):
    return (b"POST /v1/uploads HTTP/1.1\r\nHost: x\r\n" + AUTHORIZATION + framing + b"\r\n" + rest)


DISPUTED_LENGTHS = [
    b"-1", b"-0", b"+" + LENGTH, b"0x3d", b"6 1", LENGTH + b"," + LENGTH, LENGTH + b", " + LENGTH,
    b"0, " + LENGTH, LENGTH + b";", LENGTH + b".0", b"6_1", b"6e1", b"18446744073709551616",
    b"18446744073709551677", b"99999999999999999999999999", b"", b"''", b"\"61\"", b"61\x0b",
    b"61\x00", b"\xef\xbc\x96\xef\xbc\x91", b"NaN", b"61\xa0",
]

DISPUTED_CODINGS = [
    b"chunked, identity", b"identity, chunked", b"identity", b"gzip", b"gzip, chunked",
    b"chunked, gzip", b"chunked, chunked", b"chunked,", b",chunked", b"xchunked", b"chunkedx",
    b"chunked;q=1", b"\"chunked\"", b"chunked\x0b", b"\x0bchunked", b"chunked\x00", b"\x00chunked",
    b"chun ked", b"x chunked", b"chunked\xa0", b"", b"c\xe2\x84\xaahunked",
]

DISPUTED_HEADERS = {
    "both": b"Content-Length: " + LENGTH + b"\r\nTransfer-Encoding: chunked\r\n",
    "both, the other way": b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
    "both, a length of zero": b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
    "the same length twice": (b"Content-Length: " + LENGTH + b"\r\n") * 2,
    "two lengths": b"Content-Length: " + LENGTH + b"\r\ncontent-length: 0\r\n",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "the same coding twice": b"Transfer-Encoding: chunked\r\n" * 2,
    "a folded coding": b"Transfer-Encoding:\r\n chunked\r\n",
    "a folded length": b"Content-Length:\r\n\t" + LENGTH + b"\r\n",
    "a header behind a fold": b"X: y\r\n Content-Length: " + LENGTH + b"\r\n",
    "a space before the colon": b"Content-Length : " + LENGTH + b"\r\n",
    "a tab before the colon": b"Transfer-Encoding\t: chunked\r\n",
    "a space before the name": b" Transfer-Encoding: chunked\r\n",
    "a name with a NUL": b"Transfer-Encoding\x00: chunked\r\n",
    "a name with a vertical tab": b"\x0bTransfer-Encoding: chunked\r\n",
    "a name in other letters": b"Tran\xc5\xbffer-Encoding: chunked\r\n",
    "no colon": b"Content-Length " + LENGTH + b"\r\n",
    "no name": b": " + LENGTH + b"\r\n",
    "a bare LF ends a line": b"X: y\nTransfer-Encoding: chunked\r\n",
    "a bare CR ends a line": b"X: y\rTransfer-Encoding: chunked\r\n",
    "a CR before CR LF": b"Transfer-Encoding: chunked\r\r\n",
    "an LF before CR LF": b"Transfer-Encoding: chunked\n\r\n",
    "a NUL in a value": b"X: a\x00b\r\nContent-Length: " + LENGTH + b"\r\n",
    "an escape in a value": b"X: \x1b[2J\r\nContent-Length: " + LENGTH + b"\r\n",
}

DISPUTED_CHUNKS = [
    b"", b" 5", b"5 ", b"+5", b"-5", b"0x5", b"5\n", b"5\r", b"5_0", b"5\x00", b"5;a\nb", b"5;\x00",
    b"5;\x1b", b"g", b"FFFFFFFFFFFFFFFFF", b"00000000000000005", b"10000000000000005", b"5,5",
]


class Smuggling(Attack):
    def test_a_disputed_length_is_refused(self):
        for length in DISPUTED_LENGTHS:
            framing = b"Content-Length: " + length + b"\r\n"
            self.assert_refused(request(framing, BODY + SMUGGLED), message=length)

    def test_a_disputed_coding_is_refused(self):
        for coding in DISPUTED_CODINGS:
            framing = b"Transfer-Encoding: " + coding + b"\r\n"
            self.assert_refused(request(framing, CHUNKED_BODY + SMUGGLED), message=coding)

    def test_disputed_headers_are_refused(self):
        for name, framing in DISPUTED_HEADERS.items():
            for rest in (BODY, CHUNKED_BODY):
                self.assert_refused(request(framing, rest + SMUGGLED), message=name)

    def test_a_chunk_whose_size_is_disputed_ends_the_connection(self):
        framing = b"Transfer-Encoding: chunked\r\n"
        for size in DISPUTED_CHUNKS:
            self.assert_refused(request(framing, size + b"\r\nhello\r\n0\r\n\r\n" + SMUGGLED),
                                message=size)
        for rest in (b"5\r\nhelloX\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n",
                     b"5\nhello\r\n0\r\n\r\n", b"0\r\n \r\n\r\n", b"0\n\n", b"0\r\nX: y\n\r\n",
                     b"0\r\nX : y\r\n\r\n", b"0\r\nX: \x00\r\n\r\n", b"0\r\nX: y\r\n z\r\n\r\n"):
            self.assert_refused(request(framing, rest + SMUGGLED), message=rest)

    def test_a_body_is_never_read_as_a_request(self):
        for framing, rest in ((b"Content-Length: %d\r\n" % len(SMUGGLED), SMUGGLED),
                              (b"Transfer-Encoding: chunked\r\n",
                               b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED))):
            for method, path in ((b"POST", b"/v1/uploads"), (b"GET", b"/v1/uploads"),
                                 (b"GET", b"/v1/none"), (b"PUT", b"/v1/uploads"),
                                 (b"POST", b"/v1/uploads/x/cancel"), (b"POST", b"/v1/files")):
                answers = self.ask(method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n"
                                   + AUTHORIZATION + framing + b"\r\n" + rest)
                self.assertEqual(len(answers), 1, (method, path, framing))
                self.assertNotIn(b"smuggled", answers[0].body)

    def test_what_follows_a_body_that_was_refused_unread_is_no_request(self):
        body = form(bytes(200_000)) + SMUGGLED
        for wire in (post(b"/v1/uploads/x/parts", body, FORM_TYPE),
                     post(b"/v1/files", body).replace(AUTHORIZATION, b"")):
            answers = self.ask(wire + SMUGGLED)
            self.assertEqual(len(answers), 1, [answer.body for answer in answers])
            self.assertEqual(answers[0].header(b"connection"), b"close")

    def test_trailers_are_no_headers(self):
        for trailer in (b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Connection: close",
                        b"Authorization: Bearer other", b"Host: y"):
            wire = request(b"Transfer-Encoding: chunked\r\n",
                           CHUNKED_BODY[:-2] + trailer + b"\r\n\r\n")
            self.assertEqual([a.status for a in self.ask(wire + get(b"/v1/files"))], [200, 200])

    @classmethod
    def tearDownClass(cls):
        log = cls.server.log()
        assert "/v1/smuggled" not in log, "a smuggled request was served"
        assert " 200 " in log, "the log holds no request at all"


class Heads(Attack):
    def test_a_request_line_that_is_none_is_refused(self):
        for line in (b"GET /v1/files", b"GET  /v1/files HTTP/1.1", b"GET /v1/files  HTTP/1.1",
                     b"GET /v1/files HTTP/1.1 ", b"GET\t/v1/files HTTP/1.1", b" GET / HTTP/1.1",
                     b"GET /v1/files HTTP/2.0", b"GET /v1/files HTTP/1.10", b"GET /v1/files HTTP/1",
                     b"GET /v1/files HTTP/9.9", b"GET /v1/files http/1.1", b"GET /v1/files FTP/1.1",
                     b"GET /v1/files HTTP/1.1\x00", b"GE\x00T /v1/files HTTP/1.1", b"GET",
                     b"PRI * HTTP/2.0", b"CONNECT x:443 HTTP/1.1", b"OPTIONS * HTTP/1.1",
                     b"GET v1/files HTTP/1.1", b"GET ?x HTTP/1.1", b"GET x:80 HTTP/1.1",
                     b"GET /v1/fi\x00les HTTP/1.1", b"GET /v1/fi\x1bles HTTP/1.1",
                     b"GET /v1/fi\x7fles HTTP/1.1", b"GET /v1/files#x HTTP/1.1",
                     b"GET ftp://x/v1/files HTTP/1.1", b"GET http:///v1/files HTTP/1.1",
                     b"(GET) /v1/files HTTP/1.1", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
            self.assert_refused(line + b"\r\nHost: x\r\n" + AUTHORIZATION + b"\r\n", message=line)

    def test_a_host_that_is_none_is_refused(self):
        for lines in (b"", b"Host: a\r\nHost: a\r\n", b"Host: a b\r\n", b"Host: a/b\r\n",
                      b"Host: u@a\r\n", b"Host: a\x00\r\n", b"Host: \xc3\xa9\r\n",
                      b"Host: a?b\r\n", b"Host: a\\b\r\n", b"Host: a#b\r\n"):
            self.assert_refused(b"GET /v1/files HTTP/1.1\r\n" + lines + AUTHORIZATION + b"\r\n",
                                message=lines)

    def test_the_absolute_form_is_the_path_in_it(self):
        for target in (b"http://x/v1/files", b"HTTPS://other:1/v1/files?limit=1",
                       b"http://user:pass@x/v1/files"):
            self.assertEqual([answer.status for answer in self.ask(get(target))], [200], target)
        self.assertEqual([answer.status for answer in self.ask(get(b"http://x"))], [404])

    def test_http_1_0_is_answered_and_closed(self):
        answers = self.ask(get(b"/v1/files", b"HTTP/1.0") + get(b"/v1/smuggled"))
        self.assertEqual([answer.status for answer in answers], [200])
        self.assertEqual(answers[0].header(b"connection"), b"close")
        kept = get(b"/v1/files", b"HTTP/1.0", b"Connection: keep-alive\r\n")
        self.assertEqual([answer.status for answer in self.ask(kept + kept)], [200, 200])
        self.assert_refused(b"POST /v1/uploads HTTP/1.0\r\nTransfer-Encoding: chunked\r\n"
                            + AUTHORIZATION + b"\r\n" + CHUNKED_BODY)

    def test_http_0_9_is_refused(self):
        self.assert_refused(b"GET /v1/files\r\n\r\n")
        self.assert_refused(b"GET /v1/files\r\n" + AUTHORIZATION + b"\r\n")

    def test_a_method_in_other_letters_is_another_method(self):
        for method in (b"get", b"Get", b"POSTX", b"DELETE!", b"a" * 3000):
            answers = self.ask(get(b"/v1/files").replace(b"GET", method, 1))
            self.assertEqual([answer.status for answer in answers], [405], method[:20])
            self.assertIn(b"GET", answers[0].header(b"allow"))

    def test_paths_lead_nowhere_but_to_the_table(self):
        for path in (b"/v1/files/..%2f..%2frun/content", b"/v1/files/%2e%2e/content",
                     b"/v1/files/../../etc/passwd", b"/v1/files/..%5c..%5cx/content", b"//v1/files",
                     b"/v1//files", b"/v1/files/", b"/v1/./files", b"/v1/x/../files", b"/V1/files",
                     b"/%76%31/files", b"/v1%2ffiles", b"/v1/files;x=1", b"/v1/files%00",
                     b"/v1/files/%00/content", b"/v1/files/%0d%0aX:%20y/content",
                     b"/v1/files/%1b[2J", b"/v1/files/%ff%fe", b"/v1/files/%c0%ae%c0%ae",
                     b"/v1/files/" + b"x" * 15_000, b"/" + b"a/" * 7000,
                     b"/v1/files/" + b"%" * 9000, b"/v1/uploads/" + b"%2e" * 4000 + b"/parts"):
            answers = self.ask(get(path))
            self.assertIn(len(answers), (1,), path[:60])
            self.assertIn(answers[0].status, (401, 404), path[:60])
            self.assertNotIn(b"X: y", answers[0].head)

    def test_a_head_beyond_its_limits_is_refused_at_once(self):
        mib = 1 << 20
        line = b"GET /v1/files HTTP/1.1\r\n"
        for wire in (line + b"X: " + b"a" * mib + b"\r\n\r\n", line + b"X" * mib,
                     b"GET /" + b"a" * mib + b" HTTP/1.1\r\n\r\n", b"A" * mib,
                     line + b"X: y\r\n" * 100_000 + b"\r\n", line + b"a:\r\n" * 101 + b"\r\n",
                     line + b"X: " + b"\n" * mib):
            self.assert_refused(wire, (400, 413), wire[:40])
        self.assert_refused(b"\r\n" * mib)

    def test_a_few_empty_lines_before_a_request_are_forgiven(self):
        self.assertEqual([a.status for a in self.ask(b"\r\n\r\n" + get(b"/v1/files"))], [200])

    def test_a_head_may_arrive_byte_by_byte(self):
        connection = self.connect()
        for byte in get(b"/v1/files"):
            connection.sendall(bytes([byte]))
        self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200 "))

    def test_pipelined_requests_are_answered_in_order(self):
        paths = [b"/v1/files/%d" % number for number in range(200)]
        answers = self.ask(b"".join(get(path) for path in paths))
        self.assertEqual(len(answers), len(paths))
        for path, answer in zip(paths, answers):
            self.assertIn(b": %s\"" % path.rsplit(b"/")[-1], answer.body.replace(b".\"", b"\""))

    def test_nothing_is_answered_behind_the_request_that_closes(self):
        for wire in (get(b"/v1/files", more=b"Connection: close\r\n"),
                     get(b"/v1/files", more=b"Connection: keep-alive, CLOSE\r\n"),
                     get(b"/v1/files", more=b"Expect: the-unexpected\r\n")):
            self.assertEqual(len(self.ask(wire + get(b"/v1/smuggled"))), 1, wire)


if __name__ == "__main__":
    Attack.binary = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
