#!/usr/bin/env python3
"""The program as scripts see it: command line, exit codes, keys, signals, one server a directory.

Usage: interface_test.py BINARY
"""

import concurrent.futures
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from partwise_client import BOUNDARY, Client, Refused, ServerGone  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

BINARY = None
KNOWN_SECONDS = 10  # A key is known within one; a busy computer gets more before the test gives up.


def partwise(*arguments, **environment):
    """Runs one command to its end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PARTWISE_")}
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, check=False,
                          timeout=60, stdin=subprocess.DEVNULL, env={**clean, **environment})


class CommandLine(unittest.TestCase):
    def assert_one_line(self, run, text):
        self.assertEqual(run.returncode, 2, run)
        self.assertEqual(run.stderr, f"partwise: {text}\n")
        self.assertEqual(run.stdout, "")

    def test_the_version_and_the_help_are_answers(self):
        self.assertRegex(partwise("version").stdout, r"^partwise \d+\.\d+\.\d+\n$")
        for arguments in (["--help"], ["serve", "--help"], ["keys", "--help"],
                          ["projects", "--help"], ["fsck", "--help"], ["backup", "--help"]):
            run = partwise(*arguments)
            self.assertEqual((run.returncode, run.stderr), (0, ""), arguments)
            self.assertIn("Usage: partwise", run.stdout)

    def test_what_is_not_understood_is_one_line_and_exit_code_2(self):
        self.assert_one_line(partwise("fly"), "there is no command 'fly'. Try: partwise --help")
        self.assert_one_line(
            partwise("serve", PARTWISE_LISTEN="x"),
            "--listen (from PARTWISE_LISTEN): 'x' is not HOST:PORT, as 127.0.0.1:8080, "
            "[::1]:8080 or localhost:8080.")
        self.assertEqual(partwise().returncode, 2)

    def test_beyond_loopback_a_server_without_keys_refuses_and_says_how_to_make_one(self):
        with tempfile.TemporaryDirectory() as folder:
            run = partwise("serve", "--listen", "0.0.0.0:0", "--data-dir", folder)
            self.assertEqual(run.returncode, 2)
            self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
            self.assertIn("partwise keys create --data-dir", run.stderr)

    def test_beyond_loopback_in_the_clear_a_server_warns_whatever_the_level_of_its_log(self):
        alone = ["unshare", "--net"]  # A network of its own, which nobody can reach.
        if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this user may not make a network namespace")
        with tempfile.TemporaryDirectory() as folder:
            with subprocess.Popen(
                    [*alone, BINARY, "serve", "--listen", "0.0.0.0:8080", "--data-dir", folder,
                     "--log-level", "error"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                    text=True, env={**os.environ, "PARTWISE_API_KEY": "pw-x"}) as server:
                warning = server.stderr.readline()
                server.terminate()
                self.assertEqual(server.wait(timeout=30), 0)
        self.assertIn("without TLS", warning)

    def test_fsck_of_what_is_no_data_directory_could_not_run(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(partwise("fsck", "--data-dir", folder).returncode, 2)


class Process(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-process-")
        self.addCleanup(folder.cleanup)
        self.server = PartwiseServer(BINARY, Path(folder.name) / "data")
        self.addCleanup(self.server.kill)

    def client(self, *key):
        client = Client(self.server.port, *key)
        self.addCleanup(client.close)
        return client

    def keys(self, *arguments):
        return self.command("keys", *arguments)

    def command(self, *arguments):
        run = partwise(*arguments, "--data-dir", str(self.server.data_dir))
        self.assertEqual(run.returncode, 0, run)
        return run.stdout

    def answers(self, key):
        """Whether the running server lets `key` create an upload."""
        try:
            return bool(self.client(key).create_upload(1))
        except Refused as refused:
            self.assertEqual(refused.status, 401)
            return False

    def await_answer(self, key, expected):
        deadline = time.monotonic() + KNOWN_SECONDS
        while self.answers(key) != expected:
            self.assertLess(time.monotonic(), deadline, f"the server does not know: {expected}")
            time.sleep(0.02)

    def test_the_first_start_on_loopback_makes_a_key_shows_it_once_and_keeps_it(self):
        self.server.start(api_key=None)
        kept = self.server.data_dir / "api-key"
        key = kept.read_text().strip()
        self.assertEqual(stat.S_IMODE(kept.stat().st_mode), 0o600)
        self.assertTrue(self.answers(key))
        self.assertIn(f"Bearer {key}", self.server.log())
        self.assertEqual(self.server.stop(), 0)
        shown = self.server.log().count(key)
        self.server.start(api_key=None)
        self.assertTrue(self.answers(key))
        self.assertEqual(self.server.log().count(key), shown, "a later start does not show it")
        self.assertIn(f"is kept in {kept}", self.server.log(), "but says where it is")

    def test_keys_are_made_and_revoked_beside_a_running_server(self):
        self.server.start()
        key = self.keys("create", "--project", "research", "--name", "trainer")
        self.assertRegex(key, r"^pw-[0-9A-Za-z]{48}\n$")
        key = key.strip()
        self.await_answer(key, True)
        upload = self.client().create_upload(1)
        with self.assertRaises(Refused) as refused:
            self.client(key).get_upload(upload)
        self.assertEqual(refused.exception.status, 404, "another project's upload does not exist")
        line = next(line for line in self.keys("list").splitlines() if "trainer" in line)
        self.keys("revoke", line.split()[0])
        self.await_answer(key, False)
        self.assertNotIn(key, self.keys("list") + self.server.log())

    def test_a_key_with_an_end_is_refused_from_then_on(self):
        self.server.start()
        key = self.keys("create", "--expires-in", "5").strip()
        self.await_answer(key, True)
        self.await_answer(key, False)
        self.assertIn("user", self.keys("list"))

    def test_a_quota_that_is_set_beside_a_running_server_holds_at_once(self):
        self.server.start()
        self.command("projects", "create", "research", "--open-uploads", "1")
        key = self.keys("create", "--project", "research").strip()
        self.await_answer(key, True)
        with self.assertRaises(Refused) as refused:
            self.client(key).create_upload(1)
        self.assertEqual(refused.exception.status, 403)
        self.command("projects", "set", "research", "--open-uploads", "2", "--quota-bytes", "1KiB")
        upload = self.client(key).create_upload(10_000)
        with self.assertRaises(Refused) as refused:
            self.client(key).add_part(upload, bytes(1025))
        self.assertEqual(refused.exception.status, 403)
        self.client(key).add_part(upload, bytes(1024))
        line = next(line for line in self.command("projects", "list").splitlines()
                    if line.startswith("research"))
        self.assertEqual(line.split(), ["research", "1024", "1024", "2", "2"])
        self.command("projects", "set", "research", "--open-uploads", "none")
        self.client(key).create_upload(1)

    def test_the_project_of_the_configured_key_is_there_from_the_start(self):
        self.server.start()
        self.command("projects", "set", "default", "--open-uploads", "1")
        self.client().create_upload(1)
        with self.assertRaises(Refused) as refused:
            self.client().create_upload(1)
        self.assertEqual(refused.exception.status, 403)

    def test_a_key_for_a_new_project_says_that_it_made_one(self):
        self.server.start()
        for told in ("partwise keys: made the project typo, which has no quotas yet.\n", ""):
            run = partwise("keys", "create", "--project", "typo", "--data-dir",
                           str(self.server.data_dir))
            self.assertEqual((run.returncode, run.stderr), (0, told))

    def test_creates_with_one_idempotency_key_at_the_same_moment_make_one_upload(self):
        self.server.start()
        for attempt in range(5):
            clients = [self.client() for _ in range(16)]
            together = threading.Barrier(len(clients))

            def create(client, key=f"key-{attempt}", together=together):
                client.headers["Idempotency-Key"] = key
                client.connection.connect()
                together.wait(timeout=30)
                return client.create_upload(7)

            with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
                self.assertEqual(len(set(pool.map(create, clients))), 1)
        pending = self.client().call("GET", "/usage")["uploads"]["pending"]
        self.assertEqual(pending["count"], 5)

    def test_no_key_that_the_api_makes_or_refuses_is_in_the_log(self):
        self.server.start()
        self.command("projects", "create", "research")
        admin = self.keys("create", "--role", "admin").strip()
        self.await_answer(admin, True)
        made = self.client(admin).call("POST", "/keys", {"project": "research"})
        self.assertTrue(self.answers(made["key"]))
        self.client(admin).call("DELETE", f"/keys/{made['id']}")
        self.assertFalse(self.answers(made["key"]))
        self.assertFalse(self.answers("pw-guessed-by-somebody-who-must-not-see-it-again"))
        self.assertEqual(self.server.stop(), 0)
        for key in (admin, made["key"], "guessed-by-somebody"):
            self.assertNotIn(key, self.server.log())
        everything = b"".join(path.read_bytes() for path in self.server.data_dir.rglob("*")
                              if path.is_file())
        self.assertNotIn(made["key"].encode(), everything)

    def test_one_directory_has_one_server_and_fsck_waits_for_its_end(self):
        self.server.start()
        second = partwise("serve", "--listen", "127.0.0.1:0",
                          "--data-dir", str(self.server.data_dir), PARTWISE_API_KEY="pw-x")
        self.assertEqual(second.returncode, 2)
        self.assertEqual(len(second.stderr.splitlines()), 1, second.stderr)
        self.assertEqual(self.server.fsck()[0], 2)
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.server.fsck()[0], 0)

    def test_a_start_that_failed_leaves_no_mark_of_a_run(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            run = partwise("serve", "--listen", f"127.0.0.1:{port}", "--durability", "relaxed",
                           "--data-dir", str(self.server.data_dir), PARTWISE_API_KEY="pw-x")
        self.assertEqual(run.returncode, 2)
        self.assertIn("Address already in use", run.stderr)
        self.assertIn("state stopped", (self.server.data_dir / "run").read_text())

    def test_a_start_that_failed_makes_no_key_that_nobody_sees(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            run = partwise("serve", "--listen", f"127.0.0.1:{port}",
                           "--data-dir", str(self.server.data_dir))
        self.assertEqual(run.returncode, 2)
        self.server.start(api_key=None)
        self.assertRegex(self.server.log(), "Bearer pw-")

    def test_a_limit_of_open_files_that_is_too_low_is_one_line(self):
        run = subprocess.run(
            ["sh", "-c", 'ulimit -n 200; exec "$0" serve --data-dir "$1"', BINARY,
             str(self.server.data_dir)],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(run.returncode, 2)
        self.assertEqual(run.stderr, "partwise: this process may open 200 files, and needs at "
                                     "least 512 (ulimit -n).\n")

    def test_over_the_limit_of_connections_a_client_reads_why(self):
        self.server.flags += ["--max-connections", "1"]
        self.server.start()
        deadline = time.monotonic() + KNOWN_SECONDS
        while True:
            idle = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
            self.addCleanup(idle.close)
            over = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
            self.addCleanup(over.close)
            over.sendall(b"POST /v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            over.sendall(bytes(1_000_000))
            answer = over.recv(65536).decode()
            if answer.startswith("HTTP/1.1 503 "):
                break
            self.assertLess(time.monotonic(), deadline, answer)
        self.assertRegex(answer, "retry-after: ")
        self.assertRegex(answer, "x-request-id: req_")

    def begin_part(self, size, sent):
        """Sends the beginning of a part of `size` bytes; returns its socket and what is missing."""
        client = self.client()
        upload = client.create_upload(size)
        body = (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n".encode()
                + bytes(size) + f"\r\n--{BOUNDARY}--\r\n".encode())
        head = (f"POST /v1/uploads/{upload}/parts HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: {client.headers['Authorization']}\r\n"
                f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
        self.addCleanup(connection.close)
        connection.sendall(head + body[:sent])
        return connection, body[sent:]

    def await_refused_connection(self):
        deadline = time.monotonic() + KNOWN_SECONDS
        while True:
            try:
                self.client().create_upload(1)
            except (ServerGone, Refused):
                return
            self.assertLess(time.monotonic(), deadline, "the server still accepts")
            time.sleep(0.02)

    def test_the_option_to_look_into_content_is_the_servers(self):
        self.server.flags += ["--validation", "jsonl"]
        self.server.start()
        client = self.client()
        upload = client.create_upload(4, purpose="batch")
        part = client.add_part(upload, b"nope")
        with self.assertRaises(Refused) as refused:
            client.complete(upload, [part])
        self.assertEqual(refused.exception.status, 400)

    def test_the_limits_of_an_uploads_parts_are_settings(self):
        self.server.flags += ["--parts-per-upload-max", "3", "--stored-bytes-slack", "0"]
        self.server.start()
        client = self.client()
        counted = client.create_upload(10)
        for _ in range(3):
            client.add_part(counted, b"x")
        with self.assertRaisesRegex(Refused, "3 parts already"):
            client.add_part(counted, b"x")
        stored = client.create_upload(1)
        for _ in range(2):
            client.add_part(stored, b"x")
        with self.assertRaisesRegex(Refused, "at most 2 are kept"):
            client.add_part(stored, b"x")

    def test_sighup_without_tls_changes_nothing(self):
        self.server.start()
        self.server.process.send_signal(signal.SIGHUP)
        self.client().create_upload(1)
        self.assertEqual(self.server.stop(), 0)
        self.assertIn("SIGHUP: there is no certificate to reload", self.server.log())

    def test_sigterm_lets_a_part_under_way_end_and_exits_with_0(self):
        self.server.start()
        connection, rest = self.begin_part(100_000, 50_000)
        self.server.process.send_signal(signal.SIGTERM)
        self.await_refused_connection()
        connection.sendall(rest)
        self.assertRegex(connection.recv(65536).decode(), r"^HTTP/1.1 200 ")
        self.assertEqual(self.server.process.wait(timeout=30), 0)

    def test_sigterm_does_not_wait_for_a_body_that_was_refused(self):
        self.server.start()
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
        self.addCleanup(connection.close)
        connection.sendall(b"POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n")
        self.assertRegex(connection.recv(65536).decode(), "^HTTP/1.1 401 ")
        self.server.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(timeout=15), 0)

    def test_a_second_sigterm_ends_at_once(self):
        self.server.start()
        self.begin_part(100_000, 50_000)
        self.server.process.send_signal(signal.SIGTERM)
        self.await_refused_connection()
        self.server.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(timeout=10), 1)
        self.assertEqual(self.server.fsck()[0], 0)

    def test_each_request_is_one_line_of_the_log_with_its_id(self):
        self.server.start()
        self.client().create_upload(1)
        self.assertEqual(self.server.stop(), 0)
        lines = [line for line in self.server.log().splitlines() if "POST /v1/uploads " in line]
        self.assertEqual(len(lines), 1)
        self.assertTrue(re.search(r"\breq_[0-9a-f]{32} POST /v1/uploads 200\b", lines[0]), lines[0])


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
