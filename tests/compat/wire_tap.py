"""Relays connections to a server byte by byte, and tells afterwards what was said on them.

What passes is not touched: chunks, splits and half-closed connections arrive as they were sent.
"""

import asyncio
import threading
from dataclasses import dataclass, field

import h11

READ_BYTES = 65536


@dataclass
class Message:
    headers: list = field(default_factory=list)
    body: bytes = b""

    def header(self, name):
        """The first value of that name, or None. Names are in lower case."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass
class Exchange:
    method: str
    target: str
    request: Message
    status: int
    response: Message

    def __str__(self):
        return f"{self.method} {self.target} -> {self.status}"


class Recording:
    """The bytes of one connection, in both directions."""

    def __init__(self):
        self.sent = bytearray()
        self.answered = bytearray()

    def exchanges(self):
        """Pairs of request and answer; a pair that was cut off is left out."""
        requests = list(messages(h11.SERVER, self.sent, []))
        methods = [head.method for head, _ in requests]
        answers = list(messages(h11.CLIENT, self.answered, methods))
        for (head, request), (answer, response) in zip(requests, answers):
            yield Exchange(head.method.decode(), head.target.decode(errors="replace"), request,
                           answer.status_code, response)


def messages(role, data, methods):
    """Each whole message in `data`, as h11 reads it in this role."""
    data = bytes(data)
    number = 0
    while data:
        reader = h11.Connection(role, max_incomplete_event_size=2**20)
        if role is h11.CLIENT:
            method = methods[number] if number < len(methods) else b"GET"
            reader.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
            reader.send(h11.EndOfMessage())
        reader.receive_data(data)
        reader.receive_data(b"")
        head, message = None, Message()
        while True:
            try:
                event = reader.next_event()
            except h11.RemoteProtocolError:
                return  # Cut off, or not meant to be HTTP.
            if isinstance(event, (h11.Request, h11.Response)):
                head = event
                message.headers = [(key.decode(), value.decode(errors="replace"))
                                   for key, value in event.headers]
            elif isinstance(event, h11.Data):
                message.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            elif not isinstance(event, h11.InformationalResponse):
                return
        yield head, message
        data = reader.trailing_data[0]
        number += 1


class WireTap:
    """Listens on a port of its own and relays to `port` until it is closed."""

    def __init__(self, port):
        self.target = port
        self.port = None
        self.recordings = []
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[started], daemon=True)
        self._thread.start()
        started.wait()

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._relay, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()

    async def _relay(self, client_in, client_out):
        recording = Recording()
        self.recordings.append(recording)
        try:
            server_in, server_out = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            client_out.close()
            return
        await asyncio.gather(self._pump(client_in, server_out, recording.sent),
                             self._pump(server_in, client_out, recording.answered))
        for out in (client_out, server_out):
            out.close()

    @staticmethod
    async def _pump(source, sink, record):
        try:
            while data := await source.read(READ_BYTES):
                record += data
                sink.write(data)
                await sink.drain()
            sink.write_eof()
        except OSError:
            sink.close()  # The other direction ends with it.

    def exchanges(self):
        """All that was said until now."""
        return [one for recording in list(self.recordings) for one in recording.exchanges()]

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
