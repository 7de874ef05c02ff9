"""Complete: a matter of rows, whatever the bytes; and the digest of the whole, where it is asked
for."""

import hashlib
import json
import time

from contest import Contest, Entry
from contestants.contestant import Job
from contestants.partwise import AUTHORIZATION, Partwise
from families.ingest import MIB
from families.pairs import step_quantile
from session import Family
from spread import own_noise_factor, spread_of
from verdict import Figure, Goal

PARTS = 128
ROUNDS = 4  # At most, since storing 8 GiB takes so long.
LARGE_PART, SMALL_PART = 64 * MIB, 64 * 1024  # 8 GiB and 8 MiB.
SMALL_UPLOADS = 3  # In each round, since they cost next to nothing.
LARGE, SMALL = "8 GiB in 128 parts", "8 MiB in 128 parts"
CONNECTIONS = 4
DIGEST_PARTS = 8  # 512 MiB.
QUIET, BESIDE = "alone", "beside a complete with md5"


def store(session, partwise, part_bytes, parts, uploads):
    """Uploads with all of their parts: [(id, part ids)]."""
    made = [partwise.create_upload(part_bytes * parts) for _ in range(uploads)]
    job = Job([partwise.part_step(part_bytes)], {"upload": made})
    session.generator.run(partwise, job, CONNECTIONS, iterations=parts * uploads)
    return [(upload, partwise.list_parts(upload)) for upload in made]


def complete_job(partwise, uploads):
    """Completes one of these uploads in each iteration."""
    bodies = [json.dumps({"part_ids": parts}) for _, parts in uploads]
    step = {"name": "complete", "method": "POST", "path": "/v1/uploads/${upload}/complete",
            "headers": AUTHORIZATION, "expect": [200],
            "capture": {"file": {"after": '"object":"file","id":"', "until": '"'}},
            "body": {"kind": "text", "text": "${body}", "content_type": "application/json"}}
    return Job([step], {"upload": [upload for upload, _ in uploads], "body": bodies})


def complete_entry(session, partwise, name, part_bytes, uploads):
    def measure():
        made = store(session, partwise, part_bytes, PARTS, uploads)
        sample = session.generator.measure(partwise, complete_job(partwise, made), 1,
                                           iterations=uploads)
        for upload, _ in made:
            partwise.uploads.remove(upload)  # It is a file now, which clear finds in the list.
        step = sample["steps"]["complete"]
        return {**sample, "worst_ms": step["max_us"] / 1e3, "mean_ms": step["mean_us"] / 1e3}
    return Entry(name, measure, partwise.clear, "strict")


def rows(session):
    """Every round has too few completes for a p99, so that the worst of all of them stands for it,
    which is not less."""
    family = Family("complete", "Complete of 128 parts, strict")
    with session.started(session.take(family, [Partwise(session.tools)], "strict"),
                         "strict") as (partwise,):
        contest = Contest("complete of 128 parts: mean of a round", "complete", "mean_ms", "ms",
                          extras={"worst ms": lambda samples: max(
                              sample["worst_ms"] for sample in samples)})
        contest.entries = [complete_entry(session, partwise, LARGE, LARGE_PART, 1),
                           complete_entry(session, partwise, SMALL, SMALL_PART, SMALL_UPLOADS)]
        rounds = min(session.rounds, ROUNDS)
        family.contests.append(contest.run(rounds, session.say, warm=False))
    worst = max(contest.values(LARGE, "worst_ms"))
    family.goals.append(Goal("p99 of the complete of 8 GiB in 128 parts", 10, True, "ms").outcome(
        [Figure(worst)], f"the worst of {rounds}, since nobody waits for a hundred"))
    ratios = contest.ratios(LARGE, SMALL)
    family.goals.append(Goal("complete of 8 GiB ÷ that of 8 MiB, both in 128 parts", 2, True)
                        .outcome([Figure(spread_of(ratios).median, own_noise_factor(ratios))],
                                 "round for round, the median"))
    return family


def digest_of_blobs(partwise, part_bytes):
    """(digest, seconds) of one pass over the blobs of the only upload; they are in the page
    cache. The order is that of their names, which costs the same as the right one."""
    blobs = sorted(path for path in (partwise.server.data_dir / "blobs").rglob("*")
                   if path.is_file() and path.stat().st_size == part_bytes)
    begin = time.perf_counter()
    digest = hashlib.md5(usedforsecurity=False)
    for blob in blobs:
        with open(blob, "rb", buffering=0) as file:
            while block := file.read(MIB):
                digest.update(block)
    return len(blobs), time.perf_counter() - begin


def digest_of_payload(session, part_bytes, parts):
    """Of `parts` times the first bytes of the payload."""
    content = session.payload.path.open("rb").read(part_bytes)
    digest = hashlib.md5(usedforsecurity=False)
    for _ in range(parts):
        digest.update(content)
    return digest.hexdigest()


def probe(session, partwise, seconds):
    """Create + cancel on one connection, at an easy pace."""
    return session.generator.begin(partwise, partwise.abort_job(), 1, seconds=seconds, pause_ms=2)


def digest_entry(session, partwise, beside):
    """Parts in order, then a complete with the MD5 of the whole. Before it somebody creates and
    cancels alone, and with `beside` meanwhile too."""
    expected = digest_of_payload(session, LARGE_PART, DIGEST_PARTS)

    def measure():
        upload = partwise.create_upload(LARGE_PART * DIGEST_PARTS)
        job = Job([partwise.part_step(LARGE_PART, upload=upload)])
        session.generator.run(partwise, job, 1, iterations=DIGEST_PARTS)  # In order.
        parts = partwise.list_parts(upload)
        count, pass_seconds = digest_of_blobs(partwise, LARGE_PART)
        if count != DIGEST_PARTS:
            raise RuntimeError(f"{count} blobs were found, not {DIGEST_PARTS}")
        steps = {QUIET: session.generator.end(probe(session, partwise, 0.5))["steps"]["cancel"]}
        running = probe(session, partwise, max(0.3, pass_seconds)) if beside else None
        begin = time.perf_counter()
        partwise.complete(upload, parts, expected)
        seconds = time.perf_counter() - begin
        if running:
            steps[BESIDE] = session.generator.end(running)["steps"]["cancel"]
        return {"complete_ms": seconds * 1e3, "by_pass": seconds / pass_seconds,
                "pass_ms": pass_seconds * 1e3, "steps": steps}
    return Entry(partwise.name, measure, partwise.clear, "strict")


def md5(session):
    family = Family("complete_md5", "Complete with the MD5 of the whole, 512 MiB in 8 parts")
    servers = []
    for mode in ("running", "on_complete"):
        servers.append(Partwise(session.tools, "--md5", mode))
        servers[-1].name = f"partwise, --md5 {mode}"
    with session.started(session.take(family, servers, "strict"), "strict") as (running, default):
        contest = Contest("complete with md5", "complete", "complete_ms", "ms",
                          extras={"one MD5 pass ms": lambda samples: spread_of(
                              [sample["pass_ms"] for sample in samples]).median,
                                  "cancel p99 ms, alone": step_quantile(QUIET, "p99"),
                                  "cancel p99 ms, beside it": step_quantile(BESIDE, "p99")})
        contest.entries = [digest_entry(session, running, beside=False),
                           digest_entry(session, default, beside=True)]
        family.contests.append(contest.run(session.rounds, session.say))
    for goal, values in (
            (Goal("complete with md5 after parts in order, --md5 running", 50, True, "ms"),
             contest.values(running.name, "complete_ms")),
            (Goal("complete with md5 ÷ one MD5 pass, --md5 on_complete", 1.3, True),
             contest.values(default.name, "by_pass"))):
        figure = Figure(spread_of(values).median, own_noise_factor(values))
        family.goals.append(goal.outcome([figure]))
    undisturbed = step_quantile(BESIDE, "p99")(contest.samples[default.name])
    family.goals.append(Goal("p99 of cancel beside a complete with md5", 10, True, "ms")
                        .outcome([Figure(undisturbed)], "other requests undisturbed"))
    return family
