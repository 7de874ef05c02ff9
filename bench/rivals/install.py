"""Gets the rivals, each by its ordinary package, into a folder of the build, at pinned versions."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from contestants.contestant import Missing

HERE = Path(__file__).resolve().parent
VERSIONS = json.loads((HERE / "versions.json").read_text())
GO_BUILD_SECONDS = 900


class Tools:
    """Programs that a run needs: those of our own build, and those of the rivals."""

    def __init__(self, build_dir, folder):
        self.partwise = Path(build_dir) / "partwise"
        self.bench_dir = Path(build_dir) / "bench"
        self.folder = Path(folder)
        self.failures = {}  # What could not be had: tried once for each run.

    def built(self, name):
        """A program of the CMake target partwise_bench."""
        path = self.bench_dir / name
        if not path.exists():
            raise Missing(f"{name} is not built: make bench builds it")
        return path

    def once(self, what, install):
        """Installs, or says why not: the second time without trying again."""
        if what not in self.failures:
            try:
                install()
                self.failures[what] = None
            except Missing as missing:
                self.failures[what] = str(missing)
        if self.failures[what]:
            raise Missing(self.failures[what])

    def debian(self, package, program):
        """The path of a program from Debian's package. Where it is not installed, it is unpacked
        beside the others: installing a server would also start it, for good."""
        if installed := find_program(program):
            return installed
        folder = self.folder / "debian"
        unpacked = folder / "usr" / "sbin" / program

        def install():
            if unpacked.exists():
                return
            folder.mkdir(parents=True, exist_ok=True)
            command(f"apt-get download {package}", ["apt-get", "download", package], cwd=folder)
            for archive in folder.glob(f"{package}_*.deb"):
                command(f"dpkg-deb -x {archive.name}", ["dpkg-deb", "-x", archive, folder])
        self.once(package, install)
        return unpacked

    def npm(self):
        """The folder whose node_modules has the packages."""
        folder = self.folder / "npm"
        wanted = VERSIONS["npm"]

        def install():
            if find_program("node") is None or find_program("npm") is None:
                raise Missing("node and npm are not installed (Debian: nodejs, npm)")
            manifest = folder / "package.json"
            text = json.dumps({"private": True, "type": "module", "dependencies": wanted})
            if (folder / "node_modules").exists() and manifest.read_text() == text:
                return
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            manifest.write_text(text)
            command("npm install", ["npm", "install", "--no-audit", "--no-fund", "--silent"],
                    cwd=folder)
        self.once("npm", install)
        return folder

    def go(self, name):
        """The path of a program that the Go module proxy has the source of."""
        module = VERSIONS["go"][name]
        binary = self.folder / "go" / module.replace("/", "_") / name

        def install():
            if binary.exists():
                return
            if find_program("go") is None:
                raise Missing("go is not installed (Debian: golang)")
            print(f"  building {name}, which takes minutes the first time", flush=True)
            command(f"go install {module}", ["go", "install", module], cwd="/",
                    timeout=GO_BUILD_SECONDS, GOBIN=str(binary.parent))
        self.once(name, install)
        return binary

    def venv(self, name, requirements):
        """The Python of a virtual environment with these requirements."""
        folder = self.folder / name
        python, stamp = folder / "bin" / "python", folder / "requirements.txt"

        def install():
            if stamp.exists() and stamp.read_text() == Path(requirements).read_text():
                return
            shutil.rmtree(folder, ignore_errors=True)
            command("python3 -m venv", [sys.executable, "-m", "venv", folder])
            command(f"pip install {name}", [python, "-m", "pip", "install", "-q",
                                            "--disable-pip-version-check", "-r", requirements])
            shutil.copy(requirements, stamp)
        self.once(name, install)
        return python


def find_program(name):
    """Also where Debian puts servers, which is not in everybody's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def command(what, words, cwd=None, timeout=600, **environment):
    """Errors: Missing, with the last line that it said."""
    try:
        run = subprocess.run([str(word) for word in words], cwd=cwd, timeout=timeout, text=True,
                             stdin=subprocess.DEVNULL, capture_output=True, check=False,
                             env={**os.environ, **environment})
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise Missing(f"{what}: {failure}") from failure
    if run.returncode != 0:
        said = (run.stderr or run.stdout).strip().splitlines() or ["no reason given"]
        raise Missing(f"{what} failed: {said[-1][:200]}")
