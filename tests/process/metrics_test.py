#!/usr/bin/env python3
"""What an operator sees of a running server: metrics, readiness and the log.

Usage: metrics_test.py BINARY
"""

import base64
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
import prometheus_text  # noqa: E402
from partwise_client import API_KEY, BOUNDARY, Client, Refused  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

BINARY = None
PATIENCE_SECONDS = 20  # For what happens soon: a busy computer gets this long.


class Operated(unittest.TestCase):
    flags = []

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-metrics-")
        self.addCleanup(folder.cleanup)
        self.server = PartwiseServer(BINARY, Path(folder.name) / "data", *self.flags,
                                     "--metrics-listen", "127.0.0.1:0")
        self.addCleanup(self.server.kill)
        self.server.start()
        self.client = Client(self.server.port)
        self.addCleanup(self.client.close)

    def ask(self, port, path, method="GET", headers=None):
        """(status, content type, body) of one request without a key, unless `headers` has one."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.getheader("content-type"), answer.read().decode()
        finally:
            connection.close()

    def families(self):
        status, content_type, text = self.ask(self.server.metrics_port, "/metrics")
        self.assertEqual((status, content_type),
                         (200, "text/plain; version=0.0.4; charset=utf-8"))
        return prometheus_text.parse(text)

    def value(self, name, **labels):
        return prometheus_text.value(self.families(), name, **labels)

    def await_value(self, expected, name, **labels):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := self.value(name, **labels)) != expected:
            self.assertLess(time.monotonic(), deadline, f"{name} {labels} stays {found}")
            time.sleep(0.02)

    def begin_part(self, upload, size, sent):
        """Sends the beginning of a part of `size` bytes; returns its socket and what is missing."""
        body = (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n".encode()
                + bytes(size) + f"\r\n--{BOUNDARY}--\r\n".encode())
        head = (f"POST /v1/uploads/{upload}/parts HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer {API_KEY}\r\n"
                f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
        self.addCleanup(connection.close)
        connection.sendall(head + body[:sent])
        return connection, body[sent:]


class Access(Operated):
    def test_the_main_listener_wants_the_key_of_an_administrator(self):
        for headers, status in (({}, 401), ({"Authorization": "Bearer pw-wrong"}, 401),
                                (self.client.headers, 403)):
            answer = self.ask(self.server.port, "/metrics", headers=headers)
            self.assertEqual(answer[0], status)
            self.assertNotIn("partwise_", answer[2])

    def test_the_listener_for_metrics_wants_no_key_and_has_nothing_else(self):
        for path in ("/metrics", "/healthz", "/readyz"):
            self.assertEqual(self.ask(self.server.metrics_port, path)[0], 200, path)
        self.assertEqual(self.ask(self.server.metrics_port, "/metrics", "POST")[0], 405)
        for path in ("/", "/v1/uploads", "/v1/files", "/openai/uploads", "/openapi.yaml", "/x",
                     "/metrics/", "/v1/metrics", "/v1/healthz"):
            for headers in ({}, self.client.headers):
                status = self.ask(self.server.metrics_port, path, headers=headers)[0]
                self.assertEqual(status, 404, path)
        self.assertEqual(
            self.ask(self.server.metrics_port, "/v1/uploads", "POST", self.client.headers)[0], 404)

    def test_an_address_that_is_taken_is_one_line_and_exit_code_2(self):
        run = subprocess.run(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir",
             self.server.data_dir.with_name("other"), "--metrics-listen",
             f"127.0.0.1:{self.server.metrics_port}"],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(run.returncode, 2)
        self.assertRegex(run.stderr, "^partwise: cannot listen on .*Address already in use\n$")

    def test_a_scrape_never_blocks_the_others(self):
        idle = socket.create_connection(("127.0.0.1", self.server.metrics_port), timeout=30)
        self.addCleanup(idle.close)
        idle.sendall(b"GET /metrics HTTP/1.1\r\n")
        self.assertEqual(self.value("partwise_http_connections", listener="metrics"), 2)
        self.assertTrue(self.client.create_upload(1))


class Movement(Operated):
    def test_requests_are_counted_by_route_and_status(self):
        before = self.families()
        upload = self.client.create_upload(5)
        part = self.client.add_part(upload, b"hello")
        file = self.client.complete(upload, [part])["file"]["id"]
        self.assertEqual(self.client.content(file), b"hello")
        with self.assertRaises(Refused):
            self.client.cancel(upload)
        self.client.cancel(self.client.create_upload(1))
        self.ask(self.server.port, "/no/such/path")
        after = self.families()

        def moved(name, **labels):
            return (prometheus_text.value(after, name, **labels)
                    - prometheus_text.value(before, name, **labels))

        requests = "partwise_http_requests_total"
        self.assertEqual(moved(requests, route="create_upload", status="200"), 2)
        self.assertEqual(moved(requests, route="cancel_upload", status="200"), 1)
        self.assertEqual(moved(requests, route="cancel_upload", status="400"), 1)
        self.assertEqual(moved(requests, route="none", status="404"), 1)
        for route, count in (("add_part", 1), ("complete_upload", 1), ("cancel_upload", 2)):
            seconds = "partwise_http_request_duration_seconds"
            self.assertEqual(moved(f"{seconds}_count", route=route), count)
            self.assertGreater(moved(f"{seconds}_sum", route=route), 0)
        self.assertGreater(moved("partwise_http_request_body_bytes_total", route="add_part"), 5)
        self.assertEqual(moved("partwise_http_response_body_bytes_total", route="get_content"), 5)

    def test_paths_of_clients_make_no_series(self):
        def series():
            return sum(len(family.samples) for family in self.families().values())

        self.ask(self.server.port, "/a")
        self.ask(self.server.port, "/v1/a")
        self.value("partwise_ready")
        before = series()
        for number in range(20):
            self.ask(self.server.port, f"/path/{number}")
            self.ask(self.server.port, f"/v1/path/{number}")
        self.assertEqual(series(), before)

    def test_transitions_are_counted_once_and_their_bytes_removed(self):
        for ending in ("complete", "cancel"):
            upload = self.client.create_upload(1)
            parts = [self.client.add_part(upload, b"x"), self.client.add_part(upload, b"y")]
            for _ in range(2):  # The second one is a replay.
                if ending == "complete":
                    self.client.complete(upload, parts[:1])
                else:
                    self.client.cancel(upload)
        self.client.headers["Idempotency-Key"] = "once"
        self.assertEqual(self.client.create_upload(1), self.client.create_upload(1))
        for state, count in (("created", 3), ("completed", 1), ("cancelled", 1), ("expired", 0)):
            self.assertEqual(self.value("partwise_uploads_total", state=state), count, state)
        self.await_value(3, "partwise_reaper_removed_blobs_total")
        self.await_value(0, "partwise_reap_jobs")

    def test_the_store_tells_of_its_log_and_its_commits(self):
        commits = "partwise_metadata_commit_operations"
        count, operations = self.value(f"{commits}_count"), self.value(f"{commits}_sum")
        self.client.create_upload(1)
        self.assertGreater(self.value(f"{commits}_count"), count)
        self.assertGreater(self.value(f"{commits}_sum"), operations)
        log = self.server.data_dir / "metadata.sqlite3-wal"
        self.assertGreater(self.value("partwise_metadata_wal_bytes"), 4096)
        self.assertLessEqual(self.value("partwise_metadata_wal_bytes"), log.stat().st_size)

    def test_a_stream_in_flight_is_seen_and_so_is_a_drain(self):
        self.client.close()
        self.assertEqual(self.value("partwise_upload_streams"), 0)
        upload = self.client.create_upload(100_000)
        connection, rest = self.begin_part(upload, 100_000, 50_000)
        self.await_value(1, "partwise_upload_streams")
        self.assertEqual(self.value("partwise_http_connections", listener="api"), 2)
        self.assertEqual(self.value("partwise_ready"), 1)
        self.assertGreater(self.value("partwise_volume_free_bytes"), 0)
        self.server.process.send_signal(signal.SIGTERM)
        self.await_value(0, "partwise_ready")
        self.assertEqual(self.ask(self.server.metrics_port, "/readyz")[0], 503)
        self.assertEqual(self.ask(self.server.metrics_port, "/healthz")[0], 200)
        connection.sendall(rest)
        self.assertRegex(connection.recv(65536).decode(), r"^HTTP/1.1 200 ")
        self.assertEqual(self.server.process.wait(timeout=30), 0)

    def test_uploads_by_state_and_requests_under_way_are_gauges(self):
        upload = self.client.create_upload(100_000)
        self.client.cancel(self.client.create_upload(1))
        for state, count in (("pending", 1), ("cancelled", 1), ("completed", 0)):
            self.assertEqual(self.value("partwise_uploads", state=state), count, state)
        connection, rest = self.begin_part(upload, 100_000, 50_000)
        self.await_value(1, "partwise_http_requests_under_way", route="add_part")
        self.assertEqual(
            self.value("partwise_http_requests_under_way", route="create_upload"), 0)
        connection.sendall(rest)
        self.assertRegex(connection.recv(65536).decode(), r"^HTTP/1.1 200 ")
        self.await_value(0, "partwise_http_requests_under_way", route="add_part")
        self.client.create_file(b"x", "vision")
        self.assertEqual(self.value("partwise_files"), 1)

    def test_after_a_restart_the_counters_begin_anew(self):
        self.client.cancel(self.client.create_upload(1))
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.value("partwise_uploads_total", state="created"), 0)


class Expiry(Operated):
    flags = ["--upload-ttl", "1"]

    def test_an_expired_upload_is_counted_and_its_bytes_are_held(self):
        upload = self.client.create_upload(1)
        try:
            self.client.add_part(upload, b"x")
            jobs = 1
        except Refused:  # A busy computer: it had expired before.
            jobs = 0
        self.await_value(1, "partwise_uploads_total", state="expired")
        self.assertEqual(self.value("partwise_reap_jobs"), jobs)
        self.assertIn(self.value("partwise_sweeper_expired_total", object="upload"), (0, 1))


class Logs(Operated):
    """Keys never appear in a log, and each request is one line."""

    secrets = ["pw-secret-of-a-header", "pw-secret-of-basic-auth", "pw-secret-of-azure",
               "pw-secret-of-a-query", API_KEY]

    def send_secrets(self):
        header, basic, azure, query, known = self.secrets
        encoded = base64.b64encode(f"user:{basic}".encode()).decode()
        for headers in ({"Authorization": f"Bearer {header}"}, {"Authorization": header},
                        {"Authorization": f"Basic {encoded}"}, {"api-key": azure},
                        {"Authorization": f"Bearer {known}"},
                        {"Authorization": f"Bearer {known}", "api-key": azure}):
            for path in ("/v1/uploads", "/v1/none", "/metrics", "/healthz"):
                self.ask(self.server.port, f"{path}?api_key={query}&key={known}", headers=headers)
                self.ask(self.server.metrics_port, f"{path}?api_key={query}", headers=headers)
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as malformed:
            malformed.sendall(f"GET /v1/files?key={query} HTTP/1.1\r\n"
                              f"Authorization : Bearer {header}\r\n\r\n".encode())
            self.assertRegex(malformed.recv(65536).decode(), "^HTTP/1.1 400 ")
        self.assertEqual(self.server.stop(), 0)
        for secret in self.secrets + [encoded]:
            self.assertNotIn(secret, self.server.log())

    def test_no_key_is_in_a_line_of_text_and_its_format_is_as_ever(self):
        self.send_secrets()
        lines = [line for line in self.server.log().splitlines() if " GET /v1/uploads 200 " in line]
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info    "
                                   r"req_[0-9a-f]{32} GET /v1/uploads 200 in=0 out=\d+ ms=\d+\.\d "
                                   r"peer=127\.0\.0\.1:\d+ project=default$")


class JsonLogs(Logs):
    flags = ["--log-format", "json", "--log-level", "debug"]

    def lines(self):
        """Of the log; what is not of it is what the program prints for people."""
        texts = self.server.log().splitlines()
        return [json.loads(text) for text in texts if not text.startswith("Partwise ")]

    def test_no_key_is_in_a_line_of_text_and_its_format_is_as_ever(self):
        """As JSON."""
        self.send_secrets()
        self.assertGreater(len(self.lines()), 40)

    def test_each_line_is_an_object_and_a_request_has_its_fields(self):
        self.client.create_upload(1)
        self.ask(self.server.port, "/a%22%5C\"\\b{}", headers=self.client.headers)
        self.assertEqual(self.server.stop(), 0)
        for line in self.lines():
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("debug", "info", "warning", "error"))
            self.assertTrue(line["message"])
        created = next(line for line in self.lines() if line.get("route") == "create_upload")
        self.assertTrue(re.fullmatch("req_[0-9a-f]{32}", created["request_id"]))
        self.assertTrue(re.fullmatch(r"127\.0\.0\.1:\d+", created["remote"]))
        self.assertGreater(created["duration_ms"], 0)
        self.assertGreater(created["bytes_in"], 10)
        self.assertGreater(created["bytes_out"], 10)
        known = {name: created[name] for name in ("message", "method", "path", "status", "project")}
        self.assertEqual(known, {"message": "request", "method": "POST", "path": "/v1/uploads",
                                 "status": 200, "project": "default"})


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
