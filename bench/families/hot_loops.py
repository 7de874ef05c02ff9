"""What `partwise-micro` measures: the loops that every byte or every request passes."""

import json
import subprocess

from contest import Contest, Entry
from generator import LoadFailed
from session import Family

MIN_SECONDS = 0.05  # Of each repetition; there is one in each round.
NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def benchmarks(session):
    """One sample for each repetition, by name."""
    run = subprocess.run(
        [str(session.tools.built("partwise-micro")), "--benchmark_format=json",
         f"--benchmark_min_time={MIN_SECONDS}", f"--benchmark_repetitions={session.rounds}",
         "--benchmark_enable_random_interleaving=true"],
        capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise LoadFailed(f"partwise-micro: {run.stderr.strip()[-300:]}")
    samples = {}
    for one in json.loads(run.stdout)["benchmarks"]:
        if one["run_type"] == "iteration":
            sample = {"ns": one["cpu_time"] * NANOSECONDS[one["time_unit"]]}
            if "bytes_per_second" in one:
                sample["bytes_per_s"] = one["bytes_per_second"]
            samples.setdefault(one["run_name"], []).append(sample)
    return samples


def run(session):
    family = Family("hot_loops", "Hot loops, on one core", log_scale=True)
    samples = benchmarks(session)
    streams = {name for name, values in samples.items() if "bytes_per_s" in values[0]}
    for title, label, metric, unit, scale, names in (
            ("bytes that pass", "bytes", "bytes_per_s", "MB/s", 1e-6, streams),
            ("time of a call", "calls", "ns", "ns", 1.0, set(samples) - streams)):
        contest = Contest(title, label, metric, unit, scale)
        contest.samples = {name: samples[name] for name in samples if name in names}
        contest.entries = [Entry(name, dict, dict, "–") for name in contest.samples]
        if names:
            family.contests.append(contest)
            session.say(contest.summary())
    return family
