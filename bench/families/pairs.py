"""Create and cancel, in pairs: what an upload costs that comes to nothing."""

from contest import Contest, Entry, largest_of
from contestants.partwise import Partwise
from families.ingest import MIB, strongest
from session import Family
from spread import own_noise_factor, spread_of
from verdict import Figure, Goal

CONNECTIONS = 64
STRICT = "partwise, strict"
RELAXED = "partwise, relaxed"


def step_quantile(step, quantile, scale=1e-3):
    """A column: the median over the rounds of a quantile of a step, in ms."""
    def column(samples):
        values = [sample["steps"][step][f"{quantile}_us"] * scale for sample in samples
                  if step in sample["steps"]]
        return spread_of(values).median if values else None
    return column


def cpu_per_pair(samples):
    return spread_of([sample["cpu_s"] / sample["iterations"] * 1e6 for sample in samples]).median


COSTS = {"cancel p50 ms": step_quantile("cancel", "p50"),
         "cancel p99 ms": step_quantile("cancel", "p99"),
         "CPU µs per pair": cpu_per_pair, "peak MiB": largest_of("peak_bytes", 1 / MIB)}


def pair_entry(session, contestant, name, durability):
    def measure():
        return session.generator.measure(contestant, contestant.abort_job(), CONNECTIONS,
                                         seconds=session.cell_seconds)
    return Entry(name, measure, contestant.clear, durability)


def run(session):
    """Rivals of the relaxed class stand beside partwise in strict: they do less, not more."""
    family = Family("pairs", f"Create + cancel pairs, {CONNECTIONS} connections")
    strict = Partwise(session.tools)
    able = [rival for rival in session.make_rivals() if rival.abort_job()]
    rivals = []
    for rival in able:
        rivals += session.take(family, [rival], rival.classes[-1])
    relaxed = Partwise(session.tools)
    with session.started([strict], "strict"), session.started([relaxed, *rivals]):
        contest = Contest(f"create + cancel, {CONNECTIONS} connections", "pairs",
                          "iterations_per_s", "pairs/s", extras=COSTS)
        contest.entries = [pair_entry(session, strict, STRICT, "strict"),
                           pair_entry(session, relaxed, RELAXED, "relaxed")]
        for rival in rivals:
            contest.entries.append(pair_entry(session, rival, rival.name, rival.classes[-1]))
        family.contests.append(contest.run(session.rounds, session.say))
    values = contest.values(STRICT)
    family.goals.append(Goal("create + cancel pairs, strict, 64 connections", 20000,
                             unit="pairs/s").outcome(
        [Figure(spread_of(values).median, own_noise_factor(values))]))
    goal = Goal("create + cancel pairs, strict ÷ every rival's create + abort", 10)
    names = [rival.name for rival in rivals]
    if names:
        best = strongest(contest, names)
        ratios = contest.ratios(STRICT, best)
        family.goals.append(goal.outcome(
            [Figure(spread_of(ratios).median, own_noise_factor(ratios))],
            f"the strongest: {best}; who is of the relaxed class syncs nothing"))
    else:
        family.goals.append(goal.missing("no rival took part"))
    return family
