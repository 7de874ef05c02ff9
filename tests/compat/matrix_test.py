"""Every scenario in every language: the rows and columns of docs/compatibility.md.

Each column is a program that is run against a server of its own, through a tap: what was said is
held against docs/openapi.yaml.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from description import Description
from partwise_client import API_KEY
from partwise_server import PartwiseServer
from wire_tap import WireTap

HERE = Path(__file__).resolve().parent
LIST = HERE / "scenarios.json"
RESULTS = HERE.parents[1] / "build/compat/results"
SKIPPED = 77
SECONDS_MAX = 240  # A first build of the Go SDK takes more than a minute on two cores.

# By column: how to run it, before the list and the file for the results.
PROGRAMS = {
    "python": [sys.executable, HERE / "python/scenarios.py", "sync"],
    "python-async": [sys.executable, HERE / "python/scenarios.py", "async"],
    "node": [HERE / "node/run.sh", HERE / "node/scenarios.mjs"],
    "go": [HERE / "go/run.sh", HERE / "go"],
    "java": [HERE / "java/run.sh", HERE / "java/Scenarios.java"],
    "dialects": [sys.executable, HERE / "dialects/dialects.py"],
}
ROWS = json.loads(LIST.read_text())
CELLS = [(column, row["id"]) for column in PROGRAMS
         for row in ROWS["dialects" if column == "dialects" else "scenarios"]]


def run_program(command, data_dir, results):
    """What the program wrote, "skipped" or "broken" with the reason, and its "exchanges"."""
    results.parent.mkdir(parents=True, exist_ok=True)
    results.unlink(missing_ok=True)
    with PartwiseServer(os.environ["PARTWISE_BINARY"], data_dir) as server:
        tap = WireTap(server.port)
        environment = {**os.environ, "OPENAI_BASE_URL": f"http://127.0.0.1:{tap.port}/v1",
                       "OPENAI_API_KEY": API_KEY}
        run = subprocess.run([*command, LIST, results], env=environment, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        exchanges = tap.exchanges()
        tap.close()
    if run.returncode == SKIPPED:
        return {"skipped": run.stderr.strip().splitlines()[-1]}
    if run.returncode != 0:
        return {"broken": run.stdout + run.stderr}
    return {**json.loads(results.read_text()), "exchanges": exchanges}


@pytest.fixture(scope="session")
def result_of(tmp_path_factory):
    """What the program of a column did: its results and its exchanges. Each is run once."""
    known = {}

    def run(column):
        if column not in known:
            known[column] = run_program(PROGRAMS[column], tmp_path_factory.mktemp(column) / "data",
                                        RESULTS / f"{column}.json")
        if "skipped" in known[column]:
            pytest.skip(known[column]["skipped"])
        assert "broken" not in known[column], known[column]["broken"]
        return known[column]

    return run


@pytest.mark.parametrize("column, row", CELLS)
def test_cell(result_of, column, row):
    found = result_of(column)
    if row in found["absent"]:
        assert row not in found["passed"]
        return
    assert row in found["passed"], found["failed"].get(row, "the program does not know it")


@pytest.mark.parametrize("column", PROGRAMS)
def test_what_was_said_is_described(result_of, column):
    exchanges = result_of(column)["exchanges"]
    assert len(exchanges) >= 15
    description = Description()
    problems = [problem for exchange in exchanges for problem in description.problems(exchange)]
    assert not problems, "\n".join(problems[:20])
