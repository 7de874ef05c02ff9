#!/usr/bin/env python3
"""A Ceph cluster of one of each, on loopback, with its S3 gateway: for tests.

One monitor, one manager, one OSD that keeps everything in memory, one gateway; authentication
between them is off, and nothing is replicated. Everything lies in one temporary directory and ends
with the object.

As a program: starts one, prints what a shell can `eval`, and runs until its input ends or a signal
comes: `tests/harness/ceph.py [--command PROGRAM ...]` runs PROGRAM with the variables set instead.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from partwise_server import die_with_parent, free_port

PROGRAMS = ("ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "monmaptool", "ceph", "radosgw-admin")
ACCESS_KEY = "partwise-test"
SECRET_KEY = "not-a-secret-of-anybody"
DEADLINE_S = 240
OSD_BYTES = 6 << 30


def missing():
    """The programs that are not installed; none: a cluster can be started."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


class Ceph:
    """Starts in its constructor; `with` stops it again."""

    def __init__(self, bucket="partwise", directory=None):
        self.directory = Path(tempfile.mkdtemp(prefix="ceph-", dir=directory))
        self.bucket = bucket
        self.processes = []
        self.conf = self.directory / "ceph.conf"
        self.fsid = str(uuid.uuid4())
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def environment(self):
        return {
            "PARTWISE_TEST_S3": f"s3://{self.bucket}?endpoint={self.endpoint}&region=default",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }

    def blobs(self, prefix):
        """The value of --blobs for a prefix of the bucket."""
        return f"s3://{self.bucket}/{prefix}?endpoint={self.endpoint}&region=default"

    def stop(self):
        for process in reversed(self.processes):
            process.kill()  # Nothing of it is to be kept.
        for process in self.processes:
            process.wait()
        self.processes = []
        shutil.rmtree(self.directory, ignore_errors=True)

    def restart_gateway(self):
        """Kills the gateway and starts it anew at its address; what was answered stays."""
        gateway = self.processes.pop()
        gateway.kill()
        gateway.wait()
        self._start_gateway()

    def _run(self, *command):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def _ceph(self, *words):
        return self._run("ceph", "-c", self.conf, *words)

    def _spawn(self, name, *command):
        log = open(self.directory / f"{name}.out", "wb")
        with log:
            self.processes.append(subprocess.Popen(
                [str(word) for word in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                preexec_fn=die_with_parent))

    def _write_conf(self):
        self.conf.write_text(f"""[global]
fsid = {self.fsid}
mon_host = [v1:127.0.0.1:{self.mon_port}/0]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
ms_bind_msgr1 = true
ms_bind_ipv6 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_supported = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_data = {self.directory}/mon
mgr_data = {self.directory}/mgr
osd_data = {self.directory}/osd
osd_objectstore = memstore
memstore_device_bytes = {OSD_BYTES}
mon_data_avail_crit = 1
mon_osd_full_ratio = 0.98
run_dir = {self.directory}
admin_socket = {self.directory}/$name.asok
pid_file = {self.directory}/$name.pid
log_file = {self.directory}/$name.log
keyring = {self.directory}/keyring
crash_dir = {self.directory}/crash
mgr_initial_modules =
mgr_pool = false
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{self.gateway_port}
rgw_data = {self.directory}/rgw
rgw_thread_pool_size = 64
rgw_enable_usage_log = false
rgw_gc_obj_min_wait = 60
debug_rgw = 0
""")

    def _start(self):
        self.mon_port = free_port()
        self.gateway_port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.gateway_port}"
        for name in ("mon", "mgr", "osd", "rgw", "crash"):
            (self.directory / name).mkdir()
        (self.directory / "keyring").touch()
        self._write_conf()
        monmap = self.directory / "monmap"
        self._run("monmaptool", "--create", "--fsid", self.fsid, "--addv", "a",
                  f"[v1:127.0.0.1:{self.mon_port}]", monmap)
        self._run("ceph-mon", "-c", self.conf, "-i", "a", "--mkfs", "--monmap", monmap)
        self._spawn("mon", "ceph-mon", "-c", self.conf, "-i", "a", "-f")
        self._spawn("mgr", "ceph-mgr", "-c", self.conf, "-i", "x", "-f")
        osd = str(uuid.uuid4())
        self._ceph("osd", "new", osd, "0")
        self._run("ceph-osd", "-c", self.conf, "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._start_osd()
        self._start_gateway()
        self._run("radosgw-admin", "-c", self.conf, "user", "create", "--uid", "partwise",
                  "--display-name", "Partwise", "--access-key", ACCESS_KEY,
                  "--secret-key", SECRET_KEY)
        self.make_bucket(self.bucket)

    def _start_osd(self):
        # One that asks before the monitor's map has come is told that its fsid is wrong, and ends.
        command = ("osd", "ceph-osd", "-c", self.conf, "-i", "0", "-f")
        until = time.monotonic() + DEADLINE_S
        self._spawn(*command)
        while "1 up" not in self._ceph("osd", "stat"):
            if time.monotonic() > until:
                raise RuntimeError("the OSD did not come up")
            if self.processes[-1].poll() is not None:
                self.processes.pop()
                self._spawn(*command)
            time.sleep(0.2)

    def _start_gateway(self):
        self._spawn("gateway", "radosgw", "-c", self.conf, "-n", "client.rgw", "-f")
        until = time.monotonic() + DEADLINE_S
        while True:
            try:
                urllib.request.urlopen(self.endpoint, timeout=5).read()
                return
            except urllib.error.HTTPError:
                return
            except OSError as error:
                if self.processes[-1].poll() is not None or time.monotonic() > until:
                    log = (self.directory / "gateway.out").read_text(errors="replace")
                    raise RuntimeError(f"the gateway did not start: {log[-2000:]}") from error
                time.sleep(0.1)

    def make_bucket(self, name):
        self.request("PUT", f"/{name}")

    def request(self, method, path_and_query, data=b""):
        """One signed request by curl: what it answers, or an exception."""
        done = subprocess.run(
            ["curl", "-sS", "-X", method, "--fail-with-body", "--aws-sigv4", "aws:amz:default:s3",
             "--user", f"{ACCESS_KEY}:{SECRET_KEY}", "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD",
             "--data-binary", "@-", "-H", "Content-Type: application/octet-stream",
             self.endpoint + path_and_query],
            input=data, capture_output=True, timeout=DEADLINE_S, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{method} {path_and_query}: {done.stdout!r} {done.stderr!r}")
        return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", nargs=argparse.REMAINDER, default=[])
    arguments = parser.parse_args()
    if missing():
        print(f"SKIPPED: not installed: {', '.join(missing())} (make setup-tests)")
        sys.exit(77)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Ceph() as ceph:
        if arguments.command:
            environment = {**os.environ, **ceph.environment}
            sys.exit(subprocess.run(arguments.command, env=environment, check=False).returncode)
        for name, value in ceph.environment.items():
            print(f"export {name}='{value}'", flush=True)
        print(f"# {json.dumps({'directory': str(ceph.directory)})}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
