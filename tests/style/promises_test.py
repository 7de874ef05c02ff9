#!/usr/bin/env python3
"""Every sentence of docs/durability.md names a test that proves it, and that test exists."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/durability.md"
NOTE = re.compile(r"\[\^([\w-]+)\]")
PROOF = re.compile(r"`([\w/]+\.(?:cpp|py|txt))`: (`\w+`(?:, `\w+`)*)")
DEFINITION = r"^TEST(?:_F|_P)?\(\w+,\s*{0}\)|^\s*def {0}\(|^add_test\(NAME {0} "
# A sentence ends here, with the notes that belong to it.
END = re.compile(r"[.:](?:\*\*)?((?:\[\^[\w-]+\])*)(?:\s+|$)(?=[^a-z]|$)")


def paragraphs(page):
    """What is promised or explained: no headings, and of a table each row."""
    prose = page.partition("\n## The tests\n")[0]
    for block in re.split(r"\n\s*\n|\n(?=[-|])", prose):
        block = " ".join(block.split())
        if block.startswith("#") or re.fullmatch(r"[|\- ]*", block):
            continue
        yield block.removeprefix("- ")


def unproved(page):
    """The sentences outside of italics that name no test. Bold words are a name, no sentence."""
    for block in paragraphs(page):
        if block.startswith("|"):
            yield from [block] if " survives " not in block and not NOTE.search(block) else []
            continue
        promises = re.sub(r"(?<!\*)\*(?!\*)[^*]+\*(?!\*)", "", block)
        promises = re.sub(r"^\*\*[^*]+\.\*\*", "", promises).strip()
        begin = 0
        for end in END.finditer(promises):
            sentence, begin = promises[begin:end.end()], end.end()
            if not end[1]:
                yield sentence.strip()
        if promises[begin:].strip():
            yield promises[begin:].strip()


def notes(page):
    tests = page.partition("\n## The tests\n")[2]
    return dict(re.findall(r"^\[\^([\w-]+)\]: (.*)$", tests, re.MULTILINE))


def is_defined(text, name):
    return re.search(DEFINITION.format(name), text, re.MULTILINE) is not None


def faults(page, root):
    found = [f"no test proves: {sentence}" for sentence in unproved(page)]
    proofs = notes(page)
    named = set(NOTE.findall(page.partition("\n## The tests\n")[0]))
    found += [f"no note: {name}" for name in named - proofs.keys()]
    found += [f"nobody needs the note {name}" for name in proofs.keys() - named]
    for note, text in proofs.items():
        if not PROOF.search(text):
            found.append(f"the note {note} names no test")
        for path, names in PROOF.findall(text):
            file = root / path
            content = file.read_text() if file.is_file() else ""
            found += [f"{path} has no test {name}" for name in re.findall(r"\w+", names)
                      if not is_defined(content, name)]
    return found


class Promises(unittest.TestCase):
    def test_each_is_proved_by_a_test_that_exists(self):
        page = PAGE.read_text()
        self.assertGreater(len(notes(page)), 20)
        self.assertEqual(faults(page, ROOT), [])

    def test_a_missing_test_file_note_or_proof_is_found(self):
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            (root / "a_test.cpp").write_text("TEST_F(A, Holds) {}\n// TEST_F(A, Was) {}\n")
            for prose, note, count in (
                    ("It holds.[^a]", "`a_test.cpp`: `Holds`", 0),
                    ("**A case.** It holds.[^a] *And so on.* It\nholds `a.b`: yes.[^a]",
                     "`a_test.cpp`: `Holds`", 0),
                    ("- It holds.[^a] It promises.", "`a_test.cpp`: `Holds`", 1),
                    ("It promises. It holds.[^a]", "`a_test.cpp`: `Holds`", 1),
                    ("It holds.[^a]\n- It promises", "`a_test.cpp`: `Holds`", 1),
                    ("| it holds[^a] |\n| it promises |", "`a_test.cpp`: `Holds`", 1),
                    ("It holds.[^a]", "`a_test.cpp`: `Was`", 1),
                    ("It holds.[^a]", "`a_test.cpp`: `Holds`, `Hold`", 1),
                    ("It holds.[^a]", "`b_test.cpp`: `Holds`", 1),
                    ("It holds.[^a]", "none", 1),
                    ("It holds.[^a][^b]", "`a_test.cpp`: `Holds`", 1),
                    ("*It holds.*", "`a_test.cpp`: `Holds`", 1)):
                page = f"# Title\n\n{prose}\n\n## The tests\n\n[^a]: {note}\n"
                self.assertEqual(len(faults(page, root)), count, faults(page, root))


if __name__ == "__main__":
    sys.exit(unittest.main())
