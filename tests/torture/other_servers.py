#!/usr/bin/env python3
"""The load of linearizability/ against servers of others, each by its ordinary package.

Usage: other_servers.py [--operations N] [--kills]

A rival that cannot be had is skipped, and said to be. What breaks is printed and breaks no build:
these are not our servers. The exit code tells only whether the runs could be made.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(SOURCE / "bench"))
sys.path.insert(0, str(SOURCE / "tests" / "harness"))

from contestants.contestant import Missing  # noqa: E402
from rivals.install import Tools  # noqa: E402

RIVALS = ("versitygw", "minio")
NOT_RUN = 77


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--operations", default="20000")
    parser.add_argument("--kills", action="store_true", help="kill them now and then")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    tools = Tools(SOURCE / "build" / "release", SOURCE / "build" / "bench-tools")
    ran = 0
    for name in RIVALS:
        try:
            program = tools.go(name)
        except Missing as missing:
            print(f"SKIPPED: {name}: {missing}", flush=True)
            continue
        code = subprocess.run(
            [HERE / "linearizability" / "run.sh", "-target", name, "-binary", program,
             "-operations", options.operations, "-seed", options.seed, "-violations", "1000000",
             f"-kills={str(options.kills).lower()}"], check=False).returncode
        ran += code != NOT_RUN
    return 0 if ran else NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
