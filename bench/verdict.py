"""A goal, the figures that were measured for it, and whether it is reached."""

from dataclasses import dataclass

REACHED = "reached"
WITHIN_NOISE = "within noise"
MISSED = "missed"
NOT_MEASURED = "not measured"
FROM_GOOD_TO_BAD = (REACHED, WITHIN_NOISE, MISSED)


@dataclass(frozen=True)
class Figure:
    """What was measured in one case, as 'at 4 connections'. A gap within `noise`, a factor of at
    least 1, decides nothing."""

    value: float
    noise: float = 1.0
    case: str = ""


@dataclass(frozen=True)
class Goal:
    """`what` is to be at least (or, where `at_most`, at most) `bound`."""

    what: str
    bound: float
    at_most: bool = False
    unit: str = "×"  # Of the bound and of the figures; "×" is a ratio.

    def bound_text(self):
        return f"{'≤' if self.at_most else '≥'} {number_text(self.bound, self.unit)}"

    def judge(self, figure):
        """Noise only ever excuses a gap: a figure on the right side of the bound has reached it."""
        value, noise = figure.value, figure.noise
        if value <= self.bound if self.at_most else value >= self.bound:
            return REACHED
        if value <= self.bound * noise if self.at_most else value >= self.bound / noise:
            return WITHIN_NOISE
        return MISSED

    def outcome(self, figures, note=""):
        """A row of the table of goals, as it stands in the results: the worst case decides."""
        if not figures:
            return self.missing(note)
        verdict = max((self.judge(figure) for figure in figures), key=FROM_GOOD_TO_BAD.index)
        return {"what": self.what, "bound": self.bound_text(), "verdict": verdict, "note": note,
                "figures": [{"case": figure.case, "value": figure.value, "noise": figure.noise,
                             "text": number_text(figure.value, self.unit)}
                            for figure in figures]}

    def missing(self, why):
        """The row where there is no figure, and why."""
        return {"what": self.what, "bound": self.bound_text(), "verdict": NOT_MEASURED,
                "note": why, "figures": []}


def number_text(value, unit=""):
    """Three digits that count, and the unit; ratios as '1.23 ×'."""
    if abs(value) >= 100:
        text = f"{value:,.0f}".replace(",", " ")
    elif abs(value) >= 10:
        text = f"{value:.1f}"
    else:
        text = f"{value:.2f}"
    return f"{text} {unit}".rstrip()
