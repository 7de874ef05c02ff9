"""Tables of the results, as Markdown that also reads well in a terminal."""

from verdict import number_text

MARKS = {"reached": "reached", "within noise": "within the noise", "missed": "**missed**",
         "not measured": "not measured"}


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
        header.append(f"by {contest['reference']}")
    rows = []
    for row in contest["rows"]:
        cells = [row["name"], row["class"], number_text(row["median"]),
                 f"{number_text(row['min'])}–{number_text(row['max'])}"]
        if contest["reference"]:
            cells.append(ratio_text(row, contest["reference"]))
        rows.append(cells + [column_text(row["columns"][title]) for title in titles])
    return markdown_table(header + titles, rows)


def figures_text(goal):
    """'1 conn.: 0.97 ×, 4 conn.: 1.02 ×', or the one figure that there is."""
    if not goal["figures"]:
        return "–"
    return ", ".join(f"{figure['case']}: {figure['text']}" if figure["case"] else figure["text"]
                     for figure in goal["figures"])


def goal_table(families):
    rows = [[goal["what"], goal["bound"], figures_text(goal), MARKS[goal["verdict"]], goal["note"]]
            for family in families for goal in family["goals"]]
    return markdown_table(["what", "goal", "measured", "verdict", "note"], rows)
