#!/usr/bin/env python3
"""Runs the benchmark: all contestants of a family in alternation, on this machine, on loopback.

Needs the programs of the CMake target partwise_bench. `make bench` builds them and calls this.
"""

import argparse
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent
sys.path.insert(0, str(SOURCE / "tests" / "harness"))

import machine  # noqa: E402  The harness has to be in the path first.
from catalogue import AT_SCALE, EVERY_RUN, FAMILIES, MORE_RIVALS, RIVALS  # noqa: E402
from contestants.contestant import Missing  # noqa: E402
from contestants.partwise import Refusal  # noqa: E402
from generator import LoadFailed  # noqa: E402
from payload import Payload  # noqa: E402
from results import Results  # noqa: E402
from rivals.install import Tools  # noqa: E402
from seeds import LARGE  # noqa: E402
from session import Session  # noqa: E402
from table import contest_tables, goal_table  # noqa: E402
from warm_memory import WarmMemory  # noqa: E402

DESCRIPTORS = 65536  # Ten thousand connections, on both of their sides.


def arguments_of(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="families, separated by commas; "
                        f"there are: {', '.join(FAMILIES)}")
    parser.add_argument("--scale", action="store_true", help="the families with 10 million rows")
    parser.add_argument("--rows", type=int, default=LARGE, help="of those families; for a look")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each contest")
    parser.add_argument("--seconds", type=float, default=0.35, help="traffic of each measurement")
    parser.add_argument("--rivals", choices=("every", "all"), default="every",
                        help="the rivals of every run, or all")
    parser.add_argument("--build", type=Path, default=SOURCE / "build" / "release",
                        help="where the programs were built")
    parser.add_argument("--folder", type=Path, default=SOURCE / "build" / "bench",
                        help="where data and results are written: the disk that is measured")
    parser.add_argument("--json", type=Path, help="the file of the results, FOLDER/results.json")
    return parser.parse_args(words)


def chosen_families(arguments):
    """Errors: SystemExit, for a name that there is not."""
    if arguments.only:
        names = [name.strip() for name in arguments.only.split(",")]
        unknown = [name for name in names if name not in FAMILIES]
        if unknown:
            raise SystemExit(f"no such family: {', '.join(unknown)}")
        return names
    return list(AT_SCALE if arguments.scale else EVERY_RUN)


def raise_descriptors():
    """Children inherit it. Where it is not allowed, the families that need it say so."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (max(hard, DESCRIPTORS), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
            return
        except (ValueError, OSError):
            pass


def run_family(session, name, results):
    """Whether it could be measured. One family that fails does not take the others with it."""
    session.say(f"== {name}")
    begin = time.monotonic()
    try:
        family = FAMILIES[name](session)
    except (LoadFailed, Missing, Refusal, RuntimeError, OSError) as failure:
        session.say(f"  FAILED {name}: {failure}")
        return False
    results.put(name, family.as_json(time.monotonic() - begin, session.rounds),
                machine.revision(SOURCE))
    for title, table in contest_tables(results.content["families"][name]):
        session.say(f"\n{title}\n{table}")
    for note in family.notes:
        session.say(f"\n{note}")
    session.say(f"  {time.monotonic() - begin:.0f} s\n")
    return True


def main():
    arguments = arguments_of(sys.argv[1:])
    names = chosen_families(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that what was started is ended.
    raise_descriptors()
    data = arguments.folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    tools = Tools(arguments.build, arguments.folder.parent / "bench-tools")
    payload = Payload(arguments.folder / "payload").prepare()
    rivals = RIVALS + (MORE_RIVALS if arguments.rivals == "all" else [])
    session = Session(tools, payload, data, arguments.rounds, arguments.seconds, rivals)
    session.rows = arguments.rows
    results = Results(arguments.json or arguments.folder / "results.json")
    results.begin(machine.describe(data), arguments.seconds, {})
    try:
        with WarmMemory(session.say):
            failed = [name for name in names if not run_family(session, name, results)]
    finally:
        shutil.rmtree(data, ignore_errors=True)
    results.begin(results.content["machine"], arguments.seconds, session.took_part)
    results.write()
    families = [family for _, family in results.families(names)]
    session.say(goal_table(families))
    session.say(f"\n{results.path.name} has all values; make bench-report writes the page.")
    if failed:
        session.say(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
