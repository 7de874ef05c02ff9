"""Freeing the space of a cancelled upload, beside a plain unlink of such files."""

import os
import time

from contest import Contest, Entry
from contestants.contestant import Job
from contestants.floor import Floor
from contestants.partwise import Partwise
from families.ingest import MIB
from families.pairs import step_quantile
from session import Family
from spread import spread_of
from verdict import Figure, Goal

PART_BYTES = 64 * MIB
FILES, LARGE_FILES = 16, 128  # 1 GiB, and 8 GiB in fewer rounds, since writing it takes so long.
LARGE_ROUNDS = 3
CONNECTIONS = 4
CANCEL, UNLINK = "cancel", "unlink"


def cancel_entry(session, partwise, files):
    def measure():
        upload = partwise.create_upload()
        job = Job([partwise.part_step(PART_BYTES, upload=upload)])
        session.generator.run(partwise, job, CONNECTIONS, iterations=files)
        os.sync()
        probe = session.generator.begin(partwise, partwise.abort_job(), 1, seconds=0.3, pause_ms=5)
        begin = time.perf_counter()
        partwise.ask("POST", f"/uploads/{upload}/cancel")
        answered = time.perf_counter() - begin
        partwise.uploads.remove(upload)
        partwise.wait_until_free()
        seconds = time.perf_counter() - begin
        beside = session.generator.end(probe, partwise.name)
        return {"seconds": seconds, "answer_ms": answered * 1e3, "steps": beside["steps"]}
    return Entry(CANCEL, measure, partwise.clear, "strict")


def unlink_entry(session, floor, files):
    def measure():
        session.generator.run(floor, floor.part_job(PART_BYTES), CONNECTIONS, iterations=files)
        os.sync()
        paths = [entry.path for entry in os.scandir(floor.folder)]
        begin = time.perf_counter()
        for path in paths:
            os.unlink(path)
        return {"seconds": time.perf_counter() - begin, "steps": {}}
    return Entry(UNLINK, measure, floor.clear, "strict")


def run(session):
    family = Family("freeing", "Freeing a cancelled upload, strict")
    taken = session.take(family, [Partwise(session.tools), Floor(session.tools)], "strict")
    with session.started(taken, "strict") as (partwise, floor):
        extras = {"cancel answered in ms": lambda samples: max(
            (sample["answer_ms"] for sample in samples if "answer_ms" in sample), default=None),
                  "p99 ms of other cancels": step_quantile("cancel", "p99")}
        for files, rounds, reference in (
                (FILES, session.rounds, UNLINK),
                (LARGE_FILES, min(session.rounds, LARGE_ROUNDS), None)):
            size = f"{files * PART_BYTES // 1024 ** 3} GiB"
            contest = Contest(f"freeing {size}, {files} files", size, "seconds", "s",
                              reference=reference, extras=extras)
            contest.entries = [cancel_entry(session, partwise, files),
                               unlink_entry(session, floor, files)]
            family.contests.append(contest.run(rounds, session.say, warm=False))
    noise = family.contests[0].noise()
    figures = [Figure(spread_of(contest.ratios(CANCEL, UNLINK)).median, noise, contest.label)
               for contest in family.contests]
    family.goals.append(Goal("freeing a cancelled upload ÷ a plain unlink", 1.5, True)
                        .outcome(figures))
    beside = [step_quantile("cancel", "p99")(contest.samples[CANCEL])
              for contest in family.contests]
    family.notes.append("p99 of other cancels meanwhile: "
                        + ", ".join(f"{value:.1f} ms" for value in beside if value) + ".")
    return family
