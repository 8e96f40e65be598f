#!/usr/bin/env python3
"""How much of a compressed model is rounding noise of the machine that made it.

The same method and calibration set run with two threads, with one thread, and without AVX-512. The
sums of floating-point numbers then have another order, so a few weights round to the other side.
The table has the divergence between the models, in nats per token on news: beside it stands that of
another draw of the calibration set, and that from the uncompressed model. The last two columns are the
spread of one run's score, the divergence from the uncompressed model: over machines with one set, and
over sets on one machine.

    python3 toolkit/bench/rounding_luck.py --model smollm2-135m --out /tmp/luck

It needs the built toolkit and the fetched data. Finished steps in --out are not repeated.
"""

import argparse
import csv
import math
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import same_settings

ROOT = Path(__file__).resolve().parents[2]
NARROW = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
MACHINES = {"two threads": {}, "one thread": {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}, "AVX2": NARROW}
METHODS = {
    "GPTQ, 4 bits": ["--recipe", "gptq", "--bits", "4"],
    "GPTQ, 3 bits": ["--recipe", "gptq", "--bits", "3"],
    "AWQ, 3 bits": ["--recipe", "awq", "--bits", "3"],
    "SparseGPT, 50 %": ["--recipe", "sparsegpt", "--sparsity", "0.5"],
}


def tare(arguments, settings=None):
    """The output of a command."""
    command = ["java", "-jar", str(ROOT / "toolkit/target/toolkit.jar"), *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", **(settings or {})}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--group", default="64")
    parser.add_argument("--sets", type=int, default=3, help="calibration sets of encyclopedia")
    parser.add_argument("--out", type=Path, required=True, help="folder for models and scores")
    arguments = parser.parse_args()
    out = arguments.out
    same_settings.require(out, {"model": arguments.model, "group": arguments.group})
    corpora = ROOT / "data/fetched/corpora"
    for k in range(arguments.sets):
        file = out / f"set-{k}.jsonl"
        if not file.exists():
            tare(
                ["select", "--selector", "uniform", "--pool", corpora / "encyclopedia.jsonl", "--set", k]
                + ["--model", arguments.model, "--samples", 8, "--length", 256, "--out", file]
            )
    rows = []
    for name, options in METHODS.items():
        made = {}
        for k in range(arguments.sets):
            for machine, settings in MACHINES.items():
                folder = out / re.sub(r"\W+", "-", f"{name} {machine} {k}")
                done = folder.with_suffix(".done")
                if not done.exists():
                    group = [] if "--sparsity" in options else ["--group", arguments.group]
                    tare(
                        ["compress", "--model", arguments.model, "--calibration", out / f"set-{k}.jsonl"]
                        + ["--calibration-precision", "f32"]
                        + [*options, *group, "--out", folder],
                        settings,
                    )
                    done.touch()
                made[machine, k] = folder
        apart = {"one thread": [], "AVX2": [], "another draw": [], "uncompressed": []}
        for k in range(arguments.sets):
            here = made["two threads", k]
            apart["one thread"].append(kl(made["one thread", k], here, out, corpora))
            apart["AVX2"].append(kl(made["AVX2", k], here, out, corpora))
            other = made["two threads", (k + 1) % arguments.sets]
            apart["another draw"].append(kl(other, here, out, corpora))
            apart["uncompressed"].append(kl(here, arguments.model, out, corpora))
        scores = {at: math.log(kl(model, arguments.model, out, corpora)) for at, model in made.items()}
        rows.append((name, apart, spread(scores, 1), spread(scores, 0)))
        print(name, {what: statistics.mean(values) for what, values in apart.items()}, flush=True)
    table(rows)


def spread(scores, fixed):
    """Standard deviation of the logarithms within the groups that share one part of the key."""
    groups = {}
    for at, score in scores.items():
        groups.setdefault(at[fixed], []).append(score)
    return math.sqrt(statistics.mean(statistics.variance(group) for group in groups.values()))


def kl(model, original, out, corpora):
    """KL(original || model) on news, in nats per token."""
    kept = out / "kl.csv"
    known = {}
    if kept.exists():
        with kept.open() as lines:
            known = {(a, b): float(value) for a, b, value in csv.reader(lines)}
    key = (str(model), str(original))
    if key not in known:
        said = tare(
            ["evaluate", "--model", model, "--against", original, "--precision", "f32"]
            + ["--perplexity", corpora / "news.jsonl", "--window", 256, "--windows", 16]
        )
        known[key] = float(re.search(r"kl ([0-9.]+),", said).group(1))
        with kept.open("a") as lines:
            csv.writer(lines).writerow([*key, known[key]])
    return known[key]


def table(rows):
    print("| method | one thread | AVX2 | another draw | uncompressed | over machines | over sets |\n" + "|---" * 7 + "|")
    for name, apart, by_machine, by_set in rows:
        cells = [
            f"{statistics.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})" for values in apart.values()
        ]
        print("|", " | ".join([name, *cells, f"{100 * by_machine:.1f} %", f"{100 * by_set:.1f} %"]), "|")


if __name__ == "__main__":
    main()
