"""Prints how far transformers' logits in bfloat16 and half precision are from its float32 ones on the model fixtures:
the root mean square of the differences over that of the logits. DecoderModelTest's bounds for low precision come from it.

    pip install torch transformers
    python toolkit/src/test/python/low_precision_distance.py
"""

import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
LOGITS = json.loads((RESOURCES / "fixtures" / "logits.json").read_text())

for name in ("llama/tied", "families/qwen2", "families/opt", "families/opt-350m"):
    prompt = LOGITS[name]["single"][2]
    exact = torch.tensor(prompt["logits"])
    for attention in ("eager", "sdpa"):
        for dtype in (torch.bfloat16, torch.float16):
            model = AutoModelForCausalLM.from_pretrained(RESOURCES / name, dtype=dtype, attn_implementation=attention)
            with torch.inference_mode():
                logits = model.eval()(torch.tensor([prompt["tokens"]])).logits[0].float()
            print(f"{name} {attention} {dtype}: {(logits - exact).norm() / exact.norm():.4f}")
