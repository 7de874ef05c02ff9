"""POST /files: a file in one body, beside the same bytes in parts."""

from contest import Contest, Entry
from contestants.floor import Floor
from contestants.partwise import Partwise
from families.ingest import COSTS, PART_BYTES
from session import Family
from spread import spread_of
from verdict import Figure, Goal

FILE_BYTES = 512 * 1024 * 1024
WHOLE = "partwise, POST /files"
PARTS = "partwise, parts"
FLOOR = "floor, PUT"


def run(session):
    family = Family("whole_file", "A file of 512 MiB in one body, relaxed")
    entrants = session.take(family, [Partwise(session.tools), Floor(session.tools)])
    with session.started(entrants) as (partwise, floor):
        def whole():
            return session.generator.measure(partwise, partwise.file_job(FILE_BYTES), 1,
                                             seconds=session.cell_seconds)

        def put():
            return session.generator.measure(floor, floor.part_job(FILE_BYTES), 1,
                                             seconds=session.cell_seconds)
        parts = session.part_entry(partwise, PART_BYTES, 1)
        contest = Contest("512 MiB in one body, 1 connection", "512 MiB", "bytes_per_s", "MB/s",
                          1e-6, PARTS, extras=COSTS)
        contest.entries = [Entry(PARTS, parts.measure, partwise.clear),
                           Entry(WHOLE, whole, partwise.clear), Entry(FLOOR, put, floor.clear)]
        family.contests.append(contest.run(session.rounds, session.say))
    figure = Figure(spread_of(contest.ratios(WHOLE, PARTS)).median, contest.noise())
    family.goals.append(Goal("POST /files of 512 MiB ÷ part ingest", 0.9).outcome([figure]))
    return family
