#!/usr/bin/env python3
"""The load of linearizability/ against servers of others, each by its ordinary package.

Usage: other_servers.py [--operations N] [--seed N] [--only NAME]

Each runs twice, left alone and killed now and then. A rival that cannot be had is skipped, and said
to be. What breaks is printed and breaks no build: these are not our servers. The exit code tells
whether the runs could be made: 0 all of them, 77 not all, 1 one failed for a reason of ours.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(SOURCE / "bench"))
sys.path.insert(0, str(SOURCE / "tests" / "harness"))

from contestants.contestant import Missing  # noqa: E402
from rivals.install import VERSIONS, Tools  # noqa: E402

RIVALS = ("versitygw", "minio")
# Of linearizability/run.sh.
ALL_IN_ORDER, SOMETHING_BROKE, NOT_RUN = 0, 3, 77
SUMMARY = re.compile(r"^linearizability of \w+: (\d+) operations on (\d+) uploads, (\d+) kills, "
                     r"(\d+) violations, (\d+) undecided, (\d+) s$")


def run(name, program, kills, options):
    """(exit code, the figures of its summary) of one run, whose lines are printed as they come."""
    words = [HERE / "linearizability" / "run.sh", "-target", name, "-binary", program,
             "-operations", str(options.operations), "-seed", options.seed,
             "-violations", "1000000", f"-kills={str(kills).lower()}"]
    figures = None
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            found = SUMMARY.match(line)
            figures = [int(figure) for figure in found.groups()] if found else figures
    return process.returncode, figures


def problem_of(code, figures, kills, operations):
    """Why that run says nothing of the rival, where it does not."""
    if code not in (ALL_IN_ORDER, SOMETHING_BROKE) or figures is None:
        return f"the run failed, with exit code {code}"
    if figures[0] < operations:
        return f"only {figures[0]} operations were made"
    if kills and figures[2] == 0:
        return "no kill fell into the run"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--operations", type=int, default=20000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", choices=RIVALS)
    options = parser.parse_args()
    tools = Tools(SOURCE / "build" / "release", SOURCE / "build" / "bench-tools")
    failed = skipped = False
    rows = []
    for name in [options.only] if options.only else RIVALS:
        version = VERSIONS["go"][name].partition("@")[2]
        try:
            program = tools.go(name)
        except Missing as missing:
            print(f"SKIPPED: {name} {version}: {missing}", flush=True)
            skipped = True
            continue
        for kills in (False, True):
            code, figures = run(name, program, kills, options)
            what = f"{name} {version}, {'killed' if kills else 'left alone'}"
            if code == NOT_RUN:
                rows.append(f"{what}: SKIPPED")
                skipped = True
            elif problem := problem_of(code, figures, kills, options.operations):
                rows.append(f"{what}: FAILED, {problem}")
                failed = True
            else:
                operations, uploads, killed, broken, undecided, seconds = figures
                rows.append(f"{what}: {killed} kills, {operations} operations, {uploads} uploads, "
                            f"{broken} without an order, {undecided} undecided, {seconds} s")
    print("\n" + "\n".join(rows))
    return 1 if failed else NOT_RUN if skipped or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
