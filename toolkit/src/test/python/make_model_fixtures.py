"""Writes tiny random checkpoints of each family, as transformers saves them, and what it computes and writes with them.

    pip install torch transformers
    python toolkit/src/test/python/make_model_fixtures.py [NAME...]

Writes toolkit/src/test/resources/<name>/; without names all of MODELS below. fixtures/logits.json holds for each model,
all computed in float32 from the saved weights:
  single  a list of {tokens: [n], logits: [n][vocabulary]}
  padded  {tokens: [rows][n] (filled with 0 on the right), lengths: [rows], logits: [rows][length][vocabulary]}:
          one batch; only the positions that hold text have logits

fixtures/greedy_texts.json holds for each model what generate() writes greedily, in float32 as well, each prompt alone:
  {end_of_text: [ids], texts: [{prompt: [n], penalty, written: [m]}]}
A text ends at an end-of-text token, which is left out, or after 30 tokens; penalty is the repetition penalty (1: none).
The end-of-text tokens are chosen so that some texts end early.

Weights are drawn wide, and norms away from 1, so that every part of a block shows in the logits.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from transformers import (AutoConfig, AutoModelForCausalLM, Gemma3TextConfig, LlamaConfig, MistralConfig, OPTConfig,
                          Qwen2Config, Qwen3Config)

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
LOGITS = RESOURCES / "fixtures" / "logits.json"
TEXTS = RESOURCES / "fixtures" / "greedy_texts.json"
MOST = 30
DEVIATION = 0.3
SIZES = dict(
    vocab_size=128,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=128,
    pad_token_id=0,
    bos_token_id=1,
    eos_token_id=2,
)
ROTARY = SIZES | dict(intermediate_size=80, num_key_value_heads=2, rms_norm_eps=1e-5)
LLAMA = ROTARY | dict(vocab_size=256, num_hidden_layers=3)
GEMMA = ROTARY | dict(num_hidden_layers=3)
OPT = SIZES | dict(ffn_dim=80)


def rope(base: float, **scaling) -> dict:
    return {"rope_type": "default", "rope_theta": base} | scaling


# A pair of a head of 8 has wavelength 6, 63, 628 or 6283: kept, in between, stretched, stretched.
LLAMA_3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
               original_max_position_embeddings=64)

# name: (configuration, storage type, largest shard, seed)
MODELS = {
    "llama/tied": (LlamaConfig(**LLAMA, tie_word_embeddings=True, rope_parameters=rope(1e4)), "float32", "1MB", 1),
    "llama/untied": (LlamaConfig(**LLAMA, tie_word_embeddings=False, rope_parameters=rope(5e5)), "bfloat16", "40KB", 2),
    "families/llama-scaled": (
        LlamaConfig(**ROTARY, attention_bias=True, mlp_bias=True, tie_word_embeddings=False,
                    rope_parameters=rope(1e4, **LLAMA_3)), "bfloat16", "1MB", 3),
    "families/mistral": (
        MistralConfig(**ROTARY, head_dim=16, sliding_window=3, rope_parameters=rope(1e4)), "float16", "1MB", 4),
    "families/qwen2": (Qwen2Config(**ROTARY, tie_word_embeddings=False, rope_parameters=rope(1e6)), "bfloat16",
                       "40KB", 5),
    "families/qwen2-tied": (Qwen2Config(**ROTARY, tie_word_embeddings=True, rope_parameters=rope(1e6)), "bfloat16",
                            "1MB", 6),
    "families/qwen3": (
        Qwen3Config(**ROTARY, head_dim=16, tie_word_embeddings=True, rope_parameters=rope(1e6)), "bfloat16", "1MB", 7),
    # sliding_window_pattern 2: two blocks of three see five tokens, with rotary positions of their own base
    "families/gemma3": (
        Gemma3TextConfig(**GEMMA, head_dim=16, query_pre_attn_scalar=16, sliding_window=5, sliding_window_pattern=2),
        "bfloat16", "1MB", 10),
    "families/opt": (OPTConfig(**OPT), "float16", "1MB", 8),
    "families/opt-350m": (OPTConfig(**OPT, do_layer_norm_before=False, word_embed_proj_dim=16), "float16", "1MB", 9),
}


def random_model(config, seed: int):
    random = torch.Generator().manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("norm.weight") or "layernorm.weight" in name:
                low = -0.5 if config.model_type == "gemma3_text" else 0.5  # Gemma's norms add 1
                weight.uniform_(low, low + 1, generator=random)
            else:
                weight.normal_(0, DEVIATION, generator=random)
    return model


def rounded(logits: torch.Tensor) -> list:
    return [[float(f"{value:.7g}") for value in row] for row in logits.tolist()]


@torch.no_grad()
def expected(folder: Path, seed: int) -> dict:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    random = torch.Generator().manual_seed(seed)

    def draw(length: int) -> torch.Tensor:
        return torch.randint(1, model.config.vocab_size, (length,), generator=random)

    single = []
    for length in (1, 6, 24):
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


def write(name: str, config, storage: str, shard_size: str, seed: int) -> None:
    folder = RESOURCES / name
    shutil.rmtree(folder, ignore_errors=True)
    random_model(config, seed).to(getattr(torch, storage)).save_pretrained(folder, max_shard_size=shard_size)
    (folder / "generation_config.json").unlink(missing_ok=True)


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


def fill(fixture: Path, found: dict) -> None:
    """Replaces the lines of some models in a fixture that has one line for each."""
    found = (json.loads(fixture.read_text()) if fixture.exists() else {}) | found
    lines = [f'"{name}":' + json.dumps(found[name], separators=(",", ":")) for name in MODELS]
    fixture.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main() -> None:
    names = sys.argv[1:] or MODELS
    for name in names:
        write(name, *MODELS[name])
    fill(LOGITS, {name: expected(RESOURCES / name, 10 + MODELS[name][-1]) for name in names})
    fill(TEXTS, {name: written(RESOURCES / name) for name in names})


if __name__ == "__main__":
    main()
