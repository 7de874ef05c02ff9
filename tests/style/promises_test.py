#!/usr/bin/env python3
"""Every test that docs/durability.md names as a proof exists, and every promise names one."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/durability.md"
PROOF = re.compile(r"`([\w/]+\.(?:cpp|py))`: `(\w+)`")


def rows(page):
    """The promises under the heading of the proofs, each with its second column."""
    table = page.partition("## Promises and their tests")[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [(cell[0], cell[-1]) for cell in cells[1:]]


def is_defined(text, name):
    return re.search(rf"^TEST(?:_F|_P)?\(\w+,\s*{name}\)|^\s*def {name}\(", text, re.M) is not None


def faults(page, root):
    found = []
    for promise, proofs in rows(page):
        named = PROOF.findall(proofs)
        if not named:
            found.append(f"no test proves: {promise}")
        for path, name in named:
            file = root / path
            if not file.is_file() or not is_defined(file.read_text(), name):
                found.append(f"{path} has no test {name}")
    return found


class Promises(unittest.TestCase):
    def test_each_is_proved_by_a_test_that_exists(self):
        page = PAGE.read_text()
        self.assertGreater(len(rows(page)), 9)
        self.assertEqual(faults(page, ROOT), [])

    def test_a_missing_test_file_or_proof_is_found(self):
        head = "## Promises and their tests\n\n| promise | test |\n|---|---|\n"
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            (root / "a_test.cpp").write_text("TEST_F(A, Holds) {}\n// TEST_F(A, Was) {}\n")
            for proof, count in (("`a_test.cpp`: `Holds`", 0), ("`a_test.cpp`: `Was`", 1),
                                 ("`a_test.cpp`: `Hold`", 1), ("`b_test.cpp`: `Holds`", 1),
                                 ("none", 1)):
                page = f"{head}| It holds. | {proof} |\n"
                self.assertEqual(len(faults(page, root)), count, proof)


if __name__ == "__main__":
    sys.exit(unittest.main())
