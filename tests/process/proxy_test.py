#!/usr/bin/env python3
"""The lines that README.md gives for nginx do what they are for: a cancel reaches the client.

Usage: proxy_test.py BINARY. Needs nginx on this computer; without it, it is skipped and says so.
"""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
import prometheus_text  # noqa: E402
from partwise_client import API_KEY, BOUNDARY, Client  # noqa: E402
from partwise_server import PartwiseServer, die_with_parent, free_port  # noqa: E402

BINARY = None
README = Path(__file__).resolve().parent.parent.parent / "README.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PATIENCE_SECONDS = 10


def advised_lines():
    return re.search(r"```nginx\n(.*?)```", README.read_text(), re.DOTALL)[1]


@unittest.skipUnless(NGINX, "nginx is not installed")
class BehindNginx(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-proxy-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.server = PartwiseServer(BINARY, self.folder / "data", "--metrics-listen",
                                     "127.0.0.1:0")
        self.addCleanup(self.server.kill)
        self.server.start()
        self.port = free_port()
        self.start_nginx()

    def start_nginx(self):
        config = self.folder / "nginx.conf"
        config.write_text(f"""
daemon off; master_process off; pid nginx.pid; error_log error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{self.port};
    location / {{ proxy_pass http://127.0.0.1:{self.server.port}; {advised_lines()} }}
  }}
}}
""")
        nginx = subprocess.Popen([NGINX, "-p", str(self.folder), "-c", str(config), "-e",
                                  str(self.folder / "error.log")],
                                 stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
        self.addCleanup(nginx.wait)
        self.addCleanup(nginx.kill)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                self.assertLess(time.monotonic(), deadline, "nginx does not listen")
                time.sleep(0.02)

    def await_stream(self, framing):
        """Until the server has the head of the part: a proxy that collects keeps it back."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with urllib.request.urlopen(self.server.metrics_url) as answer:
                families = prometheus_text.parse(answer.read().decode())
            if prometheus_text.value(families, "partwise_upload_streams") == 1:
                return
            self.assertLess(time.monotonic(), deadline, f"nginx keeps the part back: {framing}")
            time.sleep(0.02)

    def test_a_cancel_reaches_a_client_that_sends_in_chunks_or_with_a_length(self):
        client = Client(self.server.port)
        self.addCleanup(client.close)
        for framing in ("Content-Length: 50000000", "Transfer-Encoding: chunked"):
            upload = client.create_upload(60_000_000)
            head = (f"POST /v1/uploads/{upload}/parts HTTP/1.1\r\nHost: x\r\n"
                    f"Authorization: Bearer {API_KEY}\r\n"
                    f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n{framing}\r\n\r\n")
            field = (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n"
                     ).encode() + bytes(100_000)
            if "chunked" in framing:
                field = f"{len(field):x}\r\n".encode() + field + b"\r\n"
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS) as part:
                part.sendall(head.encode() + field)
                self.await_stream(framing)
                client.cancel(upload)
                self.assertRegex(part.recv(65536).decode(), r"^HTTP/1\.1 400 ", framing)


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
