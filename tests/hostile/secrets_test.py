#!/usr/bin/env python3
"""Keys that people put in every wrong place, and file names that are weapons.

Usage: secrets_test.py BINARY
"""

import base64
import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from raw_http import API_KEY, AUTHORIZATION, FORM_TYPE, Attack, form, get, post  # noqa: E402
from partwise_client import Client  # noqa: E402

# What no terminal may get raw: C0 but for line ends, DEL, C1, what turns the direction of text.
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

NAMES = [
    "../../../etc/passwd", "/etc/passwd", "..\\..\\x", "a\r\nX-Evil: 1\r\n\r\nb", "\x9b31m", ".",
    "..", "\x1b[2J\x1b]0;x\x07",
    "\u202egnp.exe", "\u2066x\u2069", "\"; filename=\"evil", "a\"b\\c%22",
    "\U0001f600.txt", "%2e%2e%2f", "a;b=c", "'; DROP TABLE files; --", "con", "x" * 300, "a\tb\x7f",
]


def partwise(*arguments, **environment):
    return subprocess.run([Attack.binary, *arguments], capture_output=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL, env=environment)


class Secrets(Attack):
    flags = ["--log-level", "debug"]

    def make_key(self, *flags):
        run = partwise("keys", "create", "--data-dir", str(self.server.data_dir), *flags)
        self.assertEqual(run.returncode, 0, run)
        return run.stdout.strip()

    def places(self, key):
        """Requests that hold `key` where people put it, right and wrong."""
        basic = base64.b64encode(b"user:" + key)
        head = b"GET /v1/files HTTP/1.1\r\nHost: x\r\n"
        bearer = b"Authorization: Bearer " + key + b"\r\n"
        body = b'{"filename":"%s","purpose":"%s","bytes":"%s","mime_type":"x"}' % (key, key, key)
        yield head + bearer + b"\r\n"
        yield head + b"api-key: " + key + b"\r\n\r\n"
        yield head + b"Authorization: Basic " + basic + b"\r\n\r\n"
        for value in (key, b"Token " + key, b"Bearer\t" + key, b"Bearer " + key + b"x",
                      b"Bearer  " + key + b" " + key, b"Basic " + key):
            yield head + b"Authorization: " + value + b"\r\n\r\n"
        yield head + bearer + b"api-key: other\r\n\r\n"
        yield head + b"Authorization : Bearer " + key + b"\r\n\r\n"
        yield head + b"Authorization: Bearer " + key + b"\n\r\n"
        yield head + b"Authorization:\r\n Bearer " + key + b"\r\n\r\n"
        yield head + b"Bearer " + key + b"\r\n\r\n"
        yield head + b"Authorization: Bearer " + key + b"\x00\r\n\r\n"
        for target in (b"/v1/files?api_key=" + key, b"/v1/files?limit=" + key,
                       b"/v1/files?order=" + key, b"/v1/files?purpose=" + key,
                       b"/v1/files?after=" + key, b"http://user:" + key + b"@x/v1/files",
                       b"http://" + key + b"@x/v1/none", b"/v1/files/" + key, b"/v1/keys/" + key,
                       b"/v1/uploads/" + key + b"/parts", b"/" + key, b"/v1/" + key,
                       b"/" + b"a" * 230 + b"/" + key, key, b"user:" + key + b"@x:80"):
            for method in (b"GET", b"DELETE", b"CONNECT"):
                yield get(target).replace(b"GET", method, 1)
        yield get(b"/v1/files").replace(b"GET", key, 1)
        yield get(b"/v1/files", b"HTTP/1.1" + key)
        yield head.replace(b"Host: x", b"Host: user:" + key + b"@x") + AUTHORIZATION + b"\r\n"
        for field in (b"Content-Length", b"Transfer-Encoding", b"Expect", b"Range", b"Connection",
                      b"Origin", b"Idempotency-Key", b"X-Request-Id", b"User-Agent", b"Cookie"):
            yield get(b"/v1/files", more=field + b": " + key + b"\r\n")
        for wrong in (body, key, b'{"%s":1}' % key, b'{"part_ids":["%s"],"md5":"%s"}' % (key, key)):
            yield post(b"/v1/uploads", wrong)
            yield post(b"/v1/uploads/x/complete", wrong)
        yield post(b"/v1/files", form(key), FORM_TYPE)
        yield post(b"/v1/files", form(b"x").replace(b"\"data\"", b"\"" + key + b"\""), FORM_TYPE)
        yield post(b"/v1/files", form(b"x"), b"Content-Type: multipart/form-data; boundary=\""
                   + key + b"\r\n")

    def test_no_key_reaches_the_log_or_an_answer_that_refuses(self):
        for log_format in ("text", "json"):
            self.server.stop()
            self.server.flags = [*self.flags, "--log-format", log_format]
            self.server.start()
            key = self.make_key("--role", "admin")
            revoked = self.make_key()
            run = partwise("keys", "list", "--data-dir", str(self.server.data_dir))
            ident = run.stdout.decode().splitlines()[-1].split()[0]
            partwise("keys", "revoke", ident, "--data-dir", str(self.server.data_dir))
            probe = Client(self.server.port, key.decode())
            self.await_true(lambda: self.is_known(probe), "the key does not become known")
            probe.close()
            sent = 0
            for secret in (key, revoked, b"pw-" + b"A1b2C3d4" * 6):
                for wire in self.places(secret):
                    for answer in self.ask(wire):
                        if answer.status >= 400:
                            self.assertNotIn(secret, answer.head + answer.body, wire)
                    sent += 1
            self.assertGreater(sent, 200)
            self.server.stop()
            log = self.server.log_path.read_bytes()
            for secret in (key, revoked, b"A1b2C3d4" * 2, API_KEY.encode()):
                self.assertNotIn(secret, log)
                self.assertNotIn(secret[3:35], log, "the most of a key is a key")
                self.assertNotIn(base64.b64encode(b"user:" + secret), log)
            self.assertIn(b"/v1/files", log)
            self.server.start()
        self.descriptors = 1 << 20  # Another process than the one that was counted.

    def is_known(self, client):
        try:
            client.call("GET", "/files")
            return True
        except Exception:  # Refused until the server has looked.
            return False

    def test_a_command_line_with_a_key_is_not_repeated(self):
        secret = "pw-" + "A1b2C3d4" * 6
        for word in (secret, "any-text-may-be-a-static-key"):
            for arguments in (["serve", "--api-key", word], ["serve", f"--api-key={word}"],
                              ["serve", word], ["keys", "list", "--key", word], ["fsck", word],
                              ["keys", "create", "--key=" + word]):
                run = partwise(*arguments)
                self.assertEqual(run.returncode, 2)
                self.assertNotIn(word.encode(), run.stdout + run.stderr, arguments)
                if "=" in arguments[-1] or arguments[-2].startswith("--"):
                    self.assertRegex(run.stderr, rb"flags were not expected: --(api-)?key\. ")
        run = partwise("keys", "revoke", secret, "--data-dir", str(self.server.data_dir))
        self.assertNotIn(secret.encode(), run.stdout + run.stderr)

    def test_a_settings_file_with_a_wrong_key_is_not_repeated(self):
        file = self.server.data_dir.with_name("settings.toml")
        key = "pw-A1b2C3d4"
        for text in (f"api_key = {key}", f"api_key = \"{key}", f"api_key = \"{key} x\"",
                     f"api_key = [\"{key}\"]", f"api_key = '{key}é'", f"api_key == {key}",
                     f"api_key = \"{key}\\q\""):
            file.write_text(text)
            run = partwise("serve", "--config", str(file))
            self.assertEqual(run.returncode, 2, run)
            self.assertNotIn(b"A1b2C3d4", run.stdout + run.stderr, text)


class Names(Attack):
    def make_file(self, client, name):
        upload = client.call("POST", "/uploads", {"bytes": 1, "filename": name, "mime_type": "",
                                                  "purpose": "user_data"})["id"]
        return client.complete(upload, [client.add_part(upload, b"x")])["file"]

    def test_a_name_is_data_wherever_it_goes(self):
        client = Client(self.server.port)
        before = {path.name for path in self.server.data_dir.parent.rglob("*")}
        for name in NAMES:
            file = self.make_file(client, name)
            self.assertEqual(file["filename"], name)
            wire = self.send_all(self.connect(), get(b"/v1/files/" + file["id"].encode()))
            head, _, body = wire.partition(b"\r\n\r\n")
            self.assertEqual(json.loads(body)["filename"], name)
            self.assertIsNone(RAW.search(body.decode()), body)
            self.assert_one_plain_header(f"/v1/files/{file['id']}/content".encode(), name)
        client.close()
        made = {path.name for path in self.server.data_dir.parent.rglob("*")} - before
        for name in made:
            self.assertRegex(name, r"^[0-9a-f]{2}$|^[0-9a-f]{32}$", "made of what a client sent?")

    def assert_one_plain_header(self, target, name):
        wire = self.send_all(self.connect(), get(target))
        head, _, body = wire.partition(b"\r\n\r\n")
        self.assertEqual(body, b"x", name)
        values = re.findall(rb"(?im)^content-disposition: (.*)\r$", head + b"\r\n")
        self.assertEqual(len(values), 1, name)
        self.assertRegex(values[0], rb"^attachment; filename=\"[ -!#-~]*\"; filename\*=UTF-8''"
                                    rb"[A-Za-z0-9!#$&+.^_`|~%-]*$")
        self.assertNotRegex(values[0], rb"[/\\]|%2[Ff]|%5[Cc]")
        self.assertNotIn(b"X-Evil", head.replace(values[0], b""))

    def test_names_in_forms_are_data_too(self):
        client = Client(self.server.port)
        upload = client.create_upload(1)
        client.close()
        for name in NAMES:
            quoted = name.encode().replace(b"\\", b"\\\\").replace(b"\"", b"\\\"").replace(
                b"\r", b"%0D").replace(b"\n", b"%0A")
            body = form(b"x").replace(b"\"data\"", b"\"data\"; filename=\"" + quoted + b"\"")
            answers = self.ask(post(f"/v1/uploads/{upload}/parts".encode(), body, FORM_TYPE))
            self.assertIn(answers[0].status, (200, 400), name)

    def test_the_log_shows_no_raw_path(self):
        for text in (*NAMES, "\x85", "é\u2029"):
            path = re.sub(rb"[\x00-\x20\x7f#?]", b"_", text.encode())
            self.ask(get(b"/v1/files/" + path))
        self.server.stop()
        log = self.server.log_path.read_text()
        self.server.start()
        self.descriptors = 1 << 20  # Another process than the one that was counted.
        self.assertIn("\\u{202e}gnp.exe", log)
        for line in log.splitlines():
            self.assertIsNone(RAW.search(line), repr(line))

    def test_lists_and_checks_show_no_raw_name(self):
        data = str(self.server.data_dir)
        for name in ("\x9b31m", "\u202egnp", "\u2066x"):
            run = partwise("keys", "create", "--data-dir", data, "--name", name)
            self.assertEqual(run.returncode, 0, run)
        self.server.stop()
        for number, name in enumerate(NAMES):
            safe = name.replace("/", "_").replace("\0", "_")[:100]
            (self.server.data_dir / "blobs" / f"{number}{safe}").write_text("x")
        outputs = [partwise(*arguments, "--data-dir", data) for arguments in (
            ["keys", "list"], ["projects", "list"], ["fsck"], ["fsck", "--json"])]
        for number, name in enumerate(NAMES):
            safe = name.replace("/", "_").replace("\0", "_")[:100]
            (self.server.data_dir / "blobs" / f"{number}{safe}").unlink()
        self.server.start()
        self.descriptors = 1 << 20  # Another process than the one that was counted.
        self.assertIn("gnp", outputs[0].stdout.decode())
        self.assertIn("gnp.exe", outputs[2].stdout.decode())
        for run in outputs:
            self.assertIsNone(RAW.search(run.stdout.decode()), run.stdout)


if __name__ == "__main__":
    Attack.binary = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
