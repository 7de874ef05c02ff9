"""One real server for the whole run, and clients of the official SDK that point at it."""

import os
import sys
from pathlib import Path

import openai
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))
from partwise_client import API_KEY  # noqa: E402
from partwise_server import PartwiseServer  # noqa: E402
from description import Description  # noqa: E402
from wire_tap import WireTap  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes more than a few seconds, or much disk space")


def blob_flags(name):
    """Where tests/harness/ceph.py has started an object store, blobs are there."""
    location, _, query = os.environ.get("PARTWISE_TEST_S3", "").partition("?")
    return ["--blobs", f"{location}/{name}?{query}"] if location else []


@pytest.fixture(scope="session")
def start_server(tmp_path_factory):
    """Starts a server with a data directory of its own: start_server('--upload-ttl', '1')."""
    servers = []

    def start(*flags):
        data_dir = tmp_path_factory.mktemp("server") / "data"
        flags = (*flags, *blob_flags(data_dir.parent.name))
        servers.append(PartwiseServer(os.environ["PARTWISE_BINARY"], data_dir, *flags))
        return servers[-1].start()

    yield start
    codes = [server.stop() for server in servers]
    assert codes == [0] * len(servers), "a drained server exits with 0"
    for server in servers:
        code, output = server.fsck()
        assert code == 0, f"fsck after the run:\n{output}"


class TappedServer:
    """A server as clients reach it through a tap."""

    def __init__(self, server):
        self.tap = WireTap(server.port)
        self.base_url = f"http://127.0.0.1:{self.tap.port}/v1"


@pytest.fixture(scope="session")
def server(start_server):
    """At the end of the run, all that was said to it is held against docs/openapi.yaml."""
    tapped = TappedServer(start_server())
    yield tapped
    exchanges = tapped.tap.exchanges()
    tapped.tap.close()
    description = Description()
    problems = [problem for exchange in exchanges for problem in description.problems(exchange)]
    assert not problems, "\n".join(problems[:20])


def make_client(server, kind=openai.OpenAI, **options):
    # Strict validation refuses an answer with a missing field or a field of the wrong type.
    settings = {"api_key": API_KEY, "_strict_response_validation": True, **options}
    return kind(base_url=server.base_url, **settings)


@pytest.fixture
def client(server):
    with make_client(server) as one:
        yield one


class Attempts:
    """Counts how often the SDK sent something."""

    def __init__(self, client):
        self.count = 0
        client._client.event_hooks["request"].append(self.on_request)

    def on_request(self, _):
        self.count += 1


@pytest.fixture
def attempts(client):
    return Attempts(client)


@pytest.fixture
def new_upload(client):
    """Creates a pending upload of so many bytes."""
    def create(size, **fields):
        return client.uploads.create(**{"bytes": size, "filename": "data.jsonl",
                                        "mime_type": "text/jsonl", "purpose": "batch", **fields})
    return create
