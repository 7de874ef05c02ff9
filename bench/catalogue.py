"""What there is to run: the families of contests, in their order, and the rivals."""

from families import (cancel_latency, cold_start, complete, download, freeing, hot_loops,
                      ingest, memory, pairs, scale, small_parts, whole_file)
from rivals.fastapi_server import FastApi
from rivals.minio import Minio
from rivals.nginx import Nginx
from rivals.tus_node import TusNode
from rivals.tusd import Tusd
from rivals.versitygw import Versitygw

# Name -> function of a Session, which returns a Family.
EVERY_RUN = {
    "ingest_relaxed": ingest.relaxed,
    "ingest_strict": ingest.strict,
    "ingest_sha256": ingest.sha256,
    "ingest_tls": ingest.tls,
    "small_parts_relaxed": small_parts.relaxed,
    "small_parts_strict": small_parts.strict,
    "whole_file": whole_file.run,
    "download": download.run,
    "pairs": pairs.run,
    "cancel_latency": cancel_latency.run,
    "complete": complete.rows,
    "complete_md5": complete.md5,
    "freeing": freeing.run,
    "memory": memory.run,
    "hot_loops": hot_loops.run,
}

# Millions of rows have to be made first.
AT_SCALE = {"scale": scale.verbs, "cold_start": cold_start.run}

FAMILIES = {**EVERY_RUN, **AT_SCALE}

# MinIO is there because it alone of them syncs: the strict class would have no rival.
RIVALS = [Nginx, TusNode, Versitygw, Minio]
MORE_RIVALS = [Tusd, FastApi]  # By make bench-all, now and then.
