#!/usr/bin/env python3
"""TLS as scripts and clients see it: files, exit codes, a whole upload, a reload by SIGHUP.

Usage: tls_test.py BINARY
"""

import http.client
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from partwise_client import Client, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

BINARY = None
RELOADED_SECONDS = 10  # At once; a busy computer gets more before the test gives up.


def make_certificate(folder, name):
    """A key and a certificate that signs itself, for 127.0.0.1."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "1", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
        check=True, capture_output=True)
    return folder / f"{name}.pem", folder / f"{name}.key"


class Tls(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-tls-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.first = make_certificate(self.folder, "first")
        self.second = make_certificate(self.folder, "second")
        self.certificate, self.key = self.folder / "used.pem", self.folder / "used.key"
        self.use(*self.first)
        self.server = PartwiseServer(BINARY, self.folder / "data", "--tls-certificate",
                                     str(self.certificate), "--tls-key", str(self.key))
        self.server.trusted = self.trusting(self.first[0], self.second[0])
        self.addCleanup(self.server.kill)

    def use(self, certificate, key):
        self.certificate.write_bytes(certificate.read_bytes())
        self.key.write_bytes(key.read_bytes())

    @staticmethod
    def trusting(*certificates):
        context = ssl.create_default_context()
        for certificate in certificates:
            context.load_verify_locations(certificate)
        return context

    def client(self, *certificates):
        client = Client(self.server.port)
        client.connection = http.client.HTTPSConnection(
            "127.0.0.1", self.server.port, timeout=60, context=self.trusting(*certificates))
        self.addCleanup(client.close)
        return client

    def await_log(self, text):
        deadline = time.monotonic() + RELOADED_SECONDS
        while text not in self.server.log():
            self.assertLess(time.monotonic(), deadline, f"never in the log: {text}")
            time.sleep(0.02)

    def refused_start(self, *flags):
        run = subprocess.run(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir",
             self.folder / "other", *flags],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(run.returncode, 2, run)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertFalse((self.folder / "other").exists(), "nothing was made")
        return run.stderr

    def test_wrong_files_are_one_line_and_exit_code_2(self):
        certificate, key = (str(path) for path in self.first)
        together = "partwise: --tls-certificate and --tls-key belong together: "
        self.assertIn(together, self.refused_start("--tls-certificate", certificate))
        self.assertIn(together, self.refused_start("--tls-key", key))
        self.assertIn("partwise: --tls-certificate: could not open /nowhere",
                      self.refused_start("--tls-certificate", "/nowhere", "--tls-key", key))
        self.assertIn("does not belong to the certificate",
                      self.refused_start("--tls-certificate", certificate, "--tls-key",
                                         str(self.second[1])))

    def test_an_upload_over_tls_comes_back_byte_by_byte(self):
        self.server.start(api_key=None)
        log = self.server.log()
        self.assertIn(f" is listening on https://127.0.0.1:{self.server.port} ", log)
        self.assertIn(f"curl https://127.0.0.1:{self.server.port}/v1/uploads", log)
        self.assertNotIn("http://", log)
        client = self.client(self.first[0])
        client.headers = {
            "Authorization": f"Bearer {(self.server.data_dir / 'api-key').read_text().strip()}"}
        parts = [content_of(seed, 5_000_000) for seed in (1, 2)]
        upload = client.create_upload(10_000_000)
        ids = [client.add_part(upload, part) for part in parts]
        file = client.complete(upload, ids)["file"]["id"]
        self.assertEqual(client.content(file), b"".join(parts))

    def test_beyond_loopback_tls_needs_no_warning(self):
        for flags, warnings in ((self.server.flags, 0), ([], 1)):
            run = subprocess.Popen(
                [BINARY, "serve", "--listen", "0.0.0.0:0", "--data-dir",
                 self.folder / "other", *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, env={**os.environ, "PARTWISE_API_KEY": "pw-x"})
            self.addCleanup(run.kill)
            self.assertIn("is listening", run.stdout.readline())
            run.terminate()
            self.assertEqual(run.communicate(timeout=30)[1].count("without TLS"), warnings)

    def test_a_body_that_is_cut_off_stores_nothing(self):
        self.server.start()
        client = self.client(self.first[0])
        upload = client.create_upload(1000)
        client.connection.putrequest("POST", f"/v1/uploads/{upload}/parts")
        client.connection.putheader("Authorization", client.headers["Authorization"])
        client.connection.putheader("Content-Type", "multipart/form-data; boundary=B")
        client.connection.putheader("Content-Length", "1090")
        client.connection.endheaders(
            b'--B\r\nContent-Disposition: form-data; name="data"\r\n\r\n' + bytes(500))
        socket_number = client.connection.sock.detach()  # Closed below TLS: without close_notify.
        os.close(socket_number)
        other = self.client(self.first[0])
        self.await_log(f"POST /v1/uploads/{upload}/parts 4")
        self.assertEqual(other.list_parts(upload), [])
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.server.fsck()[0], 0)

    def test_sighup_gives_new_connections_the_new_certificate_and_old_ones_go_on(self):
        self.server.start()
        old = self.client(self.first[0])
        upload = old.create_upload(1)
        self.use(*self.second)
        self.server.process.send_signal(signal.SIGHUP)
        self.await_log("the TLS certificate was reloaded")
        self.client(self.second[0]).get_upload(upload)
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.client(self.first[0]).connection.connect()
        self.assertIsNotNone(old.connection.sock, "still the connection of the start")
        old.get_upload(upload)

    def test_a_reload_that_fails_keeps_the_certificate_and_is_one_error(self):
        self.server.start()
        self.key.write_bytes(self.second[1].read_bytes())
        self.server.process.send_signal(signal.SIGHUP)
        self.await_log("the TLS certificate was not reloaded")
        self.client(self.first[0]).create_upload(1)
        errors = [line for line in self.server.log().splitlines() if " error " in line]
        self.assertEqual(len(errors), 1, errors)

    def test_plain_http_is_told_to_use_https(self):
        self.server.start()
        plain = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        self.addCleanup(plain.close)
        plain.request("GET", "/healthz")
        answer = plain.getresponse()
        self.assertEqual(answer.status, 400)
        self.assertIn(b"https://", answer.read())


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
