"""Plain sockets against the real server, and what must hold after every attack.

Nothing here builds a request that it was not given byte by byte: a client library would refuse to
send most of what these tests send.
"""

import os
import re
import select
import socket
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from partwise_client import API_KEY, Client  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

PATIENCE_SECONDS = 30  # For what happens at once: a busy computer gets this long.
MEMORY_GROWTH_MAX = 96 * 1024 * 1024  # A few large buffers, and what the allocator keeps.
AUTHORIZATION = f"Authorization: Bearer {API_KEY}\r\n".encode()

# What an answer would hold if it told how the server is made, or where it lives.
INTERNAL = re.compile(
    rb"\.[ch]pp\b|std::|boost|beast|asio|sqlite|simdjson|errno|exception|/proc|/tmp|"
    rb"SELECT |INSERT |0x[0-9a-f]{6}|Assertion|terminate", re.IGNORECASE)


def get(path, version=b"HTTP/1.1", more=b""):
    return b"GET " + path + b" " + version + b"\r\nHost: x\r\n" + AUTHORIZATION + more + b"\r\n"


def post(path, body, more=b"", length=None):
    length = len(body) if length is None else length
    return (b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + AUTHORIZATION + more
            + b"Content-Length: %d\r\n\r\n" % length + body)


def form(content, boundary=b"B"):
    return (b"--" + boundary + b"\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n"
            + content + b"\r\n--" + boundary + b"--\r\n")


FORM_TYPE = b"Content-Type: multipart/form-data; boundary=B\r\n"


class Answer:
    def __init__(self, status, head, body):
        self.status = status
        self.head = head
        self.body = body

    def header(self, name):
        found = re.search(rb"(?im)^" + name + rb":[ \t]*(.*?)\r$", self.head)
        return found[1] if found else None


def split_answers(wire, methods=()):
    """Every answer in what the server sent. `methods`: of the requests, where one was HEAD."""
    answers = []
    while wire:
        head, empty_line, rest = wire.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
        assert empty_line and status, f"no answer begins here: {wire[:200]!r}"
        answer = Answer(int(status[1]), head + b"\r\n", b"")
        length = answer.header(b"content-length")
        is_head = len(answers) < len(methods) and methods[len(answers)] == "HEAD"
        if length is not None and not is_head:
            assert len(rest) >= int(length), f"an answer is cut: {wire[:200]!r}"
            answer.body, rest = rest[:int(length)], rest[int(length):]
        answers.append(answer)
        wire = rest
    return answers


class Attack(unittest.TestCase):
    """One server for each class; after each test it is as it was before."""

    binary = None
    flags = []
    listeners = 1

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="partwise-hostile-")
        cls.addClassCleanup(folder.cleanup)
        cls.server = PartwiseServer(cls.binary, Path(folder.name) / "data", *cls.flags)
        cls.addClassCleanup(cls.server.kill)
        cls.server.start()
        cls.warm_up()

    @classmethod
    def warm_up(cls):
        """Opens what the server opens once and keeps: files, threads, connections to its store."""
        client = Client(cls.server.port)
        upload = client.create_upload(1)
        part = client.add_part(upload, b"x")
        cls.kept_file = client.complete(upload, [part])["file"]["id"]
        client.content(cls.kept_file)
        client.cancel(client.create_upload(1))
        client.close()

    def setUp(self):
        self.connections = []
        self.await_true(lambda: self.count_sockets() <= self.listeners, "connections stay open")
        self.descriptors = self.count_descriptors()
        self.memory = self.resident_bytes()

    def tearDown(self):
        for connection in self.connections:
            connection.close()
        self.assertIsNone(self.server.process.poll(), "the server died:\n" + self.server.log())
        client = Client(self.server.port)
        self.assertEqual(client.content(self.kept_file), b"x", "the server no longer serves")
        client.close()
        self.await_true(lambda: self.count_descriptors() <= self.descriptors,
                        "descriptors are leaked")
        self.assertLess(self.resident_bytes() - self.memory, MEMORY_GROWTH_MAX)

    @classmethod
    def stop_and_check(cls, test):
        """Drains the server; its directory is clean, and nothing staged is left."""
        test.assertEqual(cls.server.stop(), 0)
        code, report = cls.server.fsck()
        test.assertEqual(code, 0, report)

    def count_descriptors(self):
        return len(os.listdir(f"/proc/{self.server.process.pid}/fd"))

    def count_sockets(self):
        links = []
        for entry in Path(f"/proc/{self.server.process.pid}/fd").iterdir():
            try:
                links.append(os.readlink(entry))
            except FileNotFoundError:
                continue  # Closed since the list was read.
        return sum(link.startswith("socket:") for link in links)

    def resident_bytes(self):
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+)", status)[1]) * 1024

    def await_true(self, condition, message):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            self.assertLess(time.monotonic(), deadline, message)
            time.sleep(0.01)

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.server.port),
                                              timeout=PATIENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections.append(connection)
        return connection

    def send_all(self, connection, wire):
        """Sends while it reads, as the server may answer early; returns what came until its end."""
        connection.setblocking(False)
        left, received = memoryview(wire), bytearray()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.assertLess(time.monotonic(), deadline, f"no end: {bytes(received[:300])!r}")
            readable, writable, _ = select.select(
                [connection], [connection] if left is not None else [], [], 1)
            try:
                if readable:
                    piece = connection.recv(65536)
                    if not piece:
                        return bytes(received)
                    received += piece
                if writable and left is not None:
                    left = left[connection.send(left[:1 << 18]):]
                    if not left:
                        left = None
                        connection.shutdown(socket.SHUT_WR)
            except BlockingIOError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return bytes(received)

    def ask(self, wire, methods=()):
        """All answers to these bytes, after which the client ends its side."""
        answers = split_answers(self.send_all(self.connect(), wire), methods)
        for answer in answers:
            self.assert_discreet(answer)
        return answers

    def assert_discreet(self, answer):
        self.assertIsNone(INTERNAL.search(answer.head + answer.body),
                          (answer.head + answer.body)[:2000])
        self.assertLess(len(answer.head) + len(answer.body), 4096, "a hostile request floods")
        self.assertNotIn(b"\x1b", answer.head + answer.body)

    def assert_refused(self, wire, statuses=(400,), message=None):
        """One answer that refuses, and the end of the connection."""
        answers = self.ask(wire)
        self.assertEqual([answer.status in statuses for answer in answers], [True],
                         (message, wire[:200], [(a.status, a.body) for a in answers]))
        self.assertEqual(answers[0].header(b"connection"), b"close", (message, wire[:200]))
        return answers[0]
