"""What a crash could have left of a recorded run: interposer/record.hpp.

The model is the strictest that POSIX allows. What was written since the last sync of its file, and
what was named or removed since the last sync of its directory, may each be there or not, in any
combination; a write may also be torn at a sector. Nothing else may be lost.
"""

import struct
from dataclasses import dataclass, field
from pathlib import PurePath

HEADER = struct.Struct("<IIQQQ")
STEPS = ("create", "write", "truncate", "sync", "link", "unlink", "rename", "mkdir")
NAMING = ("create", "link", "unlink", "rename", "mkdir")
SECTOR_BYTES = 512
# SQLite makes the index anew after a crash, and the server the reserve, which holds zeros.
IGNORED = ("metadata.sqlite3-shm", "metadata.sqlite3-reserve")
DATABASE, LOG = "metadata.sqlite3", "metadata.sqlite3-wal"


@dataclass
class Step:
    position: int
    name: str
    inode: int
    offset: int
    paths: list
    data: bytes
    file: object = None  # The RecordedFile that it concerns, where it is one.
    in_checkpoint: bool = False  # It changes the database, or begins its log anew.


@dataclass
class RecordedFile:
    """A file, by what of it is certain and what is not."""
    durable: bytearray = field(default_factory=bytearray)
    name: str = ""  # The last one that it was given, without its folders.


@dataclass
class Moment:
    """The end of a stretch without a sync: what is certain there, and what is not."""
    position: int
    names: dict        # Path -> RecordedFile, or None for a directory.
    contents: dict     # id of a RecordedFile -> its certain bytes.
    uncertain: list    # Steps, in their order.

    @property
    def in_checkpoint(self):
        return any(step.in_checkpoint for step in self.uncertain)


class Names:
    """Who is called what while a record is read, for what a step means. Nothing else needs it."""

    def __init__(self):
        self.files = {}
        self.log_is_there = False

    def follow(self, step):
        if step.name in ("create", "link") and step.paths:
            self.give(step.paths[0], step.file)
        elif step.name == "rename":
            self.give(step.paths[1], self.files.pop(step.paths[0], None))
        elif step.name == "write" and step.file is not None:
            # Until there is a log, the database is being made.
            changes_database = step.file.name == DATABASE and self.log_is_there
            begins_log = step.file.name == LOG and step.offset == 0
            step.in_checkpoint = changes_database or (begins_log and self.log_is_there)
            self.log_is_there |= begins_log

    def give(self, path, file):
        self.files[path] = file
        if file is not None:
            file.name = PurePath(path).name


def read_steps(path, unheard=None):
    """The steps of a record, those on ignored files left out, in their order. Syncs of the file
    called `unheard` are left out too: a server that forgets them."""
    content, place, steps = path.read_bytes(), 0, []
    files, ignored, names = {}, set(), Names()
    while place < len(content):
        number, path_bytes, inode, offset, data_bytes = HEADER.unpack_from(content, place)
        place += HEADER.size
        paths = content[place:place + path_bytes].decode().split("\0") if path_bytes else []
        place += path_bytes
        name = STEPS[number]
        has_data = name == "write"
        data = content[place:place + data_bytes] if has_data else b""
        place += data_bytes if has_data else 0
        position = steps[-1].position + 1 if steps else 0
        if name == "create":  # A number is used again once its file is gone.
            ignored.discard(inode)
            files[inode] = RecordedFile()
            if paths and PurePath(paths[0]).name in IGNORED:
                ignored.add(inode)
        steps.append(Step(position, name, inode, offset, paths, data, files.get(inode)))
        names.follow(steps[-1])
        is_unheard = name == "sync" and inode in files and files[inode].name == unheard
        is_ignored = inode in ignored or (paths and PurePath(paths[-1]).name in IGNORED)
        if is_ignored or (unheard and is_unheard):
            steps[-1].name = "nothing"
    return steps


def apply_content(content, step, bytes_kept=None):
    if step.name == "truncate":
        del content[step.offset:]
        content.extend(bytes(step.offset - len(content)))
        return
    data = step.data if bytes_kept is None else step.data[:bytes_kept]
    content.extend(bytes(max(0, step.offset - len(content))))
    content[step.offset:step.offset + len(data)] = data


def apply_name(names, step):
    if step.name == "mkdir":
        names[step.paths[0]] = None
    elif step.name in ("create", "link"):
        names[step.paths[0]] = step.file
    elif step.name == "unlink":
        names.pop(step.paths[0], None)
    elif step.paths[0] in names:
        names[step.paths[1]] = names.pop(step.paths[0])


def directories_of(step):
    return {str(PurePath(path).parent) for path in step.paths}


def moments_of(steps, directory_paths):
    """Every moment before a sync, and the end. `directory_paths`: inode -> path."""
    names, uncertain, moments, contents = {}, [], [], {}

    def note(position):
        moments.append(Moment(position, dict(names),
                              {id(file): bytes(file.durable) for file in contents.values()},
                              list(uncertain)))

    for step in steps:
        if step.name == "sync":
            note(step.position)
            directory = directory_paths.get(step.inode)
            kept = []
            for one in uncertain:
                is_name = one.name in NAMING
                if is_name and directory is not None and directory in directories_of(one):
                    apply_name(names, one)
                elif not is_name and directory is None and one.file is step.file:
                    apply_content(one.file.durable, one)
                    contents[id(one.file)] = one.file
                else:
                    kept.append(one)
            uncertain = kept
        elif step.name in ("write", "truncate"):
            if step.file is not None:
                uncertain.append(step)
        elif step.name != "nothing" and step.paths:
            uncertain.append(step)
    note(steps[-1].position + 1)
    return moments


def build_state(moment, chosen, torn):
    """Path -> bytes, or None for a directory. `chosen`: the uncertain steps that happened; `torn`:
    position -> how many bytes of that write did."""
    names = dict(moment.names)
    contents = {}

    def content_of(file):
        return contents.setdefault(id(file), bytearray(moment.contents.get(id(file), b"")))

    for step in chosen:
        if step.name in NAMING:
            apply_name(names, step)
        else:
            apply_content(content_of(step.file), step, torn.get(step.position))
    return {path: None if file is None else bytes(content_of(file))
            for path, file in names.items()}
