"""The first steps of README.md, in every language, exactly as they are printed there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from partwise_server import PartwiseServer
from snippets import blocks_of, section_of

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "README.md"
ADDRESS = "http://127.0.0.1:8080"
SKIPPED = 77

# By language on the page: the name of the program, how to run it, and what it prints.
PROGRAMS = {
    "sh": ("tour.sh", ["bash", "-eu"], ["helloworld", "cancelled", "is not pending"]),
    "python": ("tour.py", [sys.executable],
               ['{"a": 1}\n{"b": 2}\n', "cancelled", "is not pending"]),
    "js": ("tour.mjs", [HERE / "node/run.sh"], ["helloworld", "cancelled", "is not pending"]),
    "go": ("tour/main.go", [HERE / "go/run.sh"], ["helloworld", "cancelled", "is not pending"]),
    "java": ("Tour.java", [HERE / "java/run.sh"], ["helloworld", "cancelled", "is not pending"]),
}


def snippets(language):
    """The blocks of one language in the tour."""
    tour = section_of(PAGE.read_text(), "A first upload")
    return [text for kind, text in blocks_of(tour) if kind == language]


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_tour_works_as_printed(language, tmp_path):
    name, command, prints = PROGRAMS[language]
    variables, *shell = snippets("sh")
    program = tmp_path / name
    program.parent.mkdir(exist_ok=True)
    program.write_text("".join(shell if language == "sh" else snippets(language)))
    given = program.parent if language == "go" else program
    server = PartwiseServer(os.environ["PARTWISE_BINARY"], tmp_path / "partwise-data")
    server.start(api_key=None)  # It makes the key that the page reads.
    try:
        script = variables.replace(ADDRESS, server.origin) + 'exec "$@"\n'
        run = subprocess.run(["bash", "-euc", script, "tour", *command, given], cwd=tmp_path,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
                             check=False)
    finally:
        server.stop()
    if run.returncode == SKIPPED:
        pytest.skip(run.stderr.strip().splitlines()[-1])
    assert run.returncode == 0, run.stdout + run.stderr
    at = 0
    for text in prints:
        at = run.stdout.find(text, at)
        assert at >= 0, f"{text!r} is missing:\n{run.stdout}{run.stderr}"
