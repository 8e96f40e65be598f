"""Measures Spark's overhead per trial: one study in one process and on one Spark worker, in one run.

    mvn -Pspark package -DskipTests
    python toolkit/bench/spark_overhead.py [STUDY.json]

The study has 37 trials of about a second on the tiny model; it needs the fetched corpora. Seconds per trial are
measured from the end of the third trial to the end of the last, so that they exclude start and warm-up. The script also
prints the whole run, and the part of a trial that is not its own work, which other load on the machine disturbs less.
Run nothing else meanwhile.
"""
import sys
import tempfile
import time
from pathlib import Path

from local_spark import cluster, finished, own_seconds, tare

STUDY = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("tiny-seconds.json")
WARM = 3


def measure(name: str, *where: str) -> tuple[float, float]:
    """Seconds per trial, and the part that is not its own work, for a run into an empty folder."""
    with tempfile.TemporaryDirectory() as results:
        start = time.time()
        tare("study", "run", STUDY, "--results", results, "--device", "cpu", *where)
        whole = time.time() - start
        done, own = finished(results), own_seconds(results)
    each = (done[-1] - done[WARM - 1]) / (len(done) - WARM)
    besides = each - sum(own[WARM:]) / (len(own) - WARM)
    print(f"{name:12s} {len(done)} trials, {each:.3f} s a trial, {besides:.3f} s of it not its own work;"
          f" the whole run {whole:.1f} s", flush=True)
    return each, besides


here = measure("one process")
with cluster(workers=1) as master:
    there = measure("one worker", "--on", master)
print(f"Spark costs {there[0] - here[0]:.3f} s per trial; measured by the part that is not its own work, {there[1] - here[1]:.3f} s")
