#!/usr/bin/env python3
"""How well the order of candidates after few blocks foretells the order of whole models, for `tare adapt`.

    python3 toolkit/bench/early_order.py --out early --model smollm2-135m --purpose social_iqa gsm8k/solutions

Runs `tare adapt --keep-all` for each model, method and purpose in a folder of its own, and joins their
candidates.csv into early/candidates.csv. A run that was killed goes on. early/elsewhere.csv has the KL on held-back
text of the pool, with the best set and with the random draw. At the end stands, for each method and share of the
blocks, the mean rank correlation over the runs and its standard error, and the mean regret: how much higher the KL of
the whole model is with the candidate that was best early than with the best of all. It needs the built toolkit and
the fetched data. What `tare adapt` says of recorded runs comes from such a table:
toolkit/src/main/resources/tare/adapt/candidates.csv; elsewhere.csv lies beside it.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
from pathlib import Path

import same_settings

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT / "data/fetched/corpora"
POOL = ["news", "how-to", "dialogue", "encyclopedia", "mathematics", "code"]
METHODS = {"gptq": ["--recipe", "gptq"], "awq": ["--recipe", "awq"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs and the joined table")
    parser.add_argument("--model", nargs="+", default=["smollm2-135m"])
    parser.add_argument("--purpose", nargs="+", required=True, help="tasks, each of which is a run")
    parser.add_argument("--method", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--bits", type=int, default=4)
    parser.add_argument("--group", type=int, default=64)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--draws", type=int, default=5)
    arguments = parser.parse_args()
    of_all = {key: getattr(arguments, key) for key in ["bits", "group", "samples", "length", "draws"]}
    same_settings.require(arguments.out, of_all)
    rows, elsewhere = [], []
    for model in arguments.model:
        for method in arguments.method:
            for purpose in arguments.purpose:
                folder = arguments.out / "-".join([model, method, str(arguments.bits), purpose]).replace("/", "-")
                if not (folder / "candidates.csv").exists():
                    adapt(folder, model, method, purpose, arguments)
                with (folder / "candidates.csv").open() as lines:
                    rows += [{**row, "model": model} for row in csv.DictReader(lines)]
                run = {"model": model, "method": method, "purpose": purpose}
                elsewhere += [{**run, **domain} for domain in domains(folder / "work/measured")]
                write(arguments.out / "candidates.csv", rows)
                write(arguments.out / "elsewhere.csv", elsewhere)
    table(rows)


def domains(measured):
    """The mean KL on each corpus of the pool: with the best set and with the control. The result is whichever was taken."""
    models = {file.stem: json.loads(file.read_text())["domains"] for file in measured.glob("*.json")}
    result, draw = models.pop("result"), models.pop("random-1", None)
    del models["original"]
    best = next(iter(models.values()), result)
    return [{"domain": name, "best": statistics.mean(best[name]), "random": statistics.mean((draw or result)[name])} for name in best]


def adapt(folder, model, method, purpose, arguments):
    command = ["java", "-jar", ROOT / "toolkit/target/toolkit.jar", "adapt", "--model", model, "--for", purpose]
    command += ["--pool", *(CORPORA / f"{name}.jsonl" for name in POOL), "--keep-all", *METHODS[method]]
    for option in ["bits", "group", "samples", "length", "draws"]:
        command += [f"--{option}", getattr(arguments, option)]
    command += ["--window", 128, "--windows", 16, "--limit", 5, "--out", folder]
    if subprocess.run([str(word) for word in command], cwd=ROOT).returncode:
        sys.exit(f"{folder} is not finished; the same command goes on")


def write(file, rows):
    with file.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def table(rows):
    found = {}
    runs = dict.fromkeys((row["model"], row["settings"], row["purpose"]) for row in rows)
    for run in runs:
        of = [row for row in rows if (row["model"], row["settings"], row["purpose"]) == run]
        whole = {row["candidate"]: float(row["kl"]) for row in of if float(row["share"]) == 1}
        for share in sorted({float(row["share"]) for row in of} - {1.0}):
            early = {row["candidate"]: float(row["kl"]) for row in of if float(row["share"]) == share}
            names = list(whole)
            best = min(early, key=early.get)
            correlation = statistics.correlation(ranks([early[n] for n in names]), ranks([whole[n] for n in names]))
            regret = whole[best] / min(whole.values()) - 1
            found.setdefault((of[0]["method"], round(share, 2)), []).append((correlation, regret))
    print("| method | share of the blocks | runs | rank correlation | regret |\n|---|---|---|---|---|")
    for (method, share), values in sorted(found.items()):
        correlations, regrets = zip(*values)
        error = statistics.stdev(correlations) / len(values) ** 0.5 if len(values) > 1 else float("nan")
        mean = f"{statistics.mean(correlations):.2f} ± {error:.2f}"
        print(f"| {method} | {share:.2f} | {len(values)} | {mean} | {100 * statistics.mean(regrets):.1f} % |")


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    return [order.index(i) for i in range(len(values))]


if __name__ == "__main__":
    main()
