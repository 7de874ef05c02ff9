#!/usr/bin/env python3
"""Checks the house style that a formatter cannot: lengths, names, banned words, disabled tests.

Files are those that git knows or would add. Each exception below carries its reason.
"""

import re
import subprocess
import sys
from pathlib import Path

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
ROOT_ENTRIES_MAX = 15  # Dotfiles aside: a stranger reads the root first.

CODE = (".cpp", ".hpp")
SCRIPTS = (".py", ".sh", ".cmake")
TEXT = CODE + SCRIPTS + (".md", ".txt", ".json", ".toml", ".sql", ".yaml", ".yml")

# Written so that this file does not contain what it bans.
BANNED = {
    r"\bTO" + r"DO\b": "open ends belong to an issue",
    r"\bFIX" + r"ME\b": "open ends belong to an issue",
    r"\bX" + r"XX\b": "open ends belong to an issue",
    r"\bHA" + r"CK\b": "say what it is and why",
    r"\bDISA" + r"BLED_": "a disabled test is deleted, or skipped with a printed reason",
    r"GTEST_SKIP\(\)\s*;": "a skipped test prints its reason",
    r"(?<![\w.])/(?:work|root|home)/": "no absolute path of a computer",
    r"\b[Oo]bvious" + r"ly\b|\b[Uu]til" + r"i[sz]e|\b[Ll]ever" + r"ag": "plain words",
}

# A name that says nothing attracts everything.
BANNED_STEMS = {"util", "utils", "helper", "helpers", "misc", "common", "manager", "stuff"}

# (path, rule) -> reason.
EXCEPTIONS = {
    ("LICENSE", "words"): "the text is not ours",
}

TEST_MACRO = re.compile(r"\b(?:EXPECT|ASSERT)_\w+\s*\(")
PRINTS = re.compile(r"std::(?:cout|cerr|clog)\b|\b(?:printf|fprintf|puts)\s*\(")
TYPE_OR_NAMESPACE = re.compile(
    r"\s*(template\s*<.*>\s*)?(inline\s+)?(namespace|class|struct|enum|union)\b")
SNAKE_CASE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def closing_parenthesis(text, opening):
    """The index after the parenthesis that closes the one at `opening`."""
    depth = 0
    for index in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    return len(text)


def without_comments(text):
    """The same text, of the same lines, with comments and string literals blanked out."""
    pattern = r'//[^\n]*|/\*.*?\*/|R"\w*\(.*?\)\w*"|"(?:\\.|[^"\\\n])*"'
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])
    return re.sub(pattern, blank, text, flags=re.DOTALL)


def function_lengths(code):
    """(first line, lines) of every function body, as clang-format lays them out.

    A body opens on a line that ends in '{' and closes at the first line of the same indent that
    starts with '}'. Its head, which may span lines, has a parenthesis and names no type or
    namespace.
    """
    lines = code.split("\n")
    found, end = [], -1
    head_start = 0
    for number, line in enumerate(lines):
        stripped = line.strip()
        if number <= end:
            continue
        if stripped.endswith("{"):
            head = " ".join(lines[head_start:number + 1])
            if "(" in head and not TYPE_OR_NAMESPACE.match(head):
                indent = re.match(r" *", lines[head_start])[0]
                close = next((n for n in range(number + 1, len(lines))
                              if re.match(indent + r"\}", lines[n])), number)
                found.append((head_start + 1, close - head_start + 1))
                end = close
        if not stripped or stripped[-1] in ";{}:" or number <= end or stripped.startswith("#"):
            head_start = max(number, end) + 1
    return found


def check_lines(path, text):
    """Rules that hold for every text file."""
    table = False
    for number, line in enumerate(text.split("\n"), 1):
        # A table that clang-format would tear apart is read by its columns, and may be wide.
        if "// clang-format o" in line:
            table = line.rstrip().endswith("off")
        if "\t" in line and Path(path).name != "Makefile":
            yield number, "tabs", "a tab"
        if line != line.rstrip():
            yield number, "blanks", "trailing blanks"
        if len(line) > COLUMNS_MAX and path.endswith(CODE + SCRIPTS) and not table:
            yield number, "columns", f"{len(line)} columns; {COLUMNS_MAX} is the most"
        for pattern, reason in BANNED.items():
            if re.search(pattern, line):
                yield number, "words", f"'{re.search(pattern, line)[0]}': {reason}"


def check_code(path, text):
    """Rules of C++ files."""
    code = without_comments(text)
    if path.endswith(".hpp") and "#pragma once" not in text:
        yield 1, "pragma", "a header starts with #pragma once"
    if not re.match(r"(src/(server|cli)/|bench/|tests/)", path):
        for number, line in enumerate(code.split("\n"), 1):
            if PRINTS.search(line):
                yield number, "prints", "only src/server and src/cli print"
    for match in TEST_MACRO.finditer(code):
        argument = code[match.end() - 1:closing_parenthesis(code, match.end() - 1)]
        if "co_await" in argument:
            yield code.count("\n", 0, match.start()) + 1, "co_await", "co_await inside a test macro"
    for first, length in function_lengths(code):
        if length > FUNCTION_LINES_MAX:
            message = f"a function of {length} lines, not {FUNCTION_LINES_MAX} at most"
            yield first, "function", message


def check_file(path, text):
    """(line, rule, message) of every violation in one file."""
    lines = text.count("\n")
    if path.endswith(CODE + SCRIPTS) and lines > FILE_LINES_MAX:
        yield 1, "length", f"{lines} lines; {FILE_LINES_MAX} is the most, 300 the target"
    if path.endswith(CODE + (".py", ".sh")):
        stem = Path(path).stem
        if not SNAKE_CASE.fullmatch(stem):
            yield 1, "name", "file names are snake_case"
        if BANNED_STEMS & set(stem.removesuffix("_test").split("_")):
            yield 1, "name", "a file is named after the one thing that it holds"
    yield from check_lines(path, text)
    if path.endswith(CODE):
        yield from check_code(path, text)


def check_root(paths):
    """The violation of too many entries in the root, as a list of lines."""
    entries = {path.split("/")[0] for path in paths if not path.startswith(".")}
    if len(entries) <= ROOT_ENTRIES_MAX:
        return []
    return [f"the root has {len(entries)} entries; {ROOT_ENTRIES_MAX} are the most"]


def check_tree(root):
    """All violations in the files that git knows or would add, as lines of text."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"],
                            check=True, capture_output=True, text=True)
    paths = sorted(set(listed.stdout.split("\n")) - {""})
    found = check_root(paths)
    for path in paths:
        file = root / path
        if not file.is_file() or not (path.endswith(TEXT) or "." not in file.name):
            continue
        for line, rule, message in check_file(path, file.read_text()):
            if (path, rule) not in EXCEPTIONS:
                found.append(f"{path}:{line}: {message}")
    return found


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = check_tree(root)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
