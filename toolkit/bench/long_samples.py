#!/usr/bin/env python3
"""Why GPTQ gets worse when the same number of tokens is spent on longer samples: text, context or method?

    python3 toolkit/bench/long_samples.py --model smollm2-135m --sets 5 --out /tmp/long

The base is a set of 4 samples of 1,024 tokens of encyclopedia, cut from joined documents, as few documents are so long.
Against it stand: the same tokens cut into 64 samples of 64, so that only the context before each token changes; 64
samples that are drawn from 64 documents, so that the text changes, too; and the base with more damping, without
act-order, and with samples in bfloat16. Score: KL from the uncompressed model on held-back text of the same corpus. The
table has the change of KL in per cent, with a 95 % interval over the sets. It needs the built toolkit and the fetched
data. Finished steps in --out are not repeated.
"""

import argparse
import hashlib
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import same_settings

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "data/fetched/corpora/encyclopedia.jsonl"
LONG, SHORT = (4, 1024), (64, 64)
BASE = "4 × 1,024"
CONDITIONS = {  # name: (calibration file, options of compress)
    BASE: ("long", []),
    "the same text as 64 × 64": ("cut", []),
    "64 × 64, of 64 documents": ("short", []),
    "4 × 1,024, damping 0.1": ("long", ["--damping", "0.1"]),
    "4 × 1,024, no act-order": ("long", ["--no-act-order"]),
    "4 × 1,024, samples in bfloat16": ("long", ["--calibration-precision", "bf16"]),
}
T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 8: 2.365, 10: 2.262}  # 97.5 % of Student's t


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--bits", default="3")
    parser.add_argument("--group", default="64")
    parser.add_argument("--sets", type=int, default=5, choices=sorted(T))
    parser.add_argument("--shard", default="1/1", help="I/N: only every N-th set, to run beside others")
    parser.add_argument("--out", type=Path, required=True, help="folder for sets and scores")
    arguments = parser.parse_args()
    out = arguments.out
    same_settings.require(out, {name: vars(arguments)[name] for name in ["model", "bits", "group"]})
    shard, shards = map(int, arguments.shard.split("/"))
    text = held_back(out)
    for k in range(shard - 1, arguments.sets, shards):
        files = sets(out, arguments.model, k)
        for name, (file, options) in CONDITIONS.items():
            score = out / (re.sub(r"\W+", "-", name) + f"-{k}.kl")
            if not score.exists():
                score.write_text(str(kl(arguments, files[file], options, text, out / f"model-{k}")))
    if shards == 1:
        table(out, arguments.sets)


def tare(*command):
    """The output of a command."""
    line = ["java", "-jar", str(ROOT / "toolkit/target/toolkit.jar"), *map(str, command)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(line)}\n{done.stdout}{done.stderr}")
    return done.stdout


def held_back(out):
    """The side of the corpus that no calibration sees: see CorpusSide."""
    file = out / "held-back.jsonl"
    lines = CORPUS.read_text(encoding="utf8").splitlines()
    text = "\n".join(line for line in lines if hashlib.sha256(json.loads(line)["text"].encode()).digest()[0] < 26)
    part = file.with_suffix(f".{os.getpid()}")
    part.write_text(text + "\n", encoding="utf8")
    part.replace(file)
    return file


def sets(out, model, k):
    """The three calibration files of a set."""
    files = {name: out / f"{name}-{k}.jsonl" for name in ["long", "cut", "short"]}
    for name, (samples, length) in {"long": LONG, "short": SHORT}.items():
        if not files[name].exists():
            size = ["--samples", samples, "--length", length, "--pressure", 1, "--set", k, "--seed", 2026]
            size += ["--packed"] if name == "long" else []
            tare("select", "--selector", "uniform-pool", "--pool", CORPUS, "--model", model, *size, "--out", files[name])
    rows = [json.loads(line)["input_ids"] for line in files["long"].open(encoding="utf8")]
    pieces = [row[at : at + SHORT[1]] for row in rows for at in range(0, len(row), SHORT[1])]
    files["cut"].write_text("".join(json.dumps({"input_ids": piece}) + "\n" for piece in pieces))
    return files


def kl(arguments, calibration, options, text, folder):
    """KL(original || compressed) on the text, in nats per token."""
    shutil.rmtree(folder, ignore_errors=True)
    method = ["--recipe", "gptq", "--bits", arguments.bits, "--group", arguments.group]
    precision = [] if "--calibration-precision" in options else ["--calibration-precision", "f32"]
    tare("compress", "--model", arguments.model, *method, *precision, *options, "--calibration", calibration, "--out", folder)
    said = tare("evaluate", "--model", folder, "--against", arguments.model, "--precision", "f32", "--perplexity", text,
                "--window", 256, "--windows", 16)
    shutil.rmtree(folder)
    return float(re.search(r"kl ([0-9.]+),", said).group(1))


def table(out, count):
    scores = {
        name: [float((out / (re.sub(r"\W+", "-", name) + f"-{k}.kl")).read_text()) for k in range(count)]
        for name in CONDITIONS
    }
    print("| calibration | KL, nats | change | 95 % interval |\n|---|---:|---:|---:|")
    for name, of in scores.items():
        changes = [math.log(score / base) for score, base in zip(of, scores[BASE])]
        mean, half = statistics.mean(changes), T[count] * statistics.stdev(changes) / math.sqrt(count)
        low, high = (100 * math.expm1(end) for end in (mean - half, mean + half))
        change = "| | |" if name == BASE else f"| {100 * math.expm1(mean):+.1f} % | {low:+.1f} to {high:+.1f} % |"
        print(f"| {name} | {statistics.geometric_mean(of):.3f} {change}")


if __name__ == "__main__":
    main()
