#!/usr/bin/env python3
"""docs/operations.md says what the program does: every setting, every metric, and no other.

Usage: guide_test.py BINARY            checks
       guide_test.py BINARY --print    prints the tables of settings as they should stand there
"""

import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
import prometheus_text  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "operations.md"
BINARY = None


def help_text():
    return subprocess.run([BINARY, "serve", "--help"], capture_output=True, text=True,
                          check=True, timeout=60).stdout


def settings_of_help(text):
    """[(group, [(flag and value, default, meaning)])] in the order of the help."""
    groups, entry = [], None
    for line in text.splitlines():
        option = re.match(r"  (--\S+ \S+)(?:\s\s+(.*))?$", line)
        if re.fullmatch(r"[A-Z][\w ]*:", line):
            entry = None
            groups.append((line[:-1], []))
        elif option and groups:
            entry = [option[1], option[2] or ""]
            groups[-1][1].append(entry)
        elif entry and re.match(r" {10,}\S", line):
            entry[1] = f"{entry[1]} {line.strip()}".strip()
        elif not line.startswith(" "):
            entry = None
    rows = []
    for group, entries in groups:
        found = []
        for flag, meaning in entries:
            parts = re.fullmatch(r"(.*?)(?: Default: (.*)\.)?", meaning)
            found.append((flag, parts[2] or "none", parts[1]))
        if found:
            rows.append((group, found))
    return rows


def tables(groups):
    lines = []
    for group, rows in groups:
        lines += [f"### {group}", "", "| flag | default | meaning |", "|---|---|---|"]
        for flag, default, meaning in rows:
            shown = flag.replace("|", "\\|")
            lines.append(f"| `{shown}` | {default} | {meaning} |")
        lines.append("")
    return "\n".join(lines)


def metrics_of_guide(text):
    """{name: (type, labels)} of the table of metrics."""
    rows = re.findall(r"^\| `(partwise_\w+)` \| (\w+) \|([^|]*)\| [^|]+ \|$", text, re.MULTILINE)
    return {name: (kind, sorted(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


class Guide(unittest.TestCase):
    def test_it_has_every_setting_with_its_default_and_its_meaning(self):
        expected = settings_of_help(help_text())
        self.assertGreater(sum(len(rows) for _, rows in expected), 15)
        guide = GUIDE.read_text()
        for group in expected:
            self.assertTrue(tables([group]) in guide,
                            f"{group[0]}: print the tables anew with --print")
        flags = re.findall(r"^\| `(--[a-z0-9-]+)", guide, re.MULTILINE)
        self.assertEqual(sorted(flags),
                         sorted(flag.split()[0] for _, rows in expected for flag, _, _ in rows))

    def test_it_explains_every_metric_and_no_other(self):
        with tempfile.TemporaryDirectory(prefix="partwise-guide-") as folder:
            with PartwiseServer(BINARY, Path(folder) / "data",
                                "--metrics-listen", "127.0.0.1:0") as server:
                for _ in range(2):  # The first one is what the second one counts.
                    with urllib.request.urlopen(server.metrics_url) as answer:
                        families = prometheus_text.parse(answer.read().decode())
        served = {name: (family.type, family.label_names()) for name, family in families.items()}
        self.assertEqual(metrics_of_guide(GUIDE.read_text()), served)


if __name__ == "__main__":
    BINARY = str(Path(sys.argv.pop(1)).resolve())
    if sys.argv[1:] == ["--print"]:
        print(tables(settings_of_help(help_text())))
    else:
        unittest.main()
