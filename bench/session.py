"""One run of the benchmark: what its families share, and the folders that it writes to."""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field

from contestants.contestant import Missing, Setting
from contest import Entry
from generator import Generator
from graveyard import Graveyard


@dataclass
class Family:
    """What a family of contests gave. Becomes one entry of the results."""

    name: str
    title: str
    contests: list = field(default_factory=list)
    goals: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    log_scale: bool = False  # Of its plot: where the contestants are decades apart.
    compact: bool = False  # One table for all contests, whose contestants are the same.

    def as_json(self, seconds, rounds):
        return {"title": self.title, "seconds": round(seconds, 1), "rounds": rounds,
                "contests": [contest.as_json() for contest in self.contests],
                "goals": self.goals, "notes": self.notes, "skipped": self.skipped,
                "log_scale": self.log_scale, "compact": self.compact}


class Session:
    def __init__(self, tools, payload, folder, rounds, cell_seconds, rivals):
        self.tools = tools
        self.payload = payload
        self.folder = folder  # Everything that contestants store is below it.
        self.rounds = rounds
        self.cell_seconds = cell_seconds
        self.rivals = rivals  # Classes of Contestant.
        self.generator = Generator(tools, payload, folder)
        self.graveyard = Graveyard(folder / "graveyard")
        self.rows = 0  # Uploads and files in the large directory of the families at scale.
        self.started_count = 0
        self.took_part = {}  # Name -> how it was set up.

    def say(self, text):
        print(text, flush=True)

    def take(self, family, contestants, durability="relaxed", tls=False):
        """Those of the contestants that can take part; the others are named, with the reason."""
        taken = []
        for contestant in contestants:
            try:
                if durability not in contestant.classes:
                    raise Missing(f"is of the {' and '.join(contestant.classes)} class alone")
                if tls and not contestant.speaks_tls:
                    raise Missing("speaks no TLS by itself")
                contestant.require()
                taken.append(contestant)
                self.took_part[contestant.name] = {
                    "version": contestant.version(), "note": contestant.note,
                    "classes": list(contestant.classes)}
            except Missing as missing:
                self.say(f"  SKIPPED {contestant.name}: {missing}")
                family.skipped.append({"who": contestant.name, "why": str(missing)})
        return taken

    def setting(self, folder, durability="relaxed", tls=False):
        return Setting(folder, self.payload, durability, tls)

    def make_rivals(self):
        return [rival(self.tools) for rival in self.rivals]

    @contextmanager
    def started(self, contestants, durability="relaxed", tls=False):
        """All of them run within the block. Afterwards they and what they stored are gone."""
        folders = []
        try:
            for contestant in contestants:
                self.started_count += 1
                name = "".join(letter for letter in contestant.name if letter.isalnum())
                folder = self.folder / f"{self.started_count}-{name}"
                folders.append(folder)
                contestant.start(self.setting(folder, durability, tls))
            yield contestants
        finally:
            for contestant in contestants:
                contestant.stop()
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)

    def part_entry(self, contestant, size, connections, durability="relaxed", **options):
        """Stores parts of `size` bytes for the time of one cell."""
        def measure():
            job = contestant.part_job(size, uploads=connections, **options)
            return self.generator.measure(contestant, job, connections, seconds=self.cell_seconds)
        return Entry(contestant.name, measure, contestant.clear, durability)
