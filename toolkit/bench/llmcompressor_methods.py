"""Runs one compression method of llm-compressor on a whole checkpoint, on the CPU: seconds, peak memory, perplexity.

    python llmcompressor_methods.py CHECKPOINT CALIBRATION.jsonl TEXT_FILE --method sparsegpt --sparsity 2:4

CALIBRATION.jsonl is a file of `tare select`. The tokens of each line are one sample, unchanged.
"""
import argparse
import json
import math
import resource
import time

import torch
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from datasets import Dataset
from llmcompressor import oneshot
from transformers import AutoModelForCausalLM, AutoTokenizer

a = argparse.ArgumentParser()
a.add_argument("checkpoint"); a.add_argument("calibration"); a.add_argument("text")
a.add_argument("--method", required=True, choices=["gptq", "sparsegpt", "wanda", "awq", "smoothquant-gptq"])
a.add_argument("--sparsity", default="0.5"); a.add_argument("--bits", type=int, default=3)
a.add_argument("--group", type=int, default=64); a.add_argument("--alpha", type=float, default=0.8)
a.add_argument("--threads", type=int, default=2)
a = a.parse_args()


def recipe():
    weights = QuantizationArgs(num_bits=a.bits, type="int", symmetric=False, strategy="group", group_size=a.group)
    schemes = {"all": QuantizationScheme(targets=["Linear"], weights=weights)}
    share, structure = ([int(n) for n in a.sparsity.split(":")], a.sparsity) if ":" in a.sparsity else (a.sparsity, "0:0")
    share = share[0] / share[1] if structure != "0:0" else float(share)
    pruning = dict(sparsity=share, mask_structure=structure, targets=["Linear"], ignore=["re:.*lm_head"])
    if a.method == "sparsegpt":
        from llmcompressor.modifiers.pruning import SparseGPTModifier
        return [SparseGPTModifier(block_size=128, dampening_frac=0.01, **pruning)]
    if a.method == "wanda":
        from llmcompressor.modifiers.pruning import WandaPruningModifier
        return [WandaPruningModifier(**pruning)]
    if a.method == "awq":
        from llmcompressor.modifiers.awq import AWQModifier
        from llmcompressor.pipelines.cache import IntermediatesCache
        if not torch.cuda.is_available():  # version 0.14 pins memory even where there is no GPU to copy it to, and fails
            IntermediatesCache.pin_memory = lambda *_: None
        return [AWQModifier(ignore=["lm_head"], config_groups=schemes, duo_scaling=False)]
    from llmcompressor.modifiers.quantization import GPTQModifier
    gptq = GPTQModifier(ignore=["lm_head"], block_size=128, dampening_frac=0.01, config_groups=schemes)
    if a.method == "gptq":
        return [gptq]
    from llmcompressor.modifiers.smoothquant import SmoothQuantModifier
    return [SmoothQuantModifier(smoothing_strength=a.alpha), gptq]


torch.set_num_threads(a.threads)
tokenizer = AutoTokenizer.from_pretrained(a.checkpoint)
model = AutoModelForCausalLM.from_pretrained(a.checkpoint, dtype=torch.float32)
lines = [json.loads(line) for line in open(a.calibration, encoding="utf8")]
samples = [line.get("input_ids", line.get("tokens")) for line in lines]
data = Dataset.from_list([{"input_ids": s, "attention_mask": [1] * len(s)} for s in samples])
start = time.time()
oneshot(model=model, dataset=data, max_seq_length=max(map(len, samples)), num_calibration_samples=len(samples), recipe=recipe())
seconds = time.time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
linears = [m.weight for n, m in model.named_modules() if isinstance(m, torch.nn.Linear) and "lm_head" not in n]
zeros = sum((w == 0).sum().item() for w in linears) / sum(w.numel() for w in linears)
ids = torch.tensor(tokenizer(open(a.text, encoding="utf8").read()[:400_000], add_special_tokens=False).input_ids)
nll = count = 0
with torch.inference_mode():
    for i in range(8):
        x = ids[i * 512:(i + 1) * 512][None]
        nll += torch.nn.functional.cross_entropy(model(x).logits[0, :-1], x[0, 1:], reduction="sum").item()
        count += 511
print(f"{seconds:.1f} s, peak {peak:.0f} MiB, zeros {zeros:.4f}, perplexity at 8 x 512: {math.exp(nll / count):.4f}")
