"""The load generator: hands a plan to `partwise-load`, and reads what it measured."""

import json
import subprocess

from processes import cpu_seconds, die_with_parent, reset_peak, status_bytes

RUN_SECONDS_MAX = 600


class LoadFailed(Exception):
    """A run in which a request failed. There is no figure for it: errors are often fast."""


class Generator:
    def __init__(self, tools, payload, folder):
        self.tools = tools
        self.payload = payload
        self.folder = folder
        self.plans = 0

    def plan(self, contestant, job, connections, **limits):
        """`limits`: seconds, iterations, warmup_requests, pause_ms; whatever ends it first."""
        return {"host": "127.0.0.1", "port": contestant.port, "tls": contestant.tls,
                "connections": connections, "payload": str(self.payload.path),
                "steps": job.steps, "values": job.values, **limits}

    def begin(self, contestant, job, connections, **limits):
        """Starts a run in the background; `end` waits for it."""
        self.plans += 1
        path = self.folder / f"plan-{self.plans % 8}.json"
        path.write_text(json.dumps(self.plan(contestant, job, connections, **limits)))
        return subprocess.Popen([self.tools.built("partwise-load"), path], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, preexec_fn=die_with_parent)

    def end(self, process, who="", lenient=False):
        """What it measured. Errors: LoadFailed, unless `lenient`."""
        try:
            output, said = process.communicate(timeout=RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            raise LoadFailed(f"{who}: the load did not come to an end") from None
        try:
            result = json.loads(output)
        except ValueError:
            raise LoadFailed(f"{who}: {said.strip() or output[:300]}") from None
        result["steps"] = steps_by_name(result["steps"])
        errors = sum(step["errors"] for step in result["steps"].values())
        if (errors or process.returncode) and not lenient:
            raise LoadFailed(f"{who}: {errors} failed; {result.get('first_error')} {said.strip()}")
        return result

    def run(self, contestant, job, connections, **limits):
        return self.end(self.begin(contestant, job, connections, **limits), contestant.name)

    def measure(self, contestant, job, connections, **limits):
        """One sample: rates, latencies, and what the server took of processor and memory."""
        pids = contestant.pids()
        reset_peak(pids)
        before = cpu_seconds(pids)
        result = self.run(contestant, job, connections, **limits)
        seconds = cpu_seconds(pids) - before
        peak = status_bytes(contestant.pids(), "VmHWM")
        elapsed, iterations = result["elapsed_s"], result["iterations"]
        moved = iterations * job.bytes_per_iteration
        sample = {"bytes_per_s": moved / elapsed, "iterations_per_s": iterations / elapsed,
                  "iterations": iterations, "elapsed_s": elapsed, "cpu_s": seconds,
                  "peak_bytes": peak, "steps": result["steps"]}
        if moved:
            sample["cpu_s_per_gb"] = seconds / (moved / 1e9)
        return sample


def steps_by_name(steps):
    """The steps of a result, whether they came as a list or by name."""
    if isinstance(steps, dict):
        return steps
    return {step["name"]: step for step in steps}
