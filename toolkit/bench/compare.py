"""Compares Tare with transformers and llm-compressor in one run, as ratios: forward pass, and GPTQ of the whole model.

    pip install -r toolkit/bench/requirements.txt        (in an environment of its own)
    python toolkit/bench/compare.py data/fetched/models/SmolLM2-135M-Instruct.Q4_1.gguf --text TEXT.txt \\
        --calibration data/fetched/corpora/encyclopedia.jsonl data/fetched/corpora/news.jsonl ...

Run nothing else meanwhile. Each tool runs in a process of its own, one after the other, with the same text, tokens and
number of threads; a calibration set consists of the first tokens of a file. GPTQ runs once with each file, because at 3 bits
a single perplexity says little: rounding noise alone changes it by some per cent.
"""
import argparse
import math
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).parent
JAR = BENCH.parent / "target" / "toolkit.jar"

a = argparse.ArgumentParser()
a.add_argument("model"); a.add_argument("--text", required=True); a.add_argument("--calibration", required=True, nargs="+")
a.add_argument("--samples", default="16"); a.add_argument("--length", default="512")
a.add_argument("--heap", default="1536m")  # enough for these models; without a bound garbage waits until it fills a quarter of the machine
a.add_argument("--device", default="cpu", choices=["cpu", "gpu"]); a.add_argument("--threads", default="2", help="of the other tools")
a.add_argument("--windows", default="8", help="windows of the forward pass, four at once; a GPU needs more than 8")
a.add_argument("--bits", default="3"); a.add_argument("--group", default="64")
a = a.parse_args()
settings = ["--samples", a.samples, "--length", a.length, "--bits", a.bits, "--group", a.group]
other = ["--threads", a.threads, "--device", "cuda" if a.device == "gpu" else "cpu"]


def run(*command):
    """Runs a command, prints the line of its result and returns the numbers in it."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    lines = [line for line in done.stdout.splitlines() if "perplexity" in line]
    for line in lines:
        print("   ", line, flush=True)
    return [[float(n) for n in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", line)] for line in lines]


with tempfile.TemporaryDirectory() as folder:
    dense = f"{folder}/dense"
    subprocess.run([sys.executable, BENCH / "dense_from_gguf.py", a.model, dense], check=True, capture_output=True)
    print("tare")
    bench = ["java", f"-Xmx{a.heap}", "-XX:MaxDirectMemorySize=8g", "-jar", JAR, "bench", "model", "--model", a.model, "--text", a.text,
             "--device", a.device, "--windows", a.windows, *settings]
    f32, bf16 = run(*bench)
    ours = [run(*bench, "--calibration", file, "--precision", "f32")[0][-3:] for file in a.calibration]
    print("transformers")
    theirs = run(sys.executable, BENCH / "forward.py", dense, a.text, "--batch", "4", "--windows", a.windows, *other)[0]
    print("llm-compressor")
    gptq = [sys.executable, BENCH / "llmcompressor_gptq.py", dense]
    rivals = [[row[0], row[1], row[-1]] for row in (run(*gptq, file, a.text, *settings, *other)[0] for file in a.calibration)]

print(f"forward, float32: {f32[0] / theirs[0]:.2f} of transformers' tokens/s (with logits {f32[1] / theirs[1]:.2f})")
print(f"forward, bfloat16: {bf16[0] / f32[0]:.2f} of our float32 tokens/s (with logits {bf16[1] / f32[1]:.2f})")
seconds, peak, perplexity = zip(*ours)
their_seconds, their_peak, their_perplexity = zip(*rivals)
(time, memory), (their_time, their_memory) = ([statistics.median(x) for x in xs] for xs in ((seconds, peak), (their_seconds, their_peak)))
print(f"GPTQ, median of {len(ours)}: {time:.1f} s, {time / their_time:.2f} of llm-compressor's {their_time:.1f} s;"
      f" {memory:.0f} MiB, {memory / their_memory:.2f} of its {their_memory:.0f} MiB")
logs = [math.log(a / b) for a, b in zip(perplexity, their_perplexity)]
error = statistics.stdev(logs) / len(logs) ** 0.5 if len(logs) > 1 else math.nan
print(f"perplexity, geometric mean: {statistics.geometric_mean(perplexity):.1f} beside {statistics.geometric_mean(their_perplexity):.1f},"
      f" ratio {math.exp(statistics.mean(logs)):.3f}, standard error {error:.3f}")
