"""The code blocks of a Markdown page."""

import re

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(text):
    """[(language, text)] in the order of the page."""
    return BLOCK.findall(text)


def section_of(text, title):
    """The text below one heading of the second level."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
