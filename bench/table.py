"""Tables of the results, as Markdown that also reads well in a terminal."""

from verdict import number_text

MARKS = {"reached": "reached", "within noise": "within the noise", "missed": "**missed**",
         "not measured": "not measured"}

FIGURES_MAX = 6  # In one cell.


def markdown_table(header, rows):
    """Columns as wide as their widest cell."""
    cells = [header, *rows]
    widths = [max(len(str(row[column])) for row in cells) for column in range(len(header))]
    lines = ["| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |"
             for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def column_text(value):
    return "–" if value is None else number_text(value)


def ratio_text(row, reference):
    """The median and the quartiles, by the reference."""
    if reference and row["name"] == reference:
        return "1"
    ratio = row.get("ratio")
    if not ratio:
        return "–"
    return f"{ratio['median']:.2f} ({ratio['q1']:.2f}–{ratio['q3']:.2f})"


def contest_table(contest):
    """One contest: a row for each contestant, the best first."""
    titles = list(contest["rows"][0]["columns"])
    header = ["", "durability", f"median {contest['unit']}", "min–max"]
    if contest["reference"]:
        header.append(f"÷ {contest['reference']}")
    rows = []
    for row in contest["rows"]:
        cells = [row["name"], row["class"], number_text(row["median"]),
                 f"{number_text(row['min'])}–{number_text(row['max'])}"]
        if contest["reference"]:
            cells.append(ratio_text(row, contest["reference"]))
        rows.append(cells + [column_text(row["columns"][title]) for title in titles])
    return markdown_table(header + titles, rows)


def compact_table(contests):
    """Contests of the same contestants, in a row each, where a table for each would be too much."""
    reference = contests[0]["reference"]
    names = [row["name"] for row in contests[0]["rows"]]
    names.sort(key=lambda name: (not name.startswith(reference or ""), name))
    compared = [name for name in names if not name.startswith(reference or " ")]
    header = [contests[0]["unit"], *names, *(f"{name} ÷ {reference}" for name in compared)]
    rows = []
    for contest in contests:
        by_name = {row["name"]: row for row in contest["rows"]}
        rows.append([contest["label"], *(number_text(by_name[name]["median"]) for name in names),
                     *(ratio_text(by_name[name], reference) for name in compared)])
    return markdown_table(header, rows)


def contest_tables(family):
    """(title, table) of all contests of a family."""
    if family["compact"]:
        yield family["title"], compact_table(family["contests"])
        return
    for contest in family["contests"]:
        yield contest["title"], contest_table(contest)


def figures_text(goal):
    """'1 conn.: 0.97 ×, 4 conn.: 1.02 ×', or the one figure that there is, or the extremes."""
    if not goal["figures"]:
        return "–"
    if len(goal["figures"]) > FIGURES_MAX:
        ordered = sorted(goal["figures"], key=lambda figure: figure["value"])
        return " to ".join(figures_text({"figures": [one]}) for one in (ordered[0], ordered[-1]))
    return ", ".join(f"{figure['case']}: {figure['text']}" if figure["case"] else figure["text"]
                     for figure in goal["figures"])


def goal_table(families):
    rows = [[goal["what"], goal["bound"], figures_text(goal), MARKS[goal["verdict"]], goal["note"]]
            for family in families for goal in family["goals"]]
    return markdown_table(["what", "goal", "measured", "verdict", "note"], rows)
