"""Every example of docs/api.md is run, and prints what the page says that it prints."""

import json
import os
import re
import subprocess
from pathlib import Path

from partwise_client import API_KEY
from partwise_server import PartwiseServer
from snippets import blocks_of

PAGE = Path(__file__).resolve().parents[2] / "docs/api.md"
MARK = "--- end of example ---"
# Times, and what the reaper may have removed already.
ANY_NUMBER = {"created_at", "expires_at", "revoked_at", "reclaimable_bytes", "blobs_listed"}
ADDRESS = "http://127.0.0.1:8080"


def examples():
    """[(command, language of the output or None, output)]."""
    found = []
    for language, text in blocks_of(PAGE.read_text()):
        if language == "sh":
            found.append((text, None, ""))
        else:
            found[-1] = (found[-1][0], language, text)
    return found


def is_like(shown, printed, key=""):
    """Whether what was printed is what the page shows, times and '…' aside."""
    if isinstance(shown, dict) and isinstance(printed, dict):
        return list(shown) == list(printed) and all(
            is_like(shown[one], printed[one], one) for one in shown)
    if isinstance(shown, list) and isinstance(printed, list):
        return len(shown) == len(printed) and all(map(is_like, shown, printed))
    if isinstance(shown, str) and isinstance(printed, str):
        return re.fullmatch(re.escape(shown).replace("…", ".+"), printed) is not None
    if key in ANY_NUMBER and shown is not None and printed is not None:
        return abs(printed - shown) < 2**33 and isinstance(printed, int)
    return shown == printed and type(shown) is type(printed)


def test_every_example_prints_what_the_page_says(tmp_path):
    script = "set -eu\n" + "".join(f"{command}echo\necho '{MARK}'\n"
                                   for command, _, _ in examples())
    binary = Path(os.environ["PARTWISE_BINARY"])
    environment = {**os.environ, "OPENAI_API_KEY": API_KEY,
                   "PATH": f"{binary.parent}:{os.environ['PATH']}"}
    # The name that commands look in where they are told no other.
    with PartwiseServer(binary, tmp_path / "partwise-data") as server:
        run = subprocess.run(["bash", "-c", script.replace(ADDRESS, server.origin)], cwd=tmp_path,
                             env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    outputs = run.stdout.split(MARK)[:-1]
    assert len(outputs) == len(examples()) >= 15
    for (command, language, shown), printed in zip(examples(), outputs):
        same = (is_like(json.loads(shown), json.loads(printed)) if language == "json"
                else shown.strip() == printed.strip())
        assert same, f"{command}\nprinted:\n{printed}\nthe page shows:\n{shown}"


def test_a_difference_would_be_found():
    assert is_like({"id": "file-…", "created_at": 1}, {"id": "file-x", "created_at": 2})
    for shown, printed in (({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({"a": 1}, {"a": 2}),
                           ({"a": "x…"}, {"a": "y"}), ({"a": None}, {"a": 1}), ([1], []),
                           ({"expires_at": None}, {"expires_at": 1}), ({"a": False}, {"a": 0})):
        assert not is_like(shown, printed), (shown, printed)
