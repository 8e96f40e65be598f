"""Measures the cost of each selector: seconds and peak memory of `tare select`, each in a process of its own.

    python toolkit/bench/selection_cost.py smollm2-135m --samples 16 --length 256

Needs what `python3 run.py --setup` fetches. Run nothing else meanwhile. Selectors share no cache: each computes the
statistics of activations anew, which a study computes once for all selectors. Seconds cover the whole process, including
the start of the virtual machine.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JAR = ROOT / "toolkit" / "target" / "toolkit.jar"
REFERENCES = ["goal_step_wikihow/step_inference", "goal_step_wikihow/goal_inference", "movie_recommendation"]

a = argparse.ArgumentParser()
a.add_argument("model"); a.add_argument("--samples", default="16"); a.add_argument("--length", default="256")
a.add_argument("--pool", default="news,how-to,dialogue,encyclopedia,code"); a.add_argument("--heap", default="1500m")
a.add_argument("--selectors", default="uniform-pool,random-tokens,shuffled-words,stratified,zipcal,zipcal-multi,perplexity,covercal,"
               "clusters,k-centre,acdm,acdm-herding,gram-matching,self,self-generated")
a = a.parse_args()
corpora = [ROOT / "data" / "fetched" / "corpora" / f"{name}.jsonl" for name in a.pool.split(",")]

print("| selector | seconds | peak MiB |")
print("|---|---:|---:|")
for selector in a.selectors.split(","):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("fetched", "models.csv", "sources.csv", "tasks.csv"):
            Path(folder, name).symlink_to(ROOT / "data" / name)
        command = ["java", f"-Xmx{a.heap}", "-jar", JAR, "select", "--selector", selector, "--pool", *corpora, "--model", a.model,
                   "--samples", a.samples, "--length", a.length, "--out", Path(folder, "chosen.jsonl"), "--data", folder]
        if selector.startswith("acdm") or selector == "gram-matching":
            command += ["--references", *REFERENCES]
        start = time.time()
        with open(Path(folder, "said"), "w+") as said:
            process = subprocess.Popen([str(part) for part in command], stdout=said, stderr=said)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                sys.exit(said.read())
        print(f"| {selector} | {time.time() - start:.1f} | {used.ru_maxrss / 1024:.0f} |", flush=True)
