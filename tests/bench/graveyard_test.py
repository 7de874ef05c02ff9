"""Removed files keep their inodes, and give up their space."""

import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "harness")]

from graveyard import Graveyard  # noqa: E402


class Shelf:
    """Stands for a contestant: its clear removes what is called part, and nothing else."""

    def __init__(self, folder):
        self.folder = folder

    def content_folder(self):
        return self.folder

    def clear(self):
        for path in self.folder.glob("part*"):
            path.unlink()


class GraveyardTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name) / "content"
        self.folder.mkdir()
        self.graveyard = Graveyard(Path(scratch.name) / "graveyard")

    def buried(self):
        return sorted(self.graveyard.folder.iterdir())

    def test_a_removed_file_keeps_its_inode_and_no_byte(self):
        part = self.folder / "part-1"
        part.write_bytes(b"content")
        inode = part.stat().st_ino
        self.graveyard.bury(Shelf(self.folder))
        self.assertFalse(part.exists())
        self.assertEqual([(one.stat().st_ino, one.stat().st_size) for one in self.buried()],
                         [(inode, 0)])

    def test_a_file_that_stays_is_left_alone(self):
        kept = self.folder / "state"
        kept.write_bytes(b"content")
        self.graveyard.bury(Shelf(self.folder))
        self.assertEqual((kept.read_bytes(), kept.stat().st_nlink), (b"content", 1))
        self.assertEqual(self.buried(), [])

    def test_names_are_not_used_twice(self):
        for turn in range(3):
            (self.folder / f"part-{turn}").write_bytes(b"x")
            self.graveyard.bury(Shelf(self.folder))
        self.assertEqual(len(self.buried()), 3)


if __name__ == "__main__":
    unittest.main()
