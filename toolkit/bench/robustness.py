"""Shows that nothing is lost: a study that is killed, one whose disk fills up, and one of many trials in one process.

    python3 run.py --setup
    python toolkit/bench/robustness.py kills [--times 100]
    python toolkit/bench/robustness.py disk
    python toolkit/bench/robustness.py memory [--trials 200]

All three run a study of short trials on the tiny model, with invented text. `kills` ends the process with SIGKILL at a
random moment after its first trial has ended, starts it again, and compares the finished tables with the table of a run
that nobody killed. `disk` writes the results to a small file system that fills up (Linux, as root), makes room, and
starts again. `memory` prints the lowest and the highest resident memory during some of the trials. Run nothing else
beside `memory`.
"""
import argparse
import csv
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = "the river stone market letter engine water light paper winter garden north window music bread road".split()
METHODS = [{"method": "rtn", "bits": 3, "groupSize": 64}, {"method": "wanda", "sparsity": "0.5"},
           {"method": "gptq", "bits": 3, "groupSize": 64}]
OF_MACHINE = {"seconds_select", "seconds_compress", "seconds_evaluate", "peak_memory_mib", "finished_utc"}

a = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
a.add_argument("what", choices=["kills", "disk", "memory"])
a.add_argument("--times", type=int, default=100, help="kills")
a.add_argument("--trials", type=int, default=200, help="trials of the long process, about")
a.add_argument("--seed", type=int, default=1)
a.add_argument("--classpath", help="classes and jars in place of the built toolkit.jar")
a = a.parse_args()


def invented_data(folder: Path) -> None:
    """A data folder with a corpus of 400 documents of 300 words."""
    rng = random.Random(0)
    corpora = folder / "fetched" / "corpora"
    corpora.mkdir(parents=True)
    with open(corpora / "words.jsonl", "w", encoding="utf-8") as out:
        for i in range(400):
            text = " ".join(rng.choice(WORDS) for _ in range(300))
            out.write(json.dumps({"id": str(i), "source": "words", "text": text}) + "\n")
    for table in (ROOT / "data").glob("*.csv"):
        shutil.copy(table, folder / table.name)


def study(folder: Path, sets: int) -> Path:
    """A study file of 2 + 2 * sets trials: the original, rounding, and two methods for each set."""
    file = folder / f"short-{sets}.json"
    file.write_text(json.dumps({
        "name": "short", "models": [str(ROOT / "data" / "tiny")], "corpora": ["words"], "sets": sets,
        "budgets": [{"samples": 2, "tokensPerSample": 64}], "recipes": METHODS, "seed": 1, "precision": "f32",
        "tasks": [{"kind": "perplexity", "corpus": "words", "window": 64, "windows": 4}]}), encoding="utf-8")
    return file


def start(file: Path, data: Path, results: Path) -> subprocess.Popen:
    java = ["-cp", a.classpath, "tare.cli.Tare"] if a.classpath else ["-jar", str(ROOT / "toolkit/target/toolkit.jar")]
    return subprocess.Popen(
        ["java", *java, "study", "run", str(file), "--data", str(data), "--results", str(results), "--device", "cpu"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def run(file: Path, data: Path, results: Path) -> None:
    process = start(file, data, results)
    problems = process.communicate()[1]
    if process.returncode != 0:
        sys.exit(problems)


def parts(results: Path) -> int:
    return len(list((results / "parts").glob("*.csv"))) if results.exists() else 0


def table(results: Path) -> list:
    with open(results / "results.csv", encoding="utf-8", newline="") as rows:
        return [{name: cell for name, cell in row.items() if name not in OF_MACHINE} for row in csv.DictReader(rows)]


def kills(folder: Path, data: Path) -> None:
    rng = random.Random(a.seed)
    file = study(folder, 12)
    run(file, data, folder / "whole")
    whole = table(folder / "whole")
    trials = parts(folder / "whole")
    killed = finished = different = damaged = 0
    results = folder / "killed"
    while killed < a.times or results.exists():
        before = parts(results)
        process = start(file, data, results)
        if killed < a.times:
            while parts(results) <= before and process.poll() is None:
                time.sleep(0.002)
            time.sleep(rng.uniform(0, 1.0))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                killed += 1
        process.communicate()
        damaged += len(list((results / "damaged").glob("*"))) if (results / "damaged").exists() else 0
        if parts(results) == trials and process.returncode == 0:
            finished += 1
            different += table(results) != whole
            shutil.rmtree(results)
            print(f"{killed} kills, {finished} finished tables, {different} of them different", flush=True)
    print(f"{killed} kills of a study of {trials} trials, {finished} finished tables of {len(whole)} rows: "
          f"{different} differ from the table of the run that nobody killed; {damaged} damaged parts")


def disk(folder: Path, data: Path) -> None:
    file = study(folder, 12)
    run(file, data, folder / "whole")
    small = folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(small)], check=True)
    try:
        process = start(file, data, small / "results")
        problems = process.communicate()[1]
        done = parts(small / "results")
        kept = {part.name: part.read_text() for part in (small / "results" / "parts").glob("*.csv")}
        print(f"full after {done} of {parts(folder / 'whole')} trials, exit code {process.returncode}:")
        print("  " + problems.strip().splitlines()[-1])
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        run(file, data, small / "results")
        lost = [name for name, text in kept.items() if (small / "results" / "parts" / name).read_text() != text]
        same = table(small / "results") == table(folder / "whole")
        print(f"after there was room: {len(lost)} finished trials lost or run again; the table is "
              f"{'that' if same else 'NOT that'} of the run that had room")
    finally:
        subprocess.run(["umount", str(small)], check=False)


def memory(folder: Path, data: Path) -> None:
    sets = (a.trials - 2) // 2
    file, results = study(folder, sets), folder / "long"
    process = start(file, data, results)
    least, most = {}, {}
    while process.poll() is None:
        done = parts(results)
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = [line for line in status.splitlines() if line.startswith("VmRSS")]
        if resident:
            mib = int(resident[0].split()[1]) / 1024
            least[done], most[done] = min(mib, least.get(done, mib)), max(mib, most.get(done, mib))
        time.sleep(0.02)
    if process.returncode != 0:
        sys.exit(process.stderr.read())
    for done in sorted(least):
        if done % max(1, a.trials // 10) == 0:
            print(f"trial {done + 1:4d}: {least[done]:5.0f} to {most[done]:5.0f} MiB")
    later = [least[done] for done in sorted(least) if done >= 20]
    first, last = sum(later[:20]) / 20, sum(later[-20:]) / 20
    print(f"lowest resident memory of a trial, from the 20th of {max(least)} on: {min(later):.0f} to {max(later):.0f} MiB; "
          f"mean of the first 20 of these {first:.0f} MiB, of the last 20 {last:.0f} MiB ({100 * (last / first - 1):+.1f} %)")

with tempfile.TemporaryDirectory() as temporary:
    data = Path(temporary) / "data"
    invented_data(data)
    {"kills": kills, "disk": disk, "memory": memory}[a.what](Path(temporary), data)
