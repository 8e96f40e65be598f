"""Writes two tiny random LLaMA checkpoints, as transformers saves them, and the logits that transformers computes.

    pip install torch transformers
    python toolkit/src/test/python/make_llama_fixture.py

Writes toolkit/src/test/resources/llama/<name>/, with <name>:
  tied    float32 in one file, embedding and output share one matrix, rotary base 10000
  untied  bfloat16 in several shards with an index, rotary base 500000

logits.json holds, all computed in float32 from the saved weights:
  single  a list of {tokens: [n], logits: [n][vocabulary]}
  padded  {tokens: [rows][n] (filled with 0 on the right), lengths: [rows], logits: [rows][length][vocabulary]}:
          one batch; only the positions that hold text have logits

Weights are drawn wide, and norms away from 1, so that every part of a block shows in the logits.
"""

import json
import shutil
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

RESOURCES = Path(__file__).resolve().parents[1] / "resources" / "llama"
VOCABULARY = 256
DEVIATION = 0.3


def random_model(seed: int, tied: bool, rope_base: float) -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=80,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        tie_word_embeddings=tied,
        rope_parameters={"rope_type": "default", "rope_theta": rope_base},
    )
    random = torch.Generator().manual_seed(seed)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" in name:
                weight.uniform_(0.5, 1.5, generator=random)
            else:
                weight.normal_(0, DEVIATION, generator=random)
    return model


def rounded(logits: torch.Tensor) -> list:
    return [[float(f"{value:.7g}") for value in row] for row in logits.tolist()]


@torch.no_grad()
def expected(folder: Path, seed: int) -> dict:
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    random = torch.Generator().manual_seed(seed)

    def draw(length: int) -> torch.Tensor:
        return torch.randint(1, VOCABULARY, (length,), generator=random)

    single = []
    for length in (1, 6, 19):
        tokens = draw(length)
        single.append({"tokens": tokens.tolist(), "logits": rounded(model(tokens[None]).logits[0])})
    lengths = [4, 9, 1]
    tokens = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    for row, length in enumerate(lengths):
        tokens[row, :length] = draw(length)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    logits = model(tokens, attention_mask=mask).logits
    padded = {
        "tokens": tokens.tolist(),
        "lengths": lengths,
        "logits": [rounded(logits[row, :length]) for row, length in enumerate(lengths)],
    }
    return {"single": single, "padded": padded}


def write(name: str, model: LlamaForCausalLM, shard_size: str, seed: int) -> None:
    folder = RESOURCES / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, max_shard_size=shard_size)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "logits.json").write_text(json.dumps(expected(folder, seed), separators=(",", ":")) + "\n")


def main() -> None:
    write("tied", random_model(1, tied=True, rope_base=10000.0), "1MB", seed=11)
    write("untied", random_model(2, tied=False, rope_base=500000.0).to(torch.bfloat16), "40KB", seed=12)


if __name__ == "__main__":
    main()
