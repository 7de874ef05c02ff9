"""Small parts: what a request costs beside its bytes."""

from dataclasses import replace

from contest import Contest
from contestants.floor import Floor
from contestants.partwise import Partwise
from families.ingest import COSTS, rival_goals
from session import Family

KIB = 1024
SIZES = {"64 KiB": 64 * KIB, "1 MiB": 1024 * KIB}
CONNECTIONS = 8


def entry(session, contestant, size, durability):
    parts = session.part_entry(contestant, size, CONNECTIONS, durability)
    return replace(parts, clear=lambda: session.graveyard.bury(contestant))


def run_class(session, durability):
    family = Family(f"small_parts_{durability}",
                    f"Small parts, {CONNECTIONS} connections, {durability}")
    entrants = session.take(family, [Floor(session.tools), Partwise(session.tools),
                                     *session.make_rivals()], durability)
    with session.started(entrants, durability):
        for label, size in SIZES.items():
            contest = Contest(f"parts of {label}, {durability}", label, "iterations_per_s",
                              "parts/s", reference=Floor.name, extras=COSTS)
            contest.entries = [entry(session, entrant, size, durability) for entrant in entrants]
            family.contests.append(contest.run(session.rounds, session.say))
    names = [entrant.name for entrant in entrants[2:]]
    family.goals.append(rival_goals(family, family.contests,
                                    f"small parts, {durability} ÷ every rival", 2.0, names))
    return family


def relaxed(session):
    return run_class(session, "relaxed")


def strict(session):
    return run_class(session, "strict")
