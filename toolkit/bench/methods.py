"""Compares Tare with llm-compressor, method by method, on the same model, calibration tokens and text.

    pip install -r toolkit/bench/requirements.txt        (in an environment of its own)
    python toolkit/bench/methods.py data/fetched/models/SmolLM2-135M-Instruct.Q4_1.gguf \\
        --text TEXT.txt --pool data/fetched/corpora/encyclopedia.jsonl --methods gptq,sparsegpt,wanda --sparsity 0.5

Run nothing else meanwhile. The calibration set is drawn once by `tare select`. Each tool runs in a process of its own, one
after the other, with two threads. Tare's seconds and memory cover the whole process `tare compress`, including the
start of the virtual machine and the writing of the checkpoint. llm-compressor's seconds cover its call `oneshot`, and its
memory covers its process up to the end of that call. AWQ is compared without its clip search, which llm-compressor does not have. Perplexity is
measured on the first 8 windows of 512 tokens, with transformers in float32 for both.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BENCH = Path(__file__).parent
JAR = BENCH.parent / "target" / "toolkit.jar"
PRUNERS = {"magnitude", "wanda", "sparsegpt"}

a = argparse.ArgumentParser()
a.add_argument("model"); a.add_argument("--text", required=True); a.add_argument("--pool", required=True)
a.add_argument("--methods", default="gptq,sparsegpt,wanda"); a.add_argument("--sparsity", default="0.5")
a.add_argument("--samples", default="16"); a.add_argument("--length", default="512"); a.add_argument("--seed", default="1")
a.add_argument("--bits", default="3"); a.add_argument("--group", default="64")
a.add_argument("--dense", help="a folder of dense_from_gguf.py for this model, in place of a new one")
a = a.parse_args()


def run(*command):
    """Runs a command and returns its output, seconds and peak memory in MiB."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
        start = time.time()
        process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=error, text=True)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.time() - start
        for stream in (out, error):
            stream.seek(0)
        if process.returncode:
            sys.exit(f"{command} failed:\n{error.read()}")
        return out.read(), seconds, used.ru_maxrss / 1024


def perplexity(text):
    return float(re.search(r"perplexity[^:]*:? ([0-9.]+)\s*$", text.strip().splitlines()[-1]).group(1))


def settings(method):
    return ["--sparsity", a.sparsity] if method in PRUNERS else ["--bits", a.bits, "--group", a.group]


print("| method | Tare s | llm-compressor s | ratio | Tare MiB | llm-compressor MiB | ratio | Tare perplexity | llm-compressor perplexity | ratio |")
print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
with tempfile.TemporaryDirectory() as folder:
    dense, calibration = a.dense or f"{folder}/dense", f"{folder}/calibration.jsonl"
    if Path(a.model).is_dir():
        dense = a.model
    elif not a.dense:
        run(sys.executable, BENCH / "dense_from_gguf.py", a.model, dense)
    run("java", "-jar", JAR, "select", "--selector", "uniform", "--pool", a.pool, "--model", a.model, "--samples", a.samples,
        "--length", a.length, "--seed", a.seed, "--out", calibration)
    for method in a.methods.split(","):
        out = f"{folder}/{method}"
        _, seconds, peak = run("java", "-jar", JAR, "compress", "--model", a.model, "--recipe", method, "--calibration-precision", "f32", *settings(method),
                               *(["--no-clip"] if method == "awq" else []), "--calibration", calibration, "--out", out)
        ours = perplexity(run(sys.executable, BENCH / "forward.py", out, a.text)[0])
        printed = run(sys.executable, BENCH / "llmcompressor_methods.py", dense, calibration, a.text, "--method", method,
                      *settings(method))[0]
        their_seconds, their_peak = (float(n) for n in re.search(r"([0-9.]+) s, peak ([0-9]+) MiB", printed).groups())
        theirs = perplexity(printed)
        label = f"{method} {a.sparsity}" if method in PRUNERS else f"{method} {a.bits} bits, group {a.group}"
        print(f"| {label} | {seconds:.1f} | {their_seconds:.1f} | {seconds / their_seconds:.2f} | {peak:.0f} | {their_peak:.0f} |"
              f" {peak / their_peak:.2f} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.3f} |", flush=True)
