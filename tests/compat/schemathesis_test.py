"""Requests that nobody would write, made from docs/openapi.yaml, against the real server.

No answer may be a 5xx, or one that the description does not have. Each run makes the same requests.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from description import PATH
from partwise_client import API_KEY
from partwise_server import PartwiseServer

SECONDS_MAX = 180

# Left out: what is right by its schema may be refused for what it means, as a cursor that names
# nothing, or a second complete.
LEFT_OUT = "positive_data_acceptance"

# By role: the key, and how many examples of each operation. The first run takes twenty seconds.
ROLES = {"user": (API_KEY, 150), "nobody": ("pw-a-key-that-nobody-made", 20)}


@pytest.mark.parametrize("role", ROLES)
def test_nothing_surprises_the_server(role, tmp_path):
    key, examples = ROLES[role]
    with PartwiseServer(os.environ["PARTWISE_BINARY"], tmp_path / "data",
                        "--durability", "relaxed") as server:
        command = [Path(sys.executable).with_name("st"), "run", PATH, "--url", server.origin,
                   "--header", f"Authorization: Bearer {key}", "--generation-deterministic",
                   "--max-examples", str(examples), "--exclude-checks", LEFT_OUT,
                   "--request-timeout", "10", "--warnings", "off", "--no-color"]
        run = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=SECONDS_MAX, check=False)
    print(run.stdout[-1500:])
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert "Tested: " in run.stdout, "no operation was tested"
