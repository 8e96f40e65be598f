"""Compares Tare with lm-evaluation-harness and transformers in one run: items per second on the same items.

    pip install -r toolkit/bench/requirements.txt        (in an environment of its own)
    python toolkit/bench/scoring.py data/fetched/models/SmolLM2-135M-Instruct.Q4_1.gguf ITEMS --batch 1,4,16
    python toolkit/bench/scoring.py ... --tasks mmlu,gsm8k --subjects anatomy,marketing --items 50

ITEMS holds arc_easy/test.jsonl, hellaswag/validation.jsonl, boolq/test.jsonl, mmlu/test.jsonl and dev.jsonl,
gsm8k/test.jsonl and train.jsonl. Run nothing else meanwhile. Each tool runs in a process of its own, one after the
other, with the same items, weights, precision and number of threads; transformers at each of the given batch sizes, of
which the best counts for each task. Written answers have no accuracy here: their speed is compared. Zero-shot tasks also
have Tare's tokens/s, with each context counted once: to be held against its forward pass (compare.py).
"""
import argparse
import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).parent
JAR = BENCH.parent / "target" / "toolkit.jar"
FILES = {  # task: {file of ITEMS: official name}
    "arc_easy": {"test": "test"}, "hellaswag": {"validation": "validation"}, "boolq": {"test": "validation"},
    "mmlu": {"test": "test", "dev": "dev"}, "gsm8k": {"test": "test", "train": "train"},
}

a = argparse.ArgumentParser()
a.add_argument("model"); a.add_argument("items_folder"); a.add_argument("--items", default="100")
a.add_argument("--tasks", default="arc_easy,hellaswag,boolq"); a.add_argument("--subjects", default="anatomy,marketing", help="of mmlu")
a.add_argument("--batch", default="1,4,16"); a.add_argument("--precision", default="float32")
a.add_argument("--dense", help="a folder of dense_from_gguf.py for this model, in place of a new one")
a = a.parse_args()


def run(*command):
    """Runs a command and gives {task: (items per second, accuracy, tokens an item)}."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    found = {}
    for line in done.stdout.splitlines():
        task = re.match(r"\w+", line)
        rate, right, tokens = (re.search(words, line) for words in (r"([\d.]+) items/s", r"acc ([\d.]+)", r"([\d.]+) tokens an item"))
        if task and task[0] in FILES and rate:
            print("   ", line, flush=True)
            found[task[0]] = tuple(float(number[1]) if number else math.nan for number in (rate, right, tokens))
    return found


with tempfile.TemporaryDirectory() as folder:
    for task in a.tasks.split(","):
        for home in (Path(folder, "fetched", "tasks", task), Path(folder, "items", task)):
            home.mkdir(parents=True)
            for given, official in FILES[task].items():
                lines = Path(a.items_folder, task, f"{given}.jsonl").read_text(encoding="utf8").splitlines(keepends=True)
                if task == "mmlu":  # Tare's limit is for each subject, so the file holds no more
                    most = int(a.items) // len(a.subjects.split(","))
                    by_subject = [[line for line in lines if json.loads(line)["subject"] == name] for name in a.subjects.split(",")]
                    lines = [line for some in by_subject for line in (some[:most] if given == "test" else some)]
                name = official if home.parent.name == "tasks" else given
                (home / f"{name}.jsonl").write_text("".join(lines), encoding="utf8")
    dense = a.dense or f"{folder}/dense"
    if not a.dense:
        subprocess.run([sys.executable, BENCH / "dense_from_gguf.py", a.model, dense], check=True, capture_output=True)
    print("tare", a.precision)
    ours = run("java", "-jar", JAR, "evaluate", "--model", a.model, "--task", a.tasks, "--limit", a.items,
               "--precision", {"float32": "f32", "bfloat16": "bf16"}[a.precision], "--data", folder)
    best = {}
    for batch in a.batch.split(","):
        print("lm-evaluation-harness, batch", batch)
        theirs = run(sys.executable, BENCH / "lm_eval_scoring.py", dense, f"{folder}/items", "--batch", batch,
                     "--tasks", a.tasks, "--precision", a.precision, "--items", a.items)
        best = {task: max(score, best.get(task, score)) for task, score in theirs.items()}

print("ratio", a.precision)
for task, (rate, accuracy, _) in ours.items():
    other, right, tokens = best[task]
    speed = "" if task in ("mmlu", "gsm8k") else f"; {rate * tokens:.0f} tokens/s"
    print(f"    {task}: {rate:.2f} items/s beside {other:.2f}, ratio {rate / other:.2f}; acc {accuracy:.3f} beside {right:.3f}{speed}")
