"""Compares `study plan` with measured runs on 1, 2 and 4 Spark workers of this machine.

    mvn -Pspark package -DskipTests
    python toolkit/bench/plan_check.py [STUDY.json]

The plan assumes a machine for each worker, while these workers share one. The comparison is therefore not about the
speed-up but about the overhead of a trial: the workers' time from the end of the first trial to the end of the last,
less the seconds that the trials themselves report. Run nothing else meanwhile.
"""
import re
import sys
import tempfile
from pathlib import Path

from local_spark import cluster, finished, own_seconds, tare

STUDY = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("tiny-seconds.json")


def planned(workers: int) -> float:
    """The remaining seconds, according to the plan."""
    with tempfile.TemporaryDirectory() as none:
        text = tare("study", "plan", STUDY, "--results", none, "--device", "cpu", "--workers", str(workers))
    return float(re.search(r"(?:about|machines) (\d+) s(?: left)?, and", text).group(1))


print("workers  planned  measured  trials' own seconds, over workers  besides, a trial")
for workers in (1, 2, 4):
    plan = planned(workers)
    with cluster(workers) as master, tempfile.TemporaryDirectory() as results:
        tare("study", "run", STUDY, "--results", results, "--device", "cpu", "--on", master)
        done, own = finished(results), own_seconds(results)
    warm = workers  # the first trial of each worker warms it up
    span = done[-1] - done[warm - 1]
    busy = sum(own[warm:])
    print(f"{workers:7d} {plan:6.0f} s {span * len(own) / (len(own) - warm):7.1f} s {sum(own) / workers:33.1f} s"
          f" {(span * workers - busy) / (len(own) - warm):15.3f} s", flush=True)
