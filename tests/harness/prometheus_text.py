"""A strict reader of Prometheus' text format: what a scraper forgives is an error here."""

import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
TYPES = {"counter", "gauge", "histogram"}


class Malformed(Exception):
    """What is wrong, and in which line."""


class Family:
    def __init__(self, name, help_text):
        self.name = name
        self.help = help_text
        self.type = None
        self.samples = {}  # (name, ((label, value), ...)) -> number

    def label_names(self):
        return sorted({label for _, labels in self.samples for label, _ in labels} - {"le"})


def require(truth, line, message):
    if not truth:
        raise Malformed(f"{message}: {line!r}")


def labels_of(text, line):
    labels, place = [], 0
    while text and place < len(text):
        match = LABEL.match(text, place)
        require(match, line, "a malformed label")
        labels.append((match[1], match[2]))
        place = match.end()
    require(len(dict(labels)) == len(labels), line, "a label twice")
    return tuple(labels)


def number_of(text, line):
    require(re.fullmatch(r"[+-]?(Inf|NaN|\d+(\.\d+)?(e[+-]?\d+)?)", text), line, "no number")
    return float(text)


def add_sample(family, line):
    match = SAMPLE.fullmatch(line)
    require(match, line, "a malformed sample")
    name, labels, value = match[1], labels_of(match[2] or "", line), number_of(match[3], line)
    endings = ("_bucket", "_sum", "_count") if family.type == "histogram" else ("",)
    require(name in {family.name + ending for ending in endings}, line, "another family's sample")
    require((name, labels) not in family.samples, line, "a series twice")
    family.samples[name, labels] = value


def check_histogram(family):
    series = {}
    for (name, labels), value in family.samples.items():
        rest = tuple(label for label in labels if label[0] != "le")
        entry = series.setdefault(rest, {"buckets": []})
        if name.endswith("_bucket"):
            entry["buckets"].append((float(dict(labels)["le"]), value))
        else:
            entry[name.removeprefix(family.name)] = value
    for labels, entry in series.items():
        buckets = entry["buckets"]
        require(buckets == sorted(buckets), labels, "buckets must grow, and be cumulative")
        require(buckets and buckets[-1][0] == math.inf, labels, "the last bucket is +Inf")
        require(buckets[-1][1] == entry["_count"], labels, "the last bucket is the count")
        require("_sum" in entry, labels, "a histogram has a sum")


def check_family(family):
    require(family.type in TYPES, family.name, "a family has one of our types")
    require(family.samples, family.name, "a family has samples")
    require(family.name.endswith("_total") == (family.type == "counter"), family.name,
            "counters end in _total, and nothing else does")
    if family.type == "histogram":
        check_histogram(family)
    if family.type == "counter":
        require(all(value >= 0 for value in family.samples.values()), family.name, "negative")


def parse(text):
    """The families by name, in their order. Errors: Malformed."""
    require(text.endswith("\n"), text[-80:], "the text ends with a line break")
    families, family = {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, _, help_text = line.removeprefix("# HELP ").partition(" ")
            require(name not in families, line, "a family twice")
            require(re.fullmatch(NAME, name) and help_text, line, "a name and its meaning")
            family = families[name] = Family(name, help_text)
        elif line.startswith("# TYPE "):
            name, _, kind = line.removeprefix("# TYPE ").partition(" ")
            require(family and name == family.name and family.type is None, line, "out of place")
            family.type = kind
        else:
            require(family and family.type, line, "a sample without its family")
            add_sample(family, line)
    for one in families.values():
        check_family(one)
    return families


def value(families, name, **labels):
    """Of one series; 0 where the family has no such series yet."""
    family = next(family for family in families.values()
                  if name in {family.name + ending for ending in ("", "_sum", "_count")})
    return family.samples.get((name, tuple(labels.items())), 0)
