#!/usr/bin/env python3
"""How seconds and memory of select, compress and evaluate grow with samples, length, model and pool.

    python3 toolkit/bench/growth.py --out growth.csv

Each row of the CSV is one command in a process of its own: its seconds by the wall clock and its peak
resident memory. At the end stand the exponents: with an exponent of 1, twice the text takes twice as
long. A row that the file has already is not measured again. It needs the built toolkit and the
fetched data. Run nothing else meanwhile.
"""

import argparse
import csv
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT / "data/fetched/corpora"
SAMPLES = [16, 64, 256, 512]
LENGTHS = [256, 512, 1024, 2048, 4096]
POOL = ["news", "how-to", "dialogue", "encyclopedia", "mathematics", "code"]
DOCUMENTS = [1_000, 10_000, 100_000]
MODELS = {"data/tiny": 1.4e6, "smollm2-135m": 134.5e6, "qwen2.5-coder-0.5b": 494e6, "qwen2.5-coder-1.5b": 1544e6}  # parameters
FIELDS = ["command", "grows", "model", "documents", "samples", "length", "tokens", "seconds", "mib"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--models", nargs="*", default=list(MODELS), choices=list(MODELS))
    arguments = parser.parse_args()
    rows = read(arguments.out)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.out, rows, Path(folder))
        for samples in SAMPLES:
            bench.all("samples", arguments.model, samples, 256)
        for length in LENGTHS:
            bench.all("length", arguments.model, 8, length)
        for model in arguments.models:
            bench.all("model", model, 16, 256)
        for documents in DOCUMENTS:
            bench.pool(documents, arguments.model)
    exponents(read(arguments.out))


class Bench:
    """Measures commands that are not measured yet."""

    def __init__(self, out, rows, folder):
        self.out, self.rows, self.folder = out, rows, folder
        self.data = folder / "data"  # the fetched files, without what earlier runs remember of activations
        self.data.mkdir()
        for each in (ROOT / "data").iterdir():
            if each.name != "runs":
                (self.data / each.name).symlink_to(each)

    def all(self, grows, model, samples, length):
        """Selection at random and by activations, compression and evaluation at one size."""
        sizes = dict(grows=grows, model=model, documents="", samples=samples, length=length)
        size = ["--model", model, "--samples", samples, "--length", length]
        calibration = self.folder / "set.jsonl"
        pool = ["--pool", *(CORPORA / f"{name}.jsonl" for name in POOL)]
        select = ["select", *pool, *size, "--out", calibration]
        self.run("select uniform", sizes, [*select, "--selector", "uniform"], always=True)
        guided = ["--selector", "gram-matching", "--pressure", 2, "--packed"]
        guided += ["--references", "goal_step_wikihow/step_inference", "--data", self.data]
        self.run("select gram-matching", sizes, [*select[:-1], self.folder / "by.jsonl", *guided])
        compress = ["compress", "--model", model, "--recipe", "gptq", "--bits", 4, "--group", 64, "--calibration-precision", "f32"]
        self.run("compress gptq", sizes, [*compress, "--calibration", calibration, "--out", self.folder / "model"])
        text = ["--perplexity", CORPORA / "news.jsonl", "--window", length, "--windows", samples]
        self.run("evaluate", sizes, ["evaluate", "--model", model, "--precision", "f32", *text])

    def pool(self, documents, model):
        """A set of one size from pools of other sizes."""
        file = self.folder / f"pool-{documents}.jsonl"
        texts = [json.loads(line)["text"] for line in (CORPORA / "news.jsonl").open()]
        with file.open("w") as lines:
            for i in range(documents):
                text = texts[i % len(texts)]
                lines.write(json.dumps({"id": f"document-{i}", "text": f"{i} {text}"}) + "\n")
        sizes = dict(grows="documents", model=model, documents=documents, samples=16, length=256)
        options = ["--pool", file, "--model", model, "--samples", 16, "--length", 256]
        for selector in ["uniform", "zipcal"]:
            out = ["--out", self.folder / "of-pool.jsonl"]
            self.run(f"select {selector}", sizes, ["select", "--selector", selector, *options, *out])
        file.unlink()

    def run(self, command, sizes, arguments, always=False):
        """One command, measured if it was not; run in any case if others need what it writes."""
        key = {"command": command, **{name: str(value) for name, value in sizes.items()}}
        known = any(all(row[name] == value for name, value in key.items()) for row in self.rows)
        if known and not always:
            return
        shutil.rmtree(self.data / "runs", ignore_errors=True)
        line = ["java", "-jar", str(ROOT / "toolkit/target/toolkit.jar"), *map(str, arguments)]
        start = time.monotonic()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(line, cwd=ROOT, stdout=said, stderr=said)
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.monotonic() - start
            if status:
                said.seek(0)
                sys.exit(f"{' '.join(line)}\n{said.read().decode()[-2000:]}")
        if not known:
            tokens = sizes["samples"] * sizes["length"]
            row = {**key, "tokens": tokens, "seconds": f"{seconds:.1f}", "mib": used.ru_maxrss // 1024}
            self.rows.append({name: str(value) for name, value in row.items()})
            with self.out.open("w", newline="") as lines:
                writer = csv.DictWriter(lines, FIELDS)
                writer.writeheader()
                writer.writerows(self.rows)
            print(row, flush=True)
        shutil.rmtree(self.folder / "model", ignore_errors=True)


def read(file):
    if not file.exists():
        return []
    with file.open() as lines:
        return list(csv.DictReader(lines))


def exponents(rows):
    """The slope of ln seconds and ln memory by ln size: least squares over the rows of a command."""
    print("| command | by | from … to | seconds | exponent | MiB | exponent |\n|---|---|---|---|---|---|---|")
    for command, grows in dict.fromkeys((row["command"], row["grows"]) for row in rows):
        some = [row for row in rows if (row["command"], row["grows"]) == (command, grows)]
        some.sort(key=lambda row: size(row[grows]))
        at = [size(row[grows]) for row in some]
        line = [command, grows, f"{some[0][grows]} … {some[-1][grows]}"]
        for what in ["seconds", "mib"]:
            values = [float(row[what]) for row in some]
            line.append(" / ".join(f"{value:.0f}" if value >= 10 else f"{value:.1f}" for value in values))
            line.append(f"{slope(at, values):.2f}" if len(set(at)) > 1 else "")
        print("|", " | ".join(line), "|")


def size(grown):
    """A number, or the parameters of a model."""
    return MODELS.get(grown) or float(grown)


def slope(sizes, values):
    return statistics.linear_regression([math.log(x) for x in sizes], [math.log(y) for y in values]).slope


if __name__ == "__main__":
    main()
