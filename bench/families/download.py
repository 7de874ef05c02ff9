"""Download of a file that was made of parts, beside a plain file that nginx sends."""

from contest import Contest, Entry, largest_of, median_of
from contestants.contestant import Job
from contestants.partwise import AUTHORIZATION, Partwise
from families.ingest import MIB, connections_text, ratio
from rivals.nginx import Nginx
from session import Family
from verdict import Goal

PART_BYTES = 64 * MIB
PARTS = 16
FILE_BYTES = PARTS * PART_BYTES
COSTS = {"CPU s per GB": median_of("cpu_s_per_gb"), "peak MiB": largest_of("peak_bytes", 1 / MIB)}


def make_partwise_file(session, partwise):
    """The path of a file of 16 parts."""
    upload = partwise.create_upload(FILE_BYTES)
    job = Job([partwise.part_step(PART_BYTES, upload=upload)])
    session.generator.run(partwise, job, 1, iterations=PARTS)
    file = partwise.complete(upload, partwise.list_parts(upload))
    return f"/v1/files/{file}/content"


def make_nginx_file(session, nginx):
    """The path of a file of the same content."""
    with open(nginx.folder / "files" / "file", "wb") as target:
        for _ in range(PARTS):
            with open(session.payload.path, "rb") as source:
                target.write(source.read(PART_BYTES))
    return "/file"


def whole_job(path, headers):
    step = {"name": "get", "method": "GET", "path": path, "headers": headers, "expect": [200]}
    return Job([step], {}, FILE_BYTES)


def range_job(path, headers):
    step = {"name": "get", "method": "GET", "path": path, "headers": headers, "expect": [206],
            "random_ranges": {"file_bytes": FILE_BYTES, "bytes": MIB}}
    return Job([step], {}, MIB)


CELLS = (("whole file", whole_job, 1), ("whole file", whole_job, 4),
         ("1 MiB ranges", range_job, 4))


def run(session):
    family = Family("download", "Download of 1 GiB that was made of 16 parts")
    entrants = session.take(family, [Nginx(session.tools), Partwise(session.tools)])
    with session.started(entrants):
        paths = {}
        for entrant in entrants:
            make = make_partwise_file if entrant.name == Partwise.name else make_nginx_file
            paths[entrant.name] = make(session, entrant)
        has_nginx = Nginx.name in paths
        for kind, make_job, connections in CELLS:
            contest = Contest(f"{kind}, {connections_text(connections)}",
                              f"{kind}, {connections} conn.", "bytes_per_s", "MB/s", 1e-6,
                              Nginx.name if has_nginx else None, extras=COSTS)
            for entrant in entrants:
                headers = AUTHORIZATION if entrant.name == Partwise.name else {}
                job = make_job(paths[entrant.name], headers)

                def measure(entrant=entrant, job=job, connections=connections):
                    return session.generator.measure(entrant, job, connections,
                                                     seconds=session.cell_seconds)
                contest.entries.append(Entry(entrant.name, measure, lambda: None))
            family.contests.append(contest.run(session.rounds, session.say))
    for what, contests in (("download of 1 GiB ÷ nginx sendfile", family.contests[:2]),
                           ("random 1 MiB ranges ÷ nginx sendfile", family.contests[2:])):
        goal = Goal(what, 0.95)
        family.goals.append(goal.outcome(
            [ratio(contest, Nginx.name, contest.label) for contest in contests])
            if has_nginx else goal.missing("nginx could not be had"))
    return family
