"""A proxy for HTTP that does what networks and object stores do on bad days, when it is told to.

It hands requests on as they are, `Host` included, so that signatures stay right.
"""

import re
import socket
import threading


class Fault:
    """What happens to the next `times` requests whose "METHOD path" matches `pattern`.

    kind: refuse (answers `status` and `code`, and hands nothing on), break (closes before anything
    is handed on), lose (hands it on, and closes in place of the answer), truncate (closes after
    `keep` bytes of the answer's body), stall (hands nothing on and says nothing until the end).
    """

    def __init__(self, pattern, kind, times=1, status=503, code="SlowDown", keep=0):
        self.pattern, self.kind, self.times = re.compile(pattern), kind, times
        self.status, self.code, self.keep = status, code, keep
        self.met = 0


class FaultProxy:
    def __init__(self, target_port):
        self.target_port = target_port
        self.faults = []
        self.requests = []  # "METHOD path" of all that came.
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def add(self, *arguments, **words):
        fault = Fault(*arguments, **words)
        with self.lock:
            self.faults.append(fault)
        return fault

    def heal(self):
        with self.lock:
            self.faults = []

    def close(self):
        self.ended.set()
        self.listener.close()

    def _accept(self):
        while not self.ended.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _next_fault(self, line):
        with self.lock:
            self.requests.append(line)
            for fault in self.faults:
                if fault.met < fault.times and fault.pattern.search(line):
                    fault.met += 1
                    return fault
        return None

    def _serve(self, client):
        with client:
            try:
                stream = client.makefile("rb")
                while self._serve_one(client, stream):
                    pass
            except OSError:
                pass  # Either side has gone, as it may.

    def _serve_one(self, client, stream):
        """Whether the connection goes on."""
        head, fields = read_head(stream)
        if head is None:
            return False
        method, path, _ = head[0].decode().split(" ", 2)
        fault = self._next_fault(f"{method} {path}")
        if fault and fault.kind == "break":
            return False
        if fault and fault.kind == "stall":
            self.ended.wait()
            return False
        if fault and fault.kind == "refuse" and b"expect" in fields:
            self._refuse(client, fault)
            return False
        if b"expect" in fields:
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(fields.get(b"content-length", 0))
        body = stream.read(length)
        if len(body) < length:
            return False
        if fault and fault.kind == "refuse":
            self._refuse(client, fault)
            return False
        return self._hand_on(client, method, head, body, fault)

    @staticmethod
    def _refuse(client, fault):
        body = f"<Error><Code>{fault.code}</Code></Error>".encode()
        client.sendall(f"HTTP/1.1 {fault.status} Refused\r\nContent-Length: {len(body)}\r\n"
                       "Connection: close\r\n\r\n".encode() + body)

    def _hand_on(self, client, method, head, body, fault):
        """One connection for each request: what it answers ends with it."""
        with socket.create_connection(("127.0.0.1", self.target_port)) as target:
            ours = (b"expect:", b"connection:")
            lines = [line for line in head if not line.lower().startswith(ours)]
            target.sendall(b"\r\n".join(lines + [b"Connection: close", b"", b""]) + body)
            answer = target.makefile("rb")
            answer_head, _ = read_head(answer)
            if answer_head is None:
                return False
            if fault and fault.kind == "lose":
                answer.read()
                return False
            client.sendall(b"\r\n".join(answer_head + [b"", b""]))
            left = fault.keep if fault and fault.kind == "truncate" else None
            while method != "HEAD":
                piece = answer.read1(1 << 16)
                if left is not None:
                    piece = piece[:left]
                    left -= len(piece)
                if not piece:
                    break
                client.sendall(piece)
        return False  # The answer said `Connection: close`.


def read_head(stream):
    """(lines without their ends, {name in lower case: value}); (None, None) at the end."""
    lines = []
    while True:
        line = stream.readline(65536)
        if not line.endswith(b"\n"):
            return None, None
        line = line.rstrip(b"\r\n")
        if not line:
            break
        lines.append(line)
    if not lines:
        return None, None
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    return lines, fields
