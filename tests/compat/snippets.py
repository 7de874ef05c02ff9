"""The code blocks of a Markdown page."""

import re

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(path):
    """[(language, text)] in the order of the page."""
    return BLOCK.findall(path.read_text())
