"""Medians, spreads and ratios of values that were measured in rounds.

The reference of a contest runs twice in each round. What its two runs differ by is noise of this
machine, whoever is measured: no gap that is smaller says anything.
"""

from dataclasses import asdict, dataclass
from statistics import median


def quantile(values, share):
    """Linear between the two values that it falls between."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True)
class Spread:
    """What the rounds of one contestant gave."""

    median: float
    q1: float
    q3: float
    min: float
    max: float
    rounds: int

    def as_json(self):
        return asdict(self)


def spread_of(values):
    """Errors: ValueError, if nothing was measured."""
    if not values:
        raise ValueError("no round was measured")
    return Spread(median(values), quantile(values, 0.25), quantile(values, 0.75),
                  min(values), max(values), len(values))


def round_ratios(values, *references):
    """Each round's value by the mean of what the reference gave in the same round."""
    ratios = []
    for index, value in enumerate(values):
        beside = [reference[index] for reference in references]
        ratios.append(value * len(beside) / sum(beside))
    return ratios


def noise_factor(first, second):
    """How far the reference strays from itself: at least 1.

    The ratios of its two runs, each in both directions, since neither of them is the right one;
    their upper quartile. So in every second round the two runs differed by less than this.
    """
    ratios = [two / one for one, two in zip(first, second)]
    return max(1.0, quantile(ratios + [1 / ratio for ratio in ratios], 0.75))


def own_noise_factor(values):
    """The same for a figure that has no reference: how far its quartiles are from its median."""
    spread = spread_of(values)
    if spread.median <= 0 or spread.q1 <= 0:
        return 1.0
    return max(1.0, spread.q3 / spread.median, spread.median / spread.q1)
