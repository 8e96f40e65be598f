"""Writes the logits that transformers computes for checkpoints whose configuration or files are changed.

    pip install torch transformers safetensors
    python toolkit/src/test/python/make_variant_fixture.py

Writes toolkit/src/test/resources/fixtures/variants.json, a list. Each entry names a folder of the resources, the fields
of its config.json that change (null removes one), a change of its tensors, and prompts with the logits after their last
token, in float32. The changes of tensors:
  bare          the prefix "model." is dropped, as in files that were saved from the base model
  same head     lm_head.weight is added, equal to the embedding
  other head    lm_head.weight is added: the embedding's rows in reverse order
  head alone    the embedding is renamed to lm_head.weight
  stale index   an index and shards are added, in which all norms are zero
  inv_freq      a rotary buffer of an old checkpoint is added to block 0
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
PROMPTS = (7, 40, 100)
MISTRAL = {"sliding_window": None}
PLAIN = {"rope_parameters": None, "rope_theta": 10000.0}
SHORT = [1.0, 1.1, 1.3, 1.6, 2.0, 2.5, 3.1, 3.8]
LONG = [1.0, 1.5, 2.5, 4.0, 6.0, 9.0, 13.0, 18.0]

# folder, configuration, tensors, lengths of prompts
VARIANTS = [
    ("families/qwen2-tied", {}, "bare", PROMPTS),
    ("families/opt", {}, "bare", PROMPTS),
    ("families/qwen2-tied", {}, "same head", PROMPTS),
    ("families/qwen2-tied", {}, "other head", PROMPTS),
    ("families/qwen2-tied", {}, "head alone", PROMPTS),
    ("families/qwen2-tied", {"tie_word_embeddings": False}, "other head", PROMPTS),
    ("families/qwen2-tied", {}, "stale index", PROMPTS),
    ("families/qwen2-tied", {}, "inv_freq", PROMPTS),
]


def rope(scaling: dict, folder: str = "families/mistral", lengths=PROMPTS, **fields) -> None:
    changed = (MISTRAL if folder.endswith("mistral") else {}) | PLAIN | fields
    VARIANTS.append((folder, changed | {"rope_scaling": scaling}, None, lengths))
    spelled = {"rope_theta": 10000.0, "rope_type": scaling["type"]}
    spelled |= {key: value for key, value in scaling.items() if key != "type"}
    changed = {key: value for key, value in changed.items() if key != "rope_theta"}
    VARIANTS.append((folder, changed | {"rope_parameters": spelled}, None, lengths))


rope({"type": "linear", "factor": 2.5})
rope({"type": "linear", "factor": 1.0}, "families/qwen2-tied")
rope({"type": "dynamic", "factor": 4.0}, lengths=(40, 128, 150, 300))
rope({"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32})
rope({"type": "yarn", "factor": 4.0}, "families/qwen2-tied")
rope({"type": "yarn", "factor": 40.0, "original_max_position_embeddings": 64, "beta_fast": 8, "beta_slow": 2,
      "mscale": 0.7, "mscale_all_dim": 1.3, "truncate": False})
rope({"type": "yarn", "factor": 8.0, "original_max_position_embeddings": 16, "attention_factor": 1.5})
rope({"type": "longrope", "short_factor": SHORT, "long_factor": LONG, "original_max_position_embeddings": 32})
rope({"type": "longrope", "short_factor": SHORT, "long_factor": LONG, "factor": 6.0},
     original_max_position_embeddings=64)
# The folder has rope_parameters as well: rope_scaling wins.
VARIANTS.append(("families/mistral", MISTRAL | {"rope_scaling": {"type": "linear", "factor": 2.0}, "rope_theta": 500.0},
                 None, PROMPTS))


def change(tensors: dict, how: str | None, folder: Path) -> dict:
    embedding = next(name for name in tensors if name.endswith("embed_tokens.weight"))
    if how == "bare":
        return {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    if how == "same head":
        return tensors | {"lm_head.weight": tensors[embedding].clone()}
    if how == "other head":
        return tensors | {"lm_head.weight": tensors[embedding].flip(0).contiguous()}
    if how == "head alone":
        return {"lm_head.weight" if name == embedding else name: tensor for name, tensor in tensors.items()}
    if how == "inv_freq":
        return tensors | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)}
    if how == "stale index":
        shard = "model-00001-of-00001.safetensors"
        old = {name: torch.zeros_like(t) if "norm" in name else t.clone() for name, t in tensors.items()}
        save_file(old, folder / shard, {"format": "pt"})
        index = {"metadata": {}, "weight_map": {name: shard for name in old}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return tensors


def rounded(logits: torch.Tensor) -> list:
    return [float(f"{value:.6g}") for value in logits.tolist()]


@torch.no_grad()
def prompts(folder: Path, lengths, seed: int) -> list:
    random = torch.Generator().manual_seed(seed)
    found = []
    for length in lengths:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()  # scalings may keep a state
        tokens = torch.randint(1, model.config.vocab_size, (length,), generator=random)
        found.append({"tokens": tokens.tolist(), "logits": rounded(model(tokens[None]).logits[0, -1])})
    return found


def main() -> None:
    entries = []
    for seed, (name, fields, how, lengths) in enumerate(VARIANTS):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(shutil.copytree(RESOURCES / name, Path(scratch) / "model"))
            config = json.loads((folder / "config.json").read_text()) | fields
            config = {key: value for key, value in config.items() if value is not None or key == "sliding_window"}
            (folder / "config.json").write_text(json.dumps(config))
            changed = change(load_file(folder / "model.safetensors"), how, folder)
            save_file(changed, folder / "model.safetensors", {"format": "pt"})
            entries.append({"folder": name, "config": fields, "tensors": how,
                            "prompts": prompts(folder, lengths, seed)})
    text = "[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries) + "\n]\n"
    (RESOURCES / "fixtures" / "variants.json").write_text(text)


if __name__ == "__main__":
    main()
