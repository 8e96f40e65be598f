"""Measures GPTQ on one GPU in under ten minutes: a matrix, blocks of an 8B model, a small model, and llm-compressor beside.

    pip install -r toolkit/bench/requirements.txt        (in an environment of its own, PyTorch with CUDA)
    python toolkit/bench/gpu.py --model data/fetched/models/SmolLM2-135M-Instruct.Q4_1.gguf --text TEXT.txt \\
        --calibration data/fetched/corpora/encyclopedia.jsonl data/fetched/corpora/news.jsonl

Needs the built toolkit.jar, `nvidia-smi`, and the GPU library of DJL in its cache (toolkit/cluster has the script for machines
without a network). Each step runs in a process of its own with a limit of time; a step that fails or takes too long is named
and the others run all the same. At the end a table says what was measured beside the goals. Without --model only the matrix
and the blocks are measured. --tests runs the tests that need a GPU first (Maven, some minutes more).
"""
import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

BENCH = Path(__file__).parent
ROOT = BENCH.parents[1]
JAR = BENCH.parent / "target" / "toolkit.jar"

a = argparse.ArgumentParser()
a.add_argument("--model", help="SmolLM2-135M as GGUF; empty for the invented weights only")
a.add_argument("--text", help="text whose perplexity is measured"); a.add_argument("--calibration", nargs="*", default=[])
a.add_argument("--heap", default="8g"); a.add_argument("--tests", action="store_true", help="run the tests that need a GPU first")
a.add_argument("--device", default="gpu", choices=["gpu", "cpu"], help="cpu tries the script itself, with small sizes")
a = a.parse_args()
if a.model and not (a.text and a.calibration):
    sys.exit("--model needs --text and --calibration")
tiny = a.device == "cpu"
rows = []


def step(name, seconds, *command):
    """Runs a command, prints its last lines, and returns all it printed; empty if it failed."""
    print(f"== {name}", flush=True)
    start = time.time()
    try:
        done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        print(f"   stopped after {seconds} s", flush=True)
        return ""
    print("   " + "\n   ".join((done.stdout or done.stderr).strip().splitlines()[-6:]))
    print(f"   {time.time() - start:.0f} s in all", flush=True)
    if done.returncode:
        print(f"   failed: {done.stderr.strip()[-500:]}", flush=True)
        return ""
    return done.stdout


def row(what, output, pattern, goal, unit="s"):
    """A line of the table: the least of the numbers that the pattern finds, beside the goal."""
    found = [float(number) for number in re.findall(pattern, output)]
    rows.append((what, f"{min(found):.2f} {unit}" if found else "not measured", goal))


def tare(*arguments):
    return ["java", f"-Xmx{a.heap}", "-jar", JAR, *arguments]


if a.tests:
    step("tests on the GPU", 400, "mvn", "-B", "-q", "-Dcuda", "-pl", "toolkit", "test", "-Dgroups=gpu")
size = "512" if tiny else "4096"
for method, goal in (("gptq", "0.5 s"), ("sparsegpt", ""), ("spqr", "")):
    output = step(f"{method}, {size} x {size}", 30, *tare("bench", method, "--rows", size, "--columns", size, "--repetitions", "4",
                                                          "--device", a.device))
    row(f"{method}, {size} x {size}", output, r" (\d+\.\d+) s, loss", goal)
if not tiny:
    output = step("gptq, 4096 x 14336", 40, *tare("bench", "gptq", "--columns", "14336", "--device", a.device))
    row("gptq, 4096 x 14336", output, r" (\d+\.\d+) s, loss", "")
    output = step("a block of Llama-3.1-8B's shapes, 64 x 2,048", 200, sys.executable, BENCH / "memory.py", "--blocks", "2",
                  "--samples", "64", "--length", "2048", "--device", "gpu")
    row("a block of Llama-3.1-8B's shapes", output, r": (\d+) s per block", "8 s (15 s before, in float32)")
if a.model:
    sizes = ["--samples", "2", "--length", "64", "--windows", "4"] if tiny else ["--windows", "32"]
    output = step("SmolLM2-135M beside llm-compressor", 260, sys.executable, BENCH / "compare.py", a.model, "--text", a.text,
                  "--rows", "gptq", "--device", a.device, *sizes, "--calibration", *a.calibration)
    row("GPTQ of SmolLM2-135M", output, r"the model, seconds \| [^|]* \| ([\d.]+) \|", "10 s (42 s before)")
    row("  as a share of llm-compressor's seconds", output, r"the model, seconds \| ([\d.]+) ", "", "")
    row("  as a share of its memory of the host", output, r"the model, peak MiB \| ([\d.]+) ", "", "")
    row("  as a share of its memory of the GPU, with scoring", output, r"the model and scoring, peak MiB of the GPU \| ([\d.]+) ", "", "")
    row("  perplexity, as a ratio", output, r"perplexity after GPTQ.* ratio ([\d.]+)", "1 within its error", "")
print(f"\n{'what':45}{'measured':>16}   goal")
for what, measured, goal in rows:
    print(f"{what:45}{measured:>16}   {goal}")
