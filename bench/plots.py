#!/usr/bin/env python3
"""Draws one SVG for each family of the results: plots.py RESULTS FOLDER. Needs matplotlib.

The same results give the same bytes, so that a commit shows what has changed.
"""

import json
import re
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "partwise", "svg.fonttype": "none", "font.family": "sans-serif",
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True})

import matplotlib.pyplot as pyplot  # noqa: E402  The backend is chosen first.

from verdict import number_text  # noqa: E402

# Partwise stands out, the floor stands back; others have a colour each, in every plot the same.
COLOURS = {"partwise": "#d1495b", "floor": "#9aa0a6", "floor again": "#c6cacf",
           "nginx": "#2e7d5b", "nginx again": "#8fbfa9", "@tus/server": "#3b6fb6",
           "versitygw": "#e0a030", "tusd": "#7fb2e5", "FastAPI": "#7b5ea7", "MinIO": "#8c564b",
           "partwise, strict": "#d1495b", "partwise, relaxed": "#eba4ad"}
MORE_COLOURS = ["#d1495b", "#eba4ad", "#9aa0a6", "#c6cacf", "#3b6fb6", "#7fb2e5"]
GROUP_SHARE = 0.82  # Of the room of a group that its bars take.
INCHES_HIGH = 3.1
LEVEL_LABELS_MAX = 6
BARS_WITH_VALUES_MAX = 12


def names_of(contests):
    """Every contestant: Partwise, the floor, and the others as they do in the first contest."""
    names = dict.fromkeys(row["name"] for contest in contests for row in contest["rows"])
    rank = {"partwise": 0, "floor": 1}
    return sorted(names, key=lambda name: (rank.get(re.split("[, ]", name)[0], 2),
                                           name.endswith("again")))


def colours_for(names):
    spare = [colour for colour in MORE_COLOURS
             if colour not in {COLOURS.get(name) for name in names}]
    return {name: COLOURS.get(name) or spare[index % len(spare)]
            for index, name in enumerate(names)}


def draw_bars(axes, contests, names):
    """A group for each contest, a bar for each contestant: the median, and a line min to max."""
    width = GROUP_SHARE / len(names)
    colours = colours_for(names)
    for index, name in enumerate(names):
        places, medians, below, above = [], [], [], []
        for group, contest in enumerate(contests):
            row = next((row for row in contest["rows"] if row["name"] == name), None)
            if row:
                places.append(group - GROUP_SHARE / 2 + (index + 0.5) * width)
                medians.append(row["median"])
                below.append(row["median"] - row["min"])
                above.append(row["max"] - row["median"])
        axes.bar(places, medians, width * 0.92, color=colours[name], label=name)
        if len(contests) * len(names) <= BARS_WITH_VALUES_MAX:
            for place, median, more in zip(places, medians, above):
                axes.annotate(number_text(median), (place, median + more), (0, 2), ha="center",
                              textcoords="offset points", fontsize=6.5, color="#333333")
        axes.errorbar(places, medians, [below, above], fmt="none", ecolor="#333333",
                      elinewidth=0.8, capsize=1.5)


def label_of(contest, many):
    """On two lines, where there is room for two."""
    return contest["label"] if many else contest["label"].replace(", ", "\n")


def draw(family, path):
    """Contests of different units stand in axes of their own, side by side."""
    contests = family["contests"]
    units = list(dict.fromkeys(contest["unit"] for contest in contests))
    figure, all_axes = pyplot.subplots(1, len(units), figsize=(max(6.4, 4.2 * len(units)),
                                                               INCHES_HIGH), squeeze=False)
    for axes, unit in zip(all_axes[0], units):
        chosen = [contest for contest in contests if contest["unit"] == unit]
        names = names_of(chosen)
        draw_bars(axes, chosen, names)
        many = len(chosen) > LEVEL_LABELS_MAX
        axes.set_xticks(range(len(chosen)), [label_of(contest, many) for contest in chosen],
                        rotation=40 if many else 0, ha="right" if many else "center")
        axes.set_ylabel(unit)
        axes.grid(axis="y", linewidth=0.4, color="#dddddd")
        if family["log_scale"]:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        if len(names) > 1:
            axes.legend(fontsize=7, frameon=False, ncols=1, loc="upper left",
                        bbox_to_anchor=(1.0, 1.0))
    figure.suptitle(family["title"], fontsize=10, x=0.02, ha="left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def main():
    results, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, family in results["families"].items():
        if family["contests"]:
            path = folder / f"{name}.svg"
            draw(family, path)
            lines = [line.rstrip() for line in path.read_text().splitlines()]
            path.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
