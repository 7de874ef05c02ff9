#!/usr/bin/env python3
"""Checks that every file includes only what its layer may include.

A layer is a folder of src/. What is not listed here is forbidden; ARCHITECTURE.md says why.
"""

import re
import sys
from pathlib import Path

# Layer -> the layers that it may include, besides itself.
MAY_INCLUDE = {
    "base": [],
    "core": ["base"],
    "wire": ["base"],
    "http": ["base"],
    "api": ["core", "wire", "http", "base"],
    "store/memory": ["core", "base"],
    "store/sqlite": ["core", "base"],
    "store/postgres": ["core", "base"],
    "store/disk": ["core", "base"],
    "store/s3": ["core", "base"],
    "server": ["base", "core", "wire", "http", "api", "store/memory", "store/sqlite",
               "store/postgres", "store/disk", "store/s3"],
    "cli": ["wire", "base"],
}

# Headers of others that stay in one place: pattern, the layers or files that may, and the reason.
CONFINED = [
    (r"boost/beast", ["http"], "Beast costs 9 seconds of compiling in each file that sees it"),
    (r"boost/asio/(ip|ssl|local|generic|basic_\w*(socket|acceptor)|\w*socket|read|write|connect)",
     ["http"], "sockets are behind the Connection seam"),
    (r"boost/asio/(\w*_timer|signal_set)", ["http", "server", "base/call_after"],
     "time is injected into everything else"),
    (r"sys/(socket|sendfile|epoll|un)\.h|netinet/|netdb\.h", ["http"],
     "sockets are behind the Connection seam"),
    (r"unistd\.h", ["base/posix_", "http"], "system calls are behind a seam"),
    (r"fcntl\.h|sys/(stat|file|statvfs|mman|uio)\.h|dirent\.h|fstream|filesystem",
     ["base/posix_"], "files are behind the FileSystem seam"),
    (r"sqlite3\.h", ["store/sqlite"], "SQL stays in its adapter"),
    (r"curl/", ["store/s3", "cli"], "the object store is behind its adapter"),
    (r"simdjson", ["wire"], "JSON stays in one folder"),
    (r"spdlog/|CLI/|toml\+\+/", ["server", "cli"], "logs and configuration are made by the root"),
    (r"prometheus/", ["server"], "lower layers expose plain figures"),
    (r"openssl/", ["base", "http"], "digests are base's, TLS is http's"),
    (r"isa-l|crc64\.h", ["base"], "digests are base's"),
]

# File -> (pattern of the header, reason). Each exception needs its reason.
EXCEPTIONS = {
    "server/main.cpp": (r"sys/stat\.h", "umask belongs to the process and touches no file"),
    "server/serve.cpp": (r"sys/stat\.h", "umask belongs to the process and touches no file"),
    "server/server.cpp": (r"unistd\.h", "_exit, for a second signal, touches no file"),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def layer_of(path):
    """The layer of a path below src/: its folder, and two folders for stores."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "store" else parts[0]


def check_include(path, quoted, system):
    """The reason why `path` (below src/) may not have this include, or None."""
    layer = layer_of(path)
    is_test = path.endswith("_test.cpp")
    if layer not in MAY_INCLUDE:
        return f"'{layer}' is no layer"
    if quoted:
        if quoted.startswith("support/"):
            return None if is_test else "only tests include tests/support/"
        if "/" not in quoted:
            return "includes start at src/, as in \"base/result.hpp\""
        target = layer_of(quoted)
        if target != layer and target not in MAY_INCLUDE[layer]:
            return f"{layer} may not include {target}"
        return None
    for pattern, allowed, reason in CONFINED:
        if not re.match(f"(?:{pattern})", system):
            continue
        if any(path.startswith(place) for place in allowed):
            continue
        # A test may make the files that its subject reads.
        if is_test and system in ("filesystem", "fstream", "unistd.h", "sys/stat.h", "fcntl.h"):
            continue
        exception, _ = EXCEPTIONS.get(path, (None, None))
        if exception and re.match(exception, system):
            continue
        return f"<{system}> belongs to {', '.join(allowed)}: {reason}"
    return None


def check_tree(source):
    """All violations below the folder `source`, as lines of text."""
    found = []
    for file in sorted(source.rglob("*.[ch]pp")):
        path = file.relative_to(source).as_posix()
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            reason = match and check_include(path, match[1], match[2])
            if reason:
                found.append(f"src/{path}:{number}: {reason}")
    return found


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = check_tree(root / "src")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
