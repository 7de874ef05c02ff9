"""A contest: contestants that do the same work in turn, round for round, on a quiet machine."""

import os
from dataclasses import dataclass, field
from typing import Callable

from spread import noise_factor, round_ratios, spread_of

AGAIN = " again"  # The second run of the reference in each round.


@dataclass(frozen=True)
class Entry:
    """Somebody's part in a contest. `measure` gives one sample; `clear` removes what it stored."""

    name: str
    measure: Callable[[], dict]
    clear: Callable[[], None]
    durability: str = "relaxed"


@dataclass
class Contest:
    """One table of the results: a metric, and its values by contestant and round."""

    title: str
    label: str  # Short, for a plot.
    metric: str  # A key of the samples.
    unit: str
    scale: float = 1.0  # From the sample to the unit.
    reference: str | None = None  # The entry that runs twice.
    entries: list = field(default_factory=list)
    samples: dict = field(default_factory=dict)
    extras: dict = field(default_factory=dict)  # Column title -> function of a list of samples.

    def turns(self, index):
        """The entries of one round, in its order; the reference stands twice, apart. The order
        rotates, and every other round goes backwards, so that nobody always follows the same."""
        names = [entry.name for entry in self.entries]
        if self.reference:
            others = [name for name in names if name != self.reference]
            middle = (len(others) + 1) // 2
            names = [self.reference, *others[:middle], self.reference + AGAIN, *others[middle:]]
        start = index // 2 % len(names)
        names = names[start:] + names[:start]
        return names[::-1] if index % 2 else names

    def run(self, rounds, say=lambda _: None, warm=True):
        """One round that is not counted, so that everything is warm, and then `rounds`."""
        by_name = {entry.name: entry for entry in self.entries}
        for entry in self.entries if warm else []:
            entry.measure()
            settle(entry)
        for index in range(rounds):
            for name in self.turns(index):
                entry = by_name[name.removesuffix(AGAIN)]
                self.samples.setdefault(name, []).append(entry.measure())
                settle(entry)
        say(self.summary())
        return self

    def values(self, name, metric=None):
        scale = self.scale if metric in (None, self.metric) else 1.0
        return [sample[metric or self.metric] * scale for sample in self.samples[name]]

    def noise(self):
        """1 where there is no reference."""
        if not self.reference:
            return 1.0
        return noise_factor(self.values(self.reference), self.values(self.reference + AGAIN))

    def ratios(self, name, by, metric=None):
        """Round for round; by both runs of the reference, if it is that."""
        beside = [self.values(by, metric)]
        if by == self.reference:
            beside.append(self.values(by + AGAIN, metric))
        return round_ratios(self.values(name, metric), *beside)

    def summary(self):
        parts = [f"{name} {spread_of(self.values(name)).median:,.4g}" for name in self.samples]
        return f"  {self.title}: {' · '.join(parts)} {self.unit}"

    def as_json(self):
        classes = {entry.name: entry.durability for entry in self.entries}
        rows = []
        for name in sorted(self.samples, key=lambda one: -spread_of(self.values(one)).median):
            row = {"name": name, "class": classes[name.removesuffix(AGAIN)],
                   "values": self.values(name), **spread_of(self.values(name)).as_json(),
                   "columns": {title: column(self.samples[name])
                               for title, column in self.extras.items()}}
            if self.reference == name.removesuffix(AGAIN) and name != self.reference:
                row["ratio"] = spread_of(round_ratios(
                    self.values(name), self.values(self.reference))).as_json()
            elif self.reference and name != self.reference:
                row["ratio"] = spread_of(self.ratios(name, self.reference)).as_json()
            rows.append(row)
        return {"title": self.title, "label": self.label, "unit": self.unit,
                "reference": self.reference, "noise": self.noise(), "rows": rows}


def settle(entry):
    """What one contestant wrote is gone before the next begins, and write-back has nothing left."""
    entry.clear()
    os.sync()


def median_of(metric, scale=1.0):
    """A column: the median of a metric over the rounds, None where it was not measured."""
    def column(samples):
        values = [sample[metric] * scale for sample in samples if metric in sample]
        return spread_of(values).median if values else None
    return column


def largest_of(metric, scale=1.0):
    def column(samples):
        values = [sample[metric] * scale for sample in samples if metric in sample]
        return max(values) if values else None
    return column
