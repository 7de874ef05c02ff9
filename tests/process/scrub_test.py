#!/usr/bin/env python3
"""Bit rot: one byte changes on the disk, and `fsck` and the running server say which of which file.

Usage: scrub_test.py BINARY
"""

import http.client
import json
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
import prometheus_text  # noqa: E402
from partwise_client import API_KEY, Client, content_of  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

BINARY = None
PATIENCE_SECONDS = 20  # For what happens soon: a busy computer gets this long.
MIB = 1024 * 1024
# Of the file: more than one read of the scrubber, less than one, and nothing.
PIECES = [content_of(1, MIB + 3), content_of(2, 2 * MIB), b"", content_of(3, 70_000)]


class Rot(unittest.TestCase):
    """A file of four parts, a file that was posted whole, and a pending upload of two parts."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="partwise-scrub-")
        self.addCleanup(folder.cleanup)
        self.server = PartwiseServer(BINARY, Path(folder.name) / "data")
        self.addCleanup(self.server.kill)
        self.server.start()
        client = Client(self.server.port)
        upload = client.create_upload(sum(len(piece) for piece in PIECES))
        parts = [client.add_part(upload, piece) for piece in PIECES]
        self.file = client.complete(upload, parts)["file"]["id"]
        self.whole = client.create_file(b"posted whole", "vision")
        self.pending = client.create_upload(100)
        self.parts = [client.add_part(self.pending, b"first"),
                      client.add_part(self.pending, b"second")]
        client.close()
        self.assertEqual(self.server.stop(), 0)

    def blob_of(self, content):
        """The file on the disk that has exactly this content."""
        found = [path for path in self.server.data_dir.glob("blobs/*/*")
                 if path.read_bytes() == content]
        self.assertEqual(len(found), 1)
        return found[0]

    def flip_byte(self, content, position):
        path = self.blob_of(content)
        with open(path, "r+b") as blob:
            blob.seek(position)
            blob.write(bytes([content[position] ^ 1]))
        return path.name

    def fsck(self, *flags):
        return subprocess.run([BINARY, "fsck", "--data-dir", self.server.data_dir, *flags],
                              capture_output=True, text=True, check=False, timeout=60)

    def serve(self, *flags):
        self.server.flags = ["--metrics-listen", "127.0.0.1:0", *flags]
        self.server.start()

    def value(self, name, **labels):
        with urllib.request.urlopen(self.server.metrics_url) as answer:
            families = prometheus_text.parse(answer.read().decode())
        return prometheus_text.value(families, name, **labels)

    def await_pass(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.value("partwise_scrub_last_pass_timestamp_seconds") == 0:
            self.assertLess(time.monotonic(), deadline, "the pass does not end")
            time.sleep(0.02)

    def findings(self):
        return {kind: self.value("partwise_scrub_findings_total", kind=kind)
                for kind in ("damaged", "missing", "unreadable")}


class AtRest(Rot):
    def test_nothing_is_found_where_nothing_rotted(self):
        run = self.fsck("--scrub-rate", "1GiB")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn(": 7 blobs (", run.stdout)

    def test_a_flipped_byte_is_found_with_its_file_its_part_and_its_range(self):
        key = self.flip_byte(PIECES[1], 1_500_000)
        first = len(PIECES[0])
        run = self.fsck()
        self.assertEqual(run.returncode, 1)
        self.assertRegex(
            run.stdout.splitlines()[0],
            f"^damaged_blob {key}: The blob of file {self.file} \\(part 2 of 4, bytes {first}-"
            f"{first + len(PIECES[1]) - 1}\\) has the CRC64 [0-9a-f]{{16}} and should have "
            "[0-9a-f]{16}\\.$")
        report = json.loads(self.fsck("--json", "--scrub-rate", "1GiB").stdout)
        self.assertEqual(report["findings_total"], 1)
        finding = report["findings"][0]
        self.assertTrue(finding.pop("sentence"))
        self.assertEqual(finding, {
            "kind": "damaged_blob", "subject": key, "repaired": False, "file_id": self.file,
            "part_number": 2, "part_count": 4, "offset": first, "bytes": len(PIECES[1])})

    def test_a_part_of_a_pending_upload_is_found_by_its_ids_and_its_number(self):
        key = self.flip_byte(b"second", 0)
        report = json.loads(self.fsck("--json").stdout)
        self.assertEqual(report["findings_total"], 1)
        finding = report["findings"][0]
        self.assertIn(f"part {self.parts[1]} (number 2 of upload {self.pending})",
                      finding.pop("sentence"))
        self.assertEqual(finding, {
            "kind": "damaged_blob", "subject": key, "repaired": False, "part_id": self.parts[1],
            "upload_id": self.pending, "part_number": 2, "bytes": 6})

    def test_a_rate_that_is_none_is_one_line_and_exit_code_2(self):
        run = self.fsck("--scrub-rate", "fast")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertEqual(run.stderr, "partwise fsck: --scrub-rate: 'fast' is not a size, as 64MiB "
                                     "or 67108864.\n")


class Serving(Rot):
    def test_nothing_is_read_unless_it_is_asked_for(self):
        self.flip_byte(PIECES[0], 0)
        self.serve()
        self.assertEqual(self.server.stop(), 0)
        self.assertNotIn("scrub: ", self.server.log())
        self.assertFalse((self.server.data_dir / "scrub").exists())

    def test_a_flipped_byte_is_in_the_log_and_in_the_metrics_and_all_else_is_clean(self):
        key = self.flip_byte(PIECES[3], 69_999)
        first = sum(len(piece) for piece in PIECES[:3])
        self.serve("--scrub-rate", "1GiB")
        self.await_pass()
        self.assertEqual(self.findings(), {"damaged": 1, "missing": 0, "unreadable": 0})
        self.assertEqual(self.value("partwise_scrub_damaged_blobs"), 1)
        self.assertEqual(self.value("partwise_scrub_read_blobs_total"), 7)
        self.assertEqual(self.value("partwise_scrub_read_bytes_total"),
                         sum(len(piece) for piece in PIECES) + len(b"posted wholefirstsecond"))
        # No second copy exists: a download has what the disk has.
        client = Client(self.server.port)
        content = client.content(self.file)
        client.close()
        self.assertEqual(content[:-1], b"".join(PIECES)[:-1])
        self.assertNotEqual(content[-1], PIECES[3][-1])
        self.assertEqual(self.server.stop(), 0)
        lines = re.findall(r"^.* error .*scrub: .*$", self.server.log(), re.MULTILINE)
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(
            lines[0],
            f"scrub: damaged_blob {key}: The blob of file {self.file} \\(part 4 of 4, bytes "
            f"{first}-{first + 69_999}\\) has the CRC64 [0-9a-f]{{16}} and should have "
            "[0-9a-f]{16}\\.$")
        self.assertEqual(self.fsck().returncode, 1)
        # The next run knows it without reading anything.
        self.serve("--scrub-rate", "1GiB")
        self.await_pass()
        self.assertEqual(self.value("partwise_scrub_damaged_blobs"), 1)
        self.assertEqual(self.value("partwise_scrub_read_blobs_total"), 0)

    def test_a_download_ends_short_where_a_blob_does(self):
        path = self.blob_of(PIECES[3])
        path.write_bytes(PIECES[3][:-1])
        self.serve()
        ask = urllib.request.Request(f"{self.server.origin}/v1/files/{self.file}/content",
                                     headers={"Authorization": f"Bearer {API_KEY}"})
        with urllib.request.urlopen(ask, timeout=PATIENCE_SECONDS) as answer:
            with self.assertRaises(http.client.IncompleteRead) as cut:
                answer.read()
        whole = b"".join(PIECES)
        self.assertTrue(whole[:-1].startswith(cut.exception.partial))
        self.assertGreaterEqual(len(cut.exception.partial), len(whole) - len(PIECES[3]))
        self.assertEqual(self.server.stop(), 0)

    def test_a_blob_that_is_gone_is_missing(self):
        self.blob_of(b"first").unlink()
        self.serve("--scrub-rate", "1GiB")
        self.await_pass()
        self.assertEqual(self.findings(), {"damaged": 0, "missing": 1, "unreadable": 0})
        self.assertEqual(self.server.stop(), 0)
        self.assertIn(f"part {self.parts[0]} (number 1 of upload {self.pending}) is missing.",
                      self.server.log())

    def test_it_ends_with_the_server_in_the_middle_of_a_rest_and_goes_on_at_the_next_start(self):
        self.serve("--scrub-rate", "1B")  # A rest of 18 hours after the first read.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.value("partwise_scrub_read_bytes_total") == 0:
            self.assertLess(time.monotonic(), deadline, "it reads nothing")
            time.sleep(0.02)
        self.assertEqual(self.server.stop(), 0)
        self.assertIn("pass running\n", (self.server.data_dir / "scrub").read_text())
        self.serve("--scrub-rate", "1GiB")
        self.await_pass()
        self.assertEqual(self.value("partwise_scrub_read_blobs_total"), 7)
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.server.log().count("scrub: a pass begins"), 1)


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
