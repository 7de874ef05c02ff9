"""The results as one JSON file: families are put into it as they are measured."""

import json
import time
from pathlib import Path


class Results:
    def __init__(self, path):
        self.path = Path(path)
        self.content = {"families": {}}
        if self.path.exists():
            self.content = json.loads(self.path.read_text())

    def begin(self, machine, cell_seconds, contestants):
        """What is measured from now on was measured on this machine. Families of another one
        would make a table that nobody has measured: they go."""
        if self.content.get("machine") != machine:
            self.content = {"families": {}, "contestants": {}}
        known = {**self.content.get("contestants", {}), **contestants}
        self.content |= {"machine": machine, "cell_seconds": cell_seconds, "contestants": known}

    def put(self, name, family, revision):
        today = time.strftime("%Y-%m-%d", time.gmtime())
        self.content["families"][name] = {**family, "date": today, "revision": revision}
        self.write()

    def families(self, order):
        """(name, family) of those that were measured, in this order."""
        found = self.content["families"]
        return [(name, found[name]) for name in order if name in found]

    def write(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.content, indent=1, ensure_ascii=False) + "\n")
