"""Cancel while eight streams of parts saturate the disk."""

import time

from contest import Contest, Entry
from contestants.partwise import Partwise
from families.ingest import PART_BYTES
from families.pairs import step_quantile
from session import Family
from spread import own_noise_factor, spread_of
from verdict import Figure, Goal

STREAMS = 8
LEAD_SECONDS = 0.4  # Until the disk is busy.
PROBE_SECONDS = 1.0
COSTS = {"cancel p50 ms": step_quantile("cancel", "p50"),
         "cancel max ms": step_quantile("cancel", "max"),
         "create p99 ms": step_quantile("create", "p99"),
         "streams MB/s": lambda samples: spread_of(
             [sample["stream_bytes_per_s"] / 1e6 for sample in samples]).median,
         "cancels": lambda samples: sum(sample["iterations"] for sample in samples)}


def entry(session, contestant, durability):
    def measure():
        job = contestant.part_job(PART_BYTES, uploads=STREAMS)
        streams = session.generator.begin(contestant, job, STREAMS,
                                          seconds=LEAD_SECONDS + PROBE_SECONDS)
        time.sleep(LEAD_SECONDS)
        sample = session.generator.measure(contestant, contestant.abort_job(), 1,
                                           seconds=PROBE_SECONDS)
        beside = session.generator.end(streams, contestant.name)
        sample["p99_ms"] = sample["steps"]["cancel"]["p99_us"] / 1e3
        sample["stream_bytes_per_s"] = beside["iterations"] * PART_BYTES / beside["elapsed_s"]
        return sample
    return Entry(contestant.name, measure, contestant.clear, durability)


def run(session):
    family = Family("cancel_latency", f"Cancel while {STREAMS} part streams saturate the disk")
    partwise = Partwise(session.tools)
    rivals = []
    for rival in session.make_rivals():
        if rival.abort_job():
            rivals += session.take(family, [rival], rival.classes[-1])
    with session.started([partwise], "strict"), session.started(rivals):
        contest = Contest("cancel beside 8 streams: p99", "p99", "p99_ms", "ms", extras=COSTS)
        contest.entries = [entry(session, partwise, "strict")]
        contest.entries += [entry(session, rival, rival.classes[-1]) for rival in rivals]
        family.contests.append(contest.run(session.rounds, session.say))
    values = contest.values(Partwise.name)
    family.goals.append(Goal("p99 of cancel beside 8 streams, strict", 10, True, "ms").outcome(
        [Figure(spread_of(values).median, own_noise_factor(values))],
        "the median over the rounds of each round's p99"))
    return family
