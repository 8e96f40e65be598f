"""Writes what transformers' generate() writes, greedily, with the tiny random checkpoints of make_model_fixtures.py.

    pip install torch transformers
    python toolkit/src/test/python/make_generation_fixture.py

Writes toolkit/src/test/resources/fixtures/greedy_texts.json, one line for each checkpoint:
  {end_of_text: [ids], texts: [{prompt: [n], penalty, written: [m]}]}
computed in float32 from the saved weights, each prompt alone. A text ends at an end-of-text token, which is left out, or
after 30 tokens; penalty is the repetition penalty (1: none). The end-of-text tokens are chosen so that some texts end early.
"""

import json
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from make_model_fixtures import MODELS

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
MOST = 30


@torch.no_grad()
def written(folder: Path) -> dict:
    config = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    random = torch.Generator().manual_seed(5)
    prompts = [torch.randint(3, config.vocab_size, (length,), generator=random) for length in (1, 5, 23, 8, 14)]

    def generate(prompt: torch.Tensor, penalty: float, end: list) -> list:
        tokens = model.generate(
            prompt[None],
            attention_mask=torch.ones_like(prompt)[None],
            do_sample=False,
            max_new_tokens=MOST,
            repetition_penalty=penalty,
            eos_token_id=end or None,
            pad_token_id=0,
        )
        return [token for token in tokens[0, len(prompt) :].tolist() if token not in end]

    free = max((generate(prompt, 1.0, []) for prompt in prompts), key=lambda text: len(set(text)))
    end = [max(free, key=free.index), config.vocab_size - 1]  # the token that occurs last for the first time
    texts = [
        {"prompt": prompt.tolist(), "penalty": penalty, "written": generate(prompt, penalty, end)}
        for prompt in prompts
        for penalty in (1.0, 1.3)
    ]
    return {"end_of_text": end, "texts": texts}


def main() -> None:
    lines = []
    for name in MODELS:
        result = written(RESOURCES / name)
        lines.append(f'"{name}":' + json.dumps(result, separators=(",", ":")))
        print(name, "ends at", result["end_of_text"], "lengths", [len(t["written"]) for t in result["texts"]])
    (RESOURCES / "fixtures" / "greedy_texts.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
