#!/usr/bin/env python3
"""Renders docs/compatibility.md from what the compat tier left in build/compat/results.

Usage: compat_matrix.py --write | --check

--check fails where the committed page says something else than what ran; a column that was skipped
here is not judged, and the date is not compared.
"""

import datetime
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/compatibility.md"
RESULTS = ROOT / "build/compat/results"
LIST = ROOT / "tests/compat/scenarios.json"

COLUMNS = {"python": "Python", "python-async": "Python, async", "node": "Node", "go": "Go",
           "java": "Java"}
DIALECTS = {"dialects": "replayed"}
PASSED, FAILED, ABSENT, UNKNOWN = "yes", "**no**", "–", "?"

HEAD = """# Compatibility

What the official SDKs do against the real server, unmodified, with nothing but `base_url` and a
key. `make compat` runs it; each cell is a test, and what was said on the wire is held against
[our description](openapi.yaml). This page is written by `make compat-matrix` from what ran; a run
that finds something else fails.

- **yes**: passed. **–**: this SDK has no such verb. **?**: the toolchain was not there.
- `Idempotency-Key` and `Range` are extensions, and are sent as extra headers.
- Each language is one program in [tests/compat](../tests/compat), and all read the same list of
  scenarios.
"""

DIALECT_HEAD = """## Recorded dialects

SDKs whose toolchain is not asked for: their requests are replayed byte by byte, chunk by chunk.
"""


def results_of(column):
    path = RESULTS / f"{column}.json"
    return json.loads(path.read_text()) if path.exists() else None


def cell(results, row):
    if results is None:
        return UNKNOWN
    if row in results["absent"]:
        return ABSENT
    return PASSED if row in results["passed"] else FAILED


def table(rows, columns, found):
    """The lines of one table; the second has the versions."""
    names = "".join(f" {name} |" for name in columns.values())
    versions = "".join(f" {found[column]['sdk'] if found[column] else UNKNOWN} |"
                       for column in columns)
    lines = [f"| scenario |{names}", "|---|" + "---|" * len(columns), f"| *version* |{versions}"]
    for row in rows:
        cells = "".join(f" {cell(found[column], row['id'])} |" for column in columns)
        lines.append(f"| {row['title']} |{cells}")
    return "\n".join(lines) + "\n"


def render(date):
    rows = json.loads(LIST.read_text())
    found = {column: results_of(column) for column in [*COLUMNS, *DIALECTS]}
    return "\n".join([HEAD, table(rows["scenarios"], COLUMNS, found), DIALECT_HEAD,
                      table(rows["dialects"], DIALECTS, found), f"Last run: {date}.\n"])


def differences(committed, ran):
    """Lines of the committed page that what ran contradicts. A '?' of this run says nothing."""
    committed_lines, ran_lines = committed.split("\n"), ran.split("\n")
    if len(committed_lines) != len(ran_lines):
        return ["the page has other rows than the list of scenarios"]
    found = []
    for was, now in zip(committed_lines, ran_lines):
        was_cells, now_cells = was.split(" | "), now.split(" | ")
        if was.startswith("Last run: ") and now.startswith("Last run: "):
            continue
        same = len(was_cells) == len(now_cells) and all(
            one == other or other.strip(" |") == UNKNOWN
            for one, other in zip(was_cells, now_cells))
        if not same:
            found.append(f"committed: {was}\n      ran: {now}")
    return found


def main():
    ran = render(datetime.date.today().isoformat())
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(ran)
        return 0
    if sys.argv[1:] != ["--check"]:
        print(__doc__)
        return 2
    found = differences(PAGE.read_text(), ran)
    for one in found:
        print(f"docs/compatibility.md is not what ran; make compat-matrix writes it:\n{one}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
