#!/usr/bin/env python3
"""Checks that every header compiles alone.

Usage: check_headers.py BUILD_DIRECTORY

A header that is the first include of a source in the build has been compiled alone already, so only
the others are compiled here, without generating code.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path


def first_includes(sources):
    """The headers that some source includes before anything else."""
    firsts = set()
    for source in sources:
        match = re.search(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', source.read_text(), re.MULTILINE)
        if match:
            firsts.add(match[1])
    return firsts


def flags_of(command):
    """The flags of a compiler command that decide what a header sees."""
    words = shlex.split(command)
    keep = [word for word in words if word.startswith(("-std", "-I", "-D", "-W"))]
    compiler = next(word for word in words if "clang" in word or "++" in word)
    return [compiler, *keep]


def system_folders(commands):
    """Where libraries have their headers that are asked for by a layer of its own."""
    found = {word for command in commands
             for before, word in pairwise(shlex.split(command)) if before == "-isystem"}
    return [flag for folder in sorted(found) for flag in ("-isystem", folder)]


def compile_alone(command, header):
    """The compiler's words about `header`, empty where it compiles."""
    run = subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"], capture_output=True,
                         text=True, input=f'#include "{header}"\n', check=False)
    return "" if run.returncode == 0 else f"{header} does not compile alone:\n{run.stderr}"


def check(root, build):
    """One text for each header below root/src and root/tests that does not compile alone."""
    entries = json.loads((build / "compile_commands.json").read_text())
    sources = [Path(entry["file"]) for entry in entries]
    # The server sees every library that any layer does.
    widest = max((entry["command"] for entry in entries), key=lambda text: text.count(" -D"))
    command = [*flags_of(widest), f"-I{root}/src", f"-I{root}/tests",
               *system_folders(entry["command"] for entry in entries)]
    known = first_includes(source for source in sources if source.is_file())
    headers = [file.relative_to(root / folder).as_posix()
               for folder in ("src", "tests") for file in sorted((root / folder).rglob("*.hpp"))]
    alone = [header for header in headers if header not in known]
    print(f"{len(headers)} headers, {len(alone)} of them compiled here")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = pool.map(lambda header: compile_alone(command, header), alone)
    return [complaint for complaint in complaints if complaint]


def main():
    root = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).resolve().parent.parent
    complaints = check(root, Path(sys.argv[1]))
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
