"""Steers the library that stands between the real server and its files: interposer/control.hpp."""

import ctypes
import mmap
import os
from contextlib import contextmanager
from pathlib import Path

CALLS = ("open", "create", "write", "read", "sync", "link", "unlink", "rename", "mkdir", "truncate",
         "write_back", "send", "map", "stat_volume")
KINDS = ("none", "content", "metadata", "other")


class Control(ctypes.Structure):
    """The layout of interposer/control.hpp."""
    _fields_ = [("armed", ctypes.c_uint32), ("calls", ctypes.c_uint32), ("files", ctypes.c_uint32),
                ("error", ctypes.c_int32), ("stays", ctypes.c_uint32),
                ("reserved", ctypes.c_uint32), ("to_pass", ctypes.c_int64),
                ("faults", ctypes.c_uint64), ("clock_offset_s", ctypes.c_int64),
                ("recorded", ctypes.c_uint64), ("first_fault", ctypes.c_char * 256)]


def mask(names, known):
    return sum(1 << known.index(name) for name in names)


class Interposer:
    """One page of shared memory. It outlives any number of servers, one after the other."""

    def __init__(self, library, folder, data_dir, record=False):
        path = Path(folder) / "control"
        path.write_bytes(bytes(mmap.PAGESIZE))
        with open(path, "r+b") as page:
            self.memory = mmap.mmap(page.fileno(), mmap.PAGESIZE)
        self.control = Control.from_buffer(self.memory)
        self.data_dir = Path(data_dir)
        self.place = None  # Of the last fault.
        self.environment = {"LD_PRELOAD": str(Path(library).resolve()),
                            "PARTWISE_INTERPOSER": str(path),
                            "PARTWISE_INTERPOSER_DATA": str(data_dir)}
        if record:
            self.record_path = Path(folder) / "record"
            self.record_path.write_bytes(b"")
            self.environment["PARTWISE_INTERPOSER_RECORD"] = str(self.record_path)

    @contextmanager
    def fault(self, calls, files, error, to_pass, stays=False):
        """Fails the call after `to_pass` others of these kinds, with the errno `error`; 0: short.
        Disarmed at the end; `faults` and `first_fault` stay."""
        control, self.place = self.control, to_pass
        control.calls, control.files = mask(calls, CALLS), mask(files, KINDS)
        control.error, control.stays = error, int(stays)
        control.to_pass, control.faults, control.first_fault = to_pass, 0, b""
        control.armed = 1
        try:
            yield
        finally:
            control.armed = 0

    @property
    def faults(self):
        return self.control.faults

    @property
    def first_fault(self):
        """The call and its file, without what is different in every run."""
        call, _, path = os.fsdecode(self.control.first_fault).partition(" ")
        name = path.removeprefix(str(self.data_dir)).split("/")
        if name[1:2] == ["blobs"]:
            return f"{call} /blobs/*" + ("/*" if len(name) > 3 else "")
        return f"{call} {'/staging/*' if name[1:2] == ['staging'] else '/'.join(name)}"
