#!/usr/bin/env python3
"""Writes docs/benchmarks.md and its plots from the results of a run.

Without network or matplotlib the page is written all the same, and the plots stay as they are.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent
sys.path.insert(0, str(SOURCE / "tests" / "harness"))

from catalogue import FAMILIES  # noqa: E402  The harness has to be in the path first.
from contestants.contestant import Missing  # noqa: E402
from results import Results  # noqa: E402
from rivals.install import Tools  # noqa: E402
from table import contest_tables, goal_table, markdown_table  # noqa: E402
from verdict import FROM_GOOD_TO_BAD, NOT_MEASURED  # noqa: E402

GIB = 1024 ** 3

HEAD = """\
# Benchmarks

What a run of `make bench` measured. `make bench-report` writes this page from its results, and
from nothing else; what was missed stands here as missed.
"""

METHOD = """\
## How it is measured
- **In alternation.** In each round every contestant has one turn of about {seconds} s; the order
  rotates, and every other round goes backwards. Load generator and server share the machine, on
  loopback. One round before the first is not counted.
- **The floor** receives 1 MiB at a time and writes it to a file, on a thread for each connection,
  and knows no HTTP beyond a length. It runs twice in each round. Where there is a reference, the
  floor or another, contestants are divided by the mean of its two runs, round for round, and the
  table has the median of these ratios with its quartiles.
- **Noise.** The row *again* is the reference against itself. Its noise is the upper quartile of
  that ratio, taken in both directions. A goal is *missed* where the median is short of it by more
  than the noise, and *within the noise* where it is short by less. Figures without a reference
  have the quartiles of their own rounds as noise.
- **Nobody pays for another.** What a contestant stored is removed after its turn, and the file
  systems are synced. Free memory is kept from returning to the host of a virtual machine, which
  would make the first one to use it again several times slower (`bench/warm_memory.py`), and
  inodes of removed small parts from being new files, which ext4 makes slow (`bench/graveyard.py`).
- **CPU** is the user and system time of the server's processes during the turn; what the kernel
  does on its own behalf is nobody's. **Peak** is the largest resident memory of these processes.
- **Durability.** *strict* syncs before it answers; *relaxed* survives the end of the process only.
  Who never syncs takes part in *relaxed* alone; where it stands beside a strict Partwise, it does
  less.
"""


def machine_table(results):
    machine = results.content["machine"]

    def of_families(field):
        """The values of all families; more than one, where they were measured in several runs."""
        values = {str(family[field]) for family in results.content["families"].values()}
        return ", ".join(sorted(values))
    rows = [["processor", f"{machine['cpu']}, {machine['cores']} cores"],
            ["memory", f"{machine['memory_bytes'] / GIB:.0f} GiB"],
            ["kernel", machine["kernel"]], ["file system", machine["file_system"]],
            ["source", of_families("revision")], ["date", of_families("date")],
            ["rounds", of_families("rounds")]]
    return markdown_table(["", ""], rows)


def contestant_table(results):
    rows = [[name, one["version"] or "–", " and ".join(one["classes"]), one["note"]]
            for name, one in results.content["contestants"].items()]
    return markdown_table(["contestant", "version", "durability", "how it is run"], rows)


def count_of(families):
    goals = [goal for family in families for goal in family["goals"]]
    counts = [(verdict, sum(goal["verdict"] == verdict for goal in goals))
              for verdict in (*FROM_GOOD_TO_BAD, NOT_MEASURED)]
    return f"{len(goals)} goals: " + ", ".join(
        f"{count} {verdict}" for verdict, count in counts if count) + "."


def family_section(name, family, plots):
    yield f"## {family['title']}"
    if (plots / f"{name}.svg").exists():
        yield f"![{family['title']}](benchmarks/{name}.svg)"
    for title, table in contest_tables(family):
        if title != family["title"]:
            yield f"**{title}**"
        yield table
    yield from family["notes"]
    if family["skipped"]:
        yield "Did not take part: " + "; ".join(
            dict.fromkeys(f"{one['who']} ({one['why']})" for one in family["skipped"])) + "."


def page(results, plots, seconds):
    named = results.families(FAMILIES)
    families = [family for _, family in named]
    blocks = [HEAD.strip(), machine_table(results), "## Goals", count_of(families),
              goal_table(families), METHOD.format(seconds=seconds).strip(), "## Who took part",
              contestant_table(results)]
    for name, family in named:
        blocks += family_section(name, family, plots)
    return "\n\n".join(blocks) + "\n"


def draw_plots(tools, results, folder):
    """Whether there are plots of these results."""
    try:
        python = tools.venv("plots", HERE / "requirements.txt")
        subprocess.run([python, "-B", HERE / "plots.py", results, folder], check=True)
        return True
    except (Missing, subprocess.CalledProcessError) as failure:
        print(f"SKIPPED the plots: {failure}", file=sys.stderr)
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, default=SOURCE / "build" / "bench" / "results.json")
    parser.add_argument("--tools", type=Path, default=SOURCE / "build" / "bench-tools")
    parser.add_argument("--page", type=Path, default=SOURCE / "docs" / "benchmarks.md")
    arguments = parser.parse_args()
    if not arguments.json.exists():
        raise SystemExit(f"there are no results in {arguments.json}: run make bench first")
    results = Results(arguments.json)
    plots = arguments.page.with_suffix("")
    draw_plots(Tools(SOURCE, arguments.tools), arguments.json, plots)
    seconds = results.content.get("cell_seconds", 0.5)
    arguments.page.write_text(page(results, plots, seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
