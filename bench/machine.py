"""What a figure was measured on."""

import os
import platform
import subprocess
from pathlib import Path


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def file_system(folder):
    """Its type, as ext4, of the mount that holds this folder."""
    folder, best, kind = str(Path(folder).resolve()), "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, this_kind = line.split()[:3]
        if (folder + "/").startswith(mount.rstrip("/") + "/") and len(mount) >= len(best):
            best, kind = mount, this_kind
    return kind


def revision(source_dir):
    """Of the source that was measured; '+' where it was changed since."""
    asked = ["git", "-C", str(source_dir), "describe", "--always", "--dirty=+"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "unknown"


def describe(data_dir):
    """Nothing in it tells one computer of a kind from another: no name, no path, no address."""
    return {"cores": os.cpu_count(), "cpu": cpu_model(), "memory_bytes": memory_bytes(),
            "kernel": platform.release(), "file_system": file_system(data_dir)}
