"""The faults that the tests of this folder put before system calls, and what every server has to
be like behind them."""

import collections
import errno
import time

from fault_verbs import expect
from interposer import CALLS
from partwise_client import Refused, content_of

CONTENT, METADATA = ("content", "other"), ("metadata",)
PATIENCE_SECONDS = 10  # For the server to end, or to tidy up. Nothing is judged by how long.
EXIT_INTERNAL = 70

Fault = collections.namedtuple("Fault", "name calls files error statuses stays", defaults=(False,))

TAKES_SPACE = ("create", "write", "sync", "link", "mkdir", "truncate")
INTERRUPTED = ("open", "create", "write", "read", "sync", "write_back", "send")
TRANSFERS = ("write", "read", "send")

# The statuses are those of an answer that is no success. The first of each is the usual one.
FAULTS = (
    Fault("EIO of content", CALLS, CONTENT, errno.EIO, {500, 503}),
    Fault("EIO of SQLite", CALLS, METADATA, errno.EIO, {503, 500}),
    Fault("ENOSPC of content", TAKES_SPACE, CONTENT, errno.ENOSPC, {507}),
    Fault("ENOSPC of SQLite", TAKES_SPACE, METADATA, errno.ENOSPC, {507, 503}),
    Fault("EMFILE of content", ("open", "create"), CONTENT, errno.EMFILE, {503}),
    Fault("EMFILE of SQLite", ("open", "create"), METADATA, errno.EMFILE, {503, 500}),
    Fault("EINTR of content", INTERRUPTED, CONTENT, errno.EINTR, set()),
    Fault("EINTR of SQLite", INTERRUPTED, METADATA, errno.EINTR, {503}),
    Fault("short transfer of content", TRANSFERS, CONTENT, 0, set()),
    Fault("short transfer of SQLite", TRANSFERS, METADATA, 0, set()),
    # 503, where the reaper met it before.
    Fault("failed sync of content", ("sync",), CONTENT, errno.EIO, {500, 503}),
    Fault("failed sync of SQLite", ("sync",), METADATA, errno.EIO, {503}),
    Fault("EIO of content for good", CALLS, CONTENT, errno.EIO, {500, 503}, True),
    Fault("EIO of SQLite for good", CALLS, METADATA, errno.EIO, {503, 500}, True),
    Fault("ENOSPC of both for good", TAKES_SPACE, CONTENT + METADATA, errno.ENOSPC, {507, 503},
          True),
)


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def probe(client):
    """One upload from its creation to its deletion."""
    content = content_of(1, 10_000)
    upload = client.create_upload(len(content))
    done = client.complete(upload, [client.add_part(upload, content)])
    expect(client.content(done["file"]["id"]) == content, "the content differs")
    client.delete_file(done["file"]["id"])


def await_room(client):
    """The probe, once the server has taken back what it keeps for a full disk."""
    def has_room():
        try:
            probe(client)
            return True
        except Refused as refused:
            expect(refused.status == 507, f"a full disk answers {refused}")
            return False
    expect(wait_until(has_room), "the server finds no room again")


def check_degraded(client, fault):
    try:
        upload = client.create_upload(1)
    except Refused as refused:
        expect(fault.error == errno.ENOSPC and refused.status == 507, f"a create answers {refused}")
        return
    try:
        client.add_part(upload, b"x")
        raise AssertionError("a degraded volume took content")
    except Refused as refused:
        expect(refused.status == 503, f"a degraded volume answers {refused}")
    client.cancel(upload)


def places_of(stride, dice, places_max):
    """Every so many places, beginning where the dice say."""
    return range(dice.randrange(stride), places_max, stride)


def count_faults(run, places):
    """Runs each place until one meets no fault. `run` returns what it met, or None. How often each
    was met. At the first place too, where a stride has gone past all that there are."""
    counts, place = collections.Counter(), None
    for place in places:
        met = run(place)
        if met is None:
            break
        counts[met] += 1
    else:
        raise AssertionError("it does not come to an end")
    first = run(0) if place and not counts else None
    if first is not None:
        counts[first] += 1
    return counts


def check_met(name, fault, counts, may_meet_nothing):
    """`may_meet_nothing`: of each name the faults that it need not meet. What meets nothing proves
    nothing."""
    expect(counts or fault.name in may_meet_nothing.get(name, ()), "it met no fault")


def names_of(files):
    """Of all faults that can meet such files."""
    return {fault.name for fault in FAULTS if set(fault.files) & set(files)}
