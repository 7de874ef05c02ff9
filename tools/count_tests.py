#!/usr/bin/env python3
"""Counts the tests of one tier of CI from the JUnit reports that it left.

Usage: count_tests.py REPORTS EXIT_CODE

Prints "PASSED FAILED SKIPPED". A tier without reports is one test. A tier that failed has at least
one failed test, whatever its reports say: it may have died before it wrote them. Exit code 77 means
skipped.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SKIPPED = 77


def outcome(case):
    """One of passed, failed and skipped. GoogleTest says 'notrun' for what a filter left out."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("status") == "notrun":
        return "skipped"
    return "passed"


def count(reports, exit_code):
    """(passed, failed, skipped) of the reports in a folder."""
    outcomes = [outcome(case) for report in sorted(reports.glob("*.xml"))
                for case in ElementTree.parse(report).iter("testcase")]
    if exit_code == SKIPPED:
        return 0, 0, 1
    if not outcomes:
        return (1, 0, 0) if exit_code == 0 else (0, 1, 0)
    failed = max(outcomes.count("failed"), 0 if exit_code == 0 else 1)
    return outcomes.count("passed"), failed, outcomes.count("skipped")


if __name__ == "__main__":
    print(*count(Path(sys.argv[1]), int(sys.argv[2])))
