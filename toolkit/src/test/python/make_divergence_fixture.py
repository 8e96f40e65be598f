"""Writes the divergence of a coarse copy of data/tiny from data/tiny, as transformers' logits give it.

    pip install torch transformers
    python toolkit/src/test/python/make_divergence_fixture.py

Writes toolkit/src/test/resources/fixtures/divergence.json:
  text, window, windows   the text, and how it is cut: windows of `window` tokens from its start, the rest left out
  step                    each weight of a linear layer in a block of the coarse copy is the nearest multiple of this
                          (half to even)
  kl                      [windows][window - 1], sum_v P_v (ln P_v - ln Q_v) of each prediction, P of data/tiny: logits
                          in float32, the rest in float64
  same_top                [windows], number of predictions with the same most probable token
  mean, median, p90, p99, p999, top1   over all predictions; numpy's percentiles
"""

import copy
import json
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from make_tokenizer_fixture import LEARNED_FROM

ROOT = Path(__file__).resolve().parents[4]
STEP = 1 / 16
WINDOW = 64
WINDOWS = 4


def main() -> None:
    folder = ROOT / "data" / "tiny"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    coarse = copy.deepcopy(model)
    with torch.no_grad():
        for layer in coarse.model.layers:
            for module in layer.modules():
                if isinstance(module, torch.nn.Linear):
                    module.weight.copy_(torch.round(module.weight / STEP) * STEP)
    text = LEARNED_FROM if isinstance(LEARNED_FROM, str) else "\n\n".join(LEARNED_FROM)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    while len(ids) < WINDOW * WINDOWS:
        text += "\n\n" + text.swapcase()
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    batch = torch.tensor(ids[: WINDOW * WINDOWS]).reshape(WINDOWS, WINDOW)
    with torch.no_grad():
        p = model(batch).logits[:, :-1].double().log_softmax(-1)
        q = coarse(batch).logits[:, :-1].double().log_softmax(-1)
    kl = (p.exp() * (p - q)).sum(-1).numpy()
    same = (p.argmax(-1) == q.argmax(-1)).sum(-1)
    flat = kl.reshape(-1)
    fixture = {
        "text": text,
        "window": WINDOW,
        "windows": WINDOWS,
        "step": STEP,
        "kl": [[float(f"{x:.9g}") for x in row] for row in kl],
        "same_top": same.tolist(),
        "mean": float(flat.mean()),
        **{name: float(np.quantile(flat, share)) for name, share in
           [("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)]},
        "top1": float(same.sum()) / flat.size,
    }
    out = ROOT / "toolkit" / "src" / "test" / "resources" / "fixtures" / "divergence.json"
    out.write_text(json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(out, fixture["mean"], fixture["top1"], len(text))


if __name__ == "__main__":
    main()
