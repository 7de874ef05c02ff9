"""Requests that nobody would write, made from docs/openapi.yaml, against the real server.

No answer may be a 5xx, or one that the description does not have. Each run makes the same requests.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from description import PATH
from partwise_client import Client, Refused
from partwise_server import PartwiseServer

SECONDS_MAX = 180

# Left out: what is right by its schema may be refused for what it means, as a cursor that names
# nothing, or a second complete.
LEFT_OUT = "positive_data_acceptance"

# By role: how many examples of each operation. With 100 a run takes fifteen seconds.
ROLES = {"user": 100, "service": 100, "admin": 100, "nobody": 20}


def key_of(role, server):
    """A key with that role, once the server knows it."""
    if role == "nobody":
        return "pw-a-key-that-nobody-made"
    made = subprocess.run([server.binary, "keys", "create", "--data-dir", server.data_dir,
                           "--role", role], capture_output=True, text=True, check=True)
    key = made.stdout.strip()
    while True:  # Another process made it: the server looks every second.
        client = Client(server.port, key)
        try:
            client.call("GET", "/files")
            return key
        except Refused as refused:
            assert refused.status == 401
        finally:
            client.close()


@pytest.mark.parametrize("role", ROLES)
def test_nothing_surprises_the_server(role, tmp_path):
    with PartwiseServer(os.environ["PARTWISE_BINARY"], tmp_path / "data",
                        "--durability", "relaxed") as server:
        command = [Path(sys.executable).with_name("st"), "run", PATH, "--url", server.origin,
                   "--header", f"Authorization: Bearer {key_of(role, server)}",
                   "--generation-deterministic", "--max-examples", str(ROLES[role]),
                   "--exclude-checks", LEFT_OUT, "--request-timeout", "10", "--warnings", "off",
                   "--no-color"]
        run = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=SECONDS_MAX, check=False)
    print(run.stdout[-1500:])
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert "Tested: " in run.stdout, "no operation was tested"
