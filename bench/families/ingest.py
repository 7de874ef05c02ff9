"""Part ingest: 64 MiB in each request, as SDKs send them."""

from contest import Contest, largest_of, median_of
from contestants.floor import Floor
from contestants.partwise import Partwise
from session import Family
from spread import spread_of
from verdict import Figure, Goal, number_text

MIB = 1024 * 1024
PART_BYTES = 64 * MIB
CONNECTIONS = (1, 2, 4, 8)
FEW_CONNECTIONS = (1, 4)
COSTS = {"CPU s per GB": median_of("cpu_s_per_gb"), "peak MiB": largest_of("peak_bytes", 1 / MIB)}


def connections_text(connections):
    return "1 connection" if connections == 1 else f"{connections} connections"


def ratio(contest, by, case, metric=None):
    """Partwise by somebody else: the median of the rounds, and what the noise of the machine is."""
    ratios = contest.ratios(Partwise.name, by, metric)
    return Figure(spread_of(ratios).median, contest.noise(), case)


def strongest(contest, names):
    """Who of these was the fastest."""
    return max(names, key=lambda name: spread_of(contest.values(name)).median)


def rival_goals(family, contests, what, bound, names):
    """Partwise by the strongest of the rivals in each contest. The note has the floor by the same:
    what a server without any feature reaches on this machine."""
    goal = Goal(what, bound)
    if not names:
        return goal.missing("no rival of this class took part")
    figures, against, floors = [], [], []
    for contest in contests:
        best = strongest(contest, names)
        figures.append(ratio(contest, best, contest.label))
        against.append(best)
        if contest.reference == Floor.name:
            floor = spread_of(contest.ratios(Floor.name, best)).median
            floors.append(number_text(floor, "×"))
    note = f"the strongest: {', '.join(dict.fromkeys(against))}"
    if floors:
        note += f"; the floor itself: {', '.join(floors)}"
    return goal.outcome(figures, note)


def run_contests(session, family, entrants, connection_counts, durability, title, **options):
    """One contest for each number of connections. `options` go to Partwise alone."""
    for connections in connection_counts:
        contest = Contest(f"{title}, {connections_text(connections)}", f"{connections} conn.",
                          "bytes_per_s", "MB/s", 1e-6, Floor.name, extras=COSTS)
        for entrant in entrants:
            own = options if entrant.name == Partwise.name else {}
            contest.entries.append(
                session.part_entry(entrant, PART_BYTES, connections, durability, **own))
        family.contests.append(contest.run(session.rounds, session.say))


def relaxed(session):
    family = Family("ingest_relaxed", "Part ingest, 64 MiB multipart, relaxed")
    entrants = session.take(family, [Floor(session.tools), Partwise(session.tools),
                                     *session.make_rivals()])
    with session.started(entrants):
        run_contests(session, family, entrants, CONNECTIONS, "relaxed", "64 MiB parts, relaxed")
    names = [entrant.name for entrant in entrants[2:]]
    contests = family.contests
    family.goals.append(Goal("part ingest, relaxed ÷ floor", 0.95).outcome(
        [ratio(contest, Floor.name, contest.label) for contest in contests]))
    family.goals.append(rival_goals(family, contests, "part ingest, relaxed ÷ nginx PUT", 1.4,
                                    [name for name in names if name == "nginx"]))
    family.goals.append(rival_goals(family, contests, "part ingest, relaxed ÷ every other rival",
                                    2.5, [name for name in names if name != "nginx"]))
    family.goals.append(Goal("CPU per GB, relaxed ÷ floor", 1.25, at_most=True).outcome(
        [ratio(contest, Floor.name, contest.label, "cpu_s_per_gb") for contest in contests]))
    return family


def strict(session):
    family = Family("ingest_strict", "Part ingest, 64 MiB multipart, strict")
    entrants = session.take(family, [Floor(session.tools), Partwise(session.tools),
                                     *session.make_rivals()], "strict")
    with session.started(entrants, "strict"):
        run_contests(session, family, entrants, CONNECTIONS, "strict", "64 MiB parts, strict")
    family.goals.append(Goal("part ingest, strict ÷ floor with fdatasync", 0.95).outcome(
        [ratio(contest, Floor.name, contest.label) for contest in family.contests]))
    names = [entrant.name for entrant in entrants[2:]]
    family.goals.append(rival_goals(family, family.contests,
                                    "part ingest, strict ÷ every rival that syncs", 2.5, names))
    return family


def sha256(session):
    family = Family("ingest_sha256", "Part ingest with a SHA-256 for each part, relaxed")
    entrants = session.take(family, [Floor(session.tools), Partwise(session.tools)])
    digest = session.payload.sha256(PART_BYTES)
    with session.started(entrants):
        run_contests(session, family, entrants, FEW_CONNECTIONS, "relaxed",
                     "64 MiB parts with SHA-256", texts={"sha256": digest})
    family.goals.append(Goal("part ingest with SHA-256 ÷ floor", 0.6).outcome(
        [ratio(contest, Floor.name, contest.label) for contest in family.contests]))
    return family


def tls(session):
    """nginx is the reference here, and runs twice: the floor speaks no TLS."""
    family = Family("ingest_tls", "Part ingest over TLS 1.3, relaxed")
    rivals = [rival for rival in session.make_rivals() if rival.speaks_tls]
    entrants = session.take(family, [Partwise(session.tools), *rivals], tls=True)
    names = [entrant.name for entrant in entrants[1:]]
    reference = "nginx" if "nginx" in names else None
    with session.started(entrants, tls=True):
        for connections in FEW_CONNECTIONS:
            contest = Contest(f"64 MiB parts over TLS, {connections_text(connections)}",
                              f"{connections} conn.", "bytes_per_s", "MB/s", 1e-6, reference,
                              extras=COSTS)
            contest.entries = [session.part_entry(entrant, PART_BYTES, connections)
                               for entrant in entrants]
            family.contests.append(contest.run(session.rounds, session.say))
    family.goals.append(rival_goals(family, family.contests,
                                    "part ingest over TLS ÷ nginx with TLS", 0.8,
                                    names if reference else []))
    return family
