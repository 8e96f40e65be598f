"""Compares Tare with transformers, llm-compressor, lm-evaluation-harness and plain PyTorch in one run, as ratios.

    pip install -r toolkit/bench/requirements.txt        (in an environment of its own)
    python toolkit/bench/compare.py data/fetched/models/SmolLM2-135M-Instruct.Q4_1.gguf --text TEXT.txt \\
        --calibration data/fetched/corpora/encyclopedia.jsonl data/fetched/corpora/news.jsonl --items ITEMS --repeat 3

Run nothing else meanwhile. Each tool runs in a process of its own, one after the other, with the same text, tokens and
number of threads. All is repeated in turn (Tare, other, Tare, other …), and the table shows the median ratio with its least
and greatest value, so that a noisy machine shows as noise. --rows takes some of the rows:

    forward    tokens/s of the body, and with logits, beside transformers
    gptq       seconds, memory, divergence and perplexity of GPTQ beside llm-compressor, once with each calibration file, whose
               first tokens are the set. At 3 bits a single perplexity says little: rounding noise alone changes it by some per cent
    wanda      seconds and memory of Wanda at 50 % beside llm-compressor (methods.py)
    choices    items/s of zero-shot tasks (scoring.py; --items, as that script says)
    fewshot    items/s of MMLU and GSM8K with five solved examples (scoring.py)
    matrix     seconds of GPTQ of one matrix beside plain PyTorch (gptq_matrix.py)
    neighbour  seconds of `tare evaluate` and of AWQ beside a busy process of two threads, beside their seconds alone
"""
import argparse
import math
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from device_memory import Peak

BENCH = Path(__file__).parent
JAR = BENCH.parent / "target" / "toolkit.jar"
ROWS = "forward,gptq,wanda,choices,fewshot,matrix,neighbour"

a = argparse.ArgumentParser()
a.add_argument("model"); a.add_argument("--text", required=True); a.add_argument("--calibration", required=True, nargs="+")
a.add_argument("--rows"); a.add_argument("--repeat", type=int, default=1); a.add_argument("--items")
a.add_argument("--samples", default="16"); a.add_argument("--length", default="512")
a.add_argument("--heap", default="1536m")  # enough for these models; without a bound garbage waits until it fills a quarter of the machine
a.add_argument("--device", default="cpu", choices=["cpu", "gpu"]); a.add_argument("--threads", default="2", help="of the other tools")
a.add_argument("--windows", default="8", help="windows of the forward pass, four at once; a GPU needs more than 8")
a.add_argument("--bits", default="3"); a.add_argument("--group", default="64")
a.add_argument("--calibration-precision", default="f32", help="of Tare's GPTQ")
a.add_argument("--dense", help="a folder of dense_from_gguf.py for this model, in place of a new one")
a = a.parse_args()
settings = ["--samples", a.samples, "--length", a.length, "--bits", a.bits, "--group", a.group]
other = ["--threads", a.threads, "--device", "cuda" if a.device == "gpu" else "cpu"]
tare = ["java", f"-Xmx{a.heap}", "-XX:MaxDirectMemorySize=8g", "-jar", JAR]
found = {}  # row: [(ours, theirs) of each repetition]
memory = []  # what GPTQ of a matrix takes
scores = {"KL": [], "perplexity": []}  # after GPTQ: (ours, theirs) of each calibration file


def output(*command):
    """Runs a command and returns what it printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def numbers(*command):
    """The numbers in each line with a perplexity that a command prints."""
    lines = [line for line in output(*command).splitlines() if "perplexity" in line]
    return [[float(n) for n in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", line)] for line in lines]


def keep(row, ours, theirs):
    print(f"    {row}: {ours:.2f} beside {theirs:.2f}", flush=True)
    found.setdefault(row, []).append((ours, theirs))


def forward():
    for name, short in (("float32", "f32"), ("bfloat16", "bf16")):
        ours = numbers(*tare, "bench", "model", "--model", a.model, "--text", a.text, "--device", a.device, "--windows", a.windows,
                       "--precision", short)[0]
        theirs = numbers(sys.executable, BENCH / "forward.py", dense, a.text, "--batch", "4", "--windows", a.windows, "--precision",
                         name, *other)[0]
        keep(f"forward, {name}, tokens/s", ours[0], theirs[0])
        keep(f"forward with logits, {name}, tokens/s", ours[1], theirs[1])


def of_gptq(*command):
    """Seconds, peak MiB, KL and perplexity of a run of GPTQ, by the words beside them, and the peak MiB of the GPU."""
    with Peak(a.device) as on_device:
        printed = output(*command)
    words = (r"([\d.]+) s, peak", r"peak (\d+) MiB", r"kl ([\d.]+)", r"kl .*perplexity.*? ([\d.]+)\n")
    return [*(float(re.search(word, printed)[1]) for word in words), on_device.mib]


def gptq():
    for file in a.calibration:
        ours = of_gptq(*tare, "bench", "model", "--model", a.model, "--text", a.text, "--device", a.device, "--windows", a.windows,
                       *settings, "--calibration", file, "--precision", "f32", "--calibration-precision", a.calibration_precision)
        theirs = of_gptq(sys.executable, BENCH / "llmcompressor_gptq.py", dense, file, a.text, "--windows", a.windows, *settings,
                         *other)
        keep("GPTQ of the model, seconds", ours[0], theirs[0])
        keep("GPTQ of the model, peak MiB", ours[1], theirs[1])
        if a.device == "gpu":
            keep("GPTQ of the model and scoring, peak MiB of the GPU", ours[4], theirs[4])
        scores["KL"].append((ours[2], theirs[2]))
        scores["perplexity"].append((ours[3], theirs[3]))


def wanda():
    printed = output(sys.executable, BENCH / "methods.py", a.model, "--text", a.text, "--pool", a.calibration[0], "--methods", "wanda",
                     "--dense", dense, "--samples", a.samples, "--length", a.length)
    cells = printed.strip().splitlines()[-1].split("|")
    keep("Wanda at 50 %, seconds", float(cells[2]), float(cells[3]))
    keep("Wanda at 50 %, peak MiB", float(cells[5]), float(cells[6]))


def scoring(*more):
    for precision in ("float32", "bfloat16"):
        printed = output(sys.executable, BENCH / "scoring.py", a.model, a.items, "--precision", precision, "--dense", dense, *more)
        for task, ours, theirs in re.findall(r"(\w+): ([\d.]+) items/s beside ([\d.]+)", printed):
            keep(f"{task}, {precision}, items/s", float(ours), float(theirs))


def choices():
    scoring()


def fewshot():
    scoring("--tasks", "mmlu,gsm8k", "--items", "28", "--batch", "4,16")


def matrix():
    for columns in ("4096", "14336"):
        ours = output(*tare, "bench", "gptq", "--rows", "4096", "--columns", columns)
        theirs = output(sys.executable, BENCH / "gptq_matrix.py", "4096", columns, "--threads", a.threads)
        best = min(float(s) for s in re.findall(r"([\d.]+) s, loss", ours))
        keep(f"GPTQ of a matrix 4096 x {columns}, seconds", best, float(re.search(r"([\d.]+) s", theirs)[1]))
        if held := re.search(r"([\d.]+) x the weight", ours):
            memory.append(f"memory of GPTQ of a matrix 4096 x {columns} beside weight and Gram matrix: {held[1]} times the weight")


def neighbour():
    calibration, out = Path(folder, "neighbour.jsonl"), Path(folder, "neighbour")
    output(*tare, "select", "--selector", "uniform", "--pool", a.calibration[0], "--model", a.model, "--samples", "8", "--length",
           "256", "--out", calibration)
    commands = {
        "evaluate": ["evaluate", "--model", a.model, "--perplexity", a.text, "--windows", a.windows],
        "AWQ of 8 x 256 tokens": ["compress", "--model", a.model, "--recipe", "awq", "--bits", "4", "--group", a.group,
                                  "--calibration", calibration, "--out", out],
    }

    def seconds(command):
        start = time.time()
        output(*tare, *command)
        shutil.rmtree(out, ignore_errors=True)
        return time.time() - start

    busy = "import torch; torch.set_num_threads(2); x = torch.randn(2048, 2048)\nwhile True: x @ x"
    for name, command in commands.items():
        alone = seconds(command)
        process = subprocess.Popen([sys.executable, "-c", busy])
        try:
            keep(f"{name} beside a busy process, seconds (beside: alone)", seconds(command), alone)
        finally:
            process.kill()


asked = (a.rows or ("forward,gptq" if a.device == "gpu" else ROWS)).split(",")
if not a.items and {"choices", "fewshot"} & set(asked):
    if a.rows:
        sys.exit("choices and fewshot need --items")
    asked = [row for row in asked if row not in ("choices", "fewshot")]
    print("left out, as there is no --items: choices, fewshot")
with tempfile.TemporaryDirectory() as folder:
    dense = a.dense or f"{folder}/dense"
    if not a.dense:
        subprocess.run([sys.executable, BENCH / "dense_from_gguf.py", a.model, dense], check=True, capture_output=True)
    for repetition in range(a.repeat):
        print(f"repetition {repetition + 1} of {a.repeat}", flush=True)
        for row in asked:
            globals()[row]()

print(f"\n| what | ratio, median (least to greatest of the repetitions) | Tare | other |\n|---|---:|---:|---:|")
for row, pairs in found.items():
    ratios = [ours / theirs for ours, theirs in pairs]
    ours, theirs = (statistics.median(side) for side in zip(*pairs))
    print(f"| {row} | {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {ours:.4g} | {theirs:.4g} |")
print(*dict.fromkeys(memory), sep="\n")
for score, pairs in scores.items():
    if pairs:
        logs = [math.log(ours / theirs) for ours, theirs in pairs]
        error = statistics.stdev(logs) / len(logs) ** 0.5 if len(logs) > 1 else math.nan
        ours, theirs = (statistics.geometric_mean(side) for side in zip(*pairs))
        print(f"{score} after GPTQ, geometric mean: {ours:.4g} beside {theirs:.4g}, ratio {math.exp(statistics.mean(logs)):.3f},"
              f" standard error of its logarithm {error:.3f}")
