"""Writes what hooks on transformers' linear layers sum up of their inputs, under the names that llama.cpp gives them.

    pip install torch transformers gguf
    python toolkit/src/test/python/make_imatrix_fixture.py
    python toolkit/src/test/python/make_imatrix_fixture.py --check IMATRIX.gguf MODEL CALIBRATION.jsonl

The first form writes toolkit/src/test/resources/fixtures/imatrix.json from checkpoints of make_model_fixtures.py. For
each model: tokens [samples][n], weights [samples][n], and sums {name: [channels]}, with each token counted by its weight
(sum of w x^2, in float64 from float32 inputs); plain holds the sums with each token counted once. The second form reads
an importance matrix with the package gguf, and compares it with hooks over a calibration file of tare select.
"""

import json
import sys
from pathlib import Path

import torch
from gguf import MODEL_ARCH, GGUFReader, get_tensor_name_map
from transformers import AutoModelForCausalLM

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
ARCHITECTURES = {"llama": MODEL_ARCH.LLAMA, "mistral": MODEL_ARCH.LLAMA, "qwen2": MODEL_ARCH.QWEN2,
                 "qwen3": MODEL_ARCH.QWEN3}
SAMPLES, LENGTH = 3, 20


def sums(model, tokens: list, weights: list) -> dict:
    """Sums of w x^2 by llama.cpp's names, of the linear layers of the blocks."""
    names = get_tensor_name_map(ARCHITECTURES[model.config.model_type], model.config.num_hidden_layers)
    found = {}
    row = []

    def hook(name):
        def add(module, inputs):
            x = inputs[0].reshape(-1, inputs[0].shape[-1]).double()
            found[name] = found.get(name, 0) + (row[0][:, None] * x.square()).sum(0)
        return add

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and ".layers." in name:
            module.register_forward_pre_hook(hook(names.get_name(name) + ".weight"))
    with torch.no_grad():
        for ids, w in zip(tokens, weights):
            row[:] = [torch.tensor(w, dtype=torch.float64)]
            model(torch.tensor([ids]))
    return found


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def make() -> None:
    models = {}
    for name in ("llama/tied", "families/qwen2"):
        random = torch.Generator().manual_seed(33)
        vocabulary = load(RESOURCES / name).config.vocab_size
        tokens = torch.randint(3, vocabulary, (SAMPLES, LENGTH), generator=random).tolist()
        weights = torch.tensor([0.0, 1.0, 2.0, 0.5])[torch.randint(0, 4, (SAMPLES, LENGTH), generator=random)].tolist()
        ones = [[1.0] * LENGTH] * SAMPLES
        models[name] = {
            "tokens": tokens,
            "weights": weights,
            "sums": rounded(sums(load(RESOURCES / name), tokens, weights)),
            "plain": rounded(sums(load(RESOURCES / name), tokens, ones)),
        }
    (RESOURCES / "fixtures" / "imatrix.json").write_text(json.dumps(models) + "\n")


def rounded(found: dict) -> dict:
    return {name: [float(f"{x:.7g}") for x in values.tolist()] for name, values in sorted(found.items())}


def check(imatrix: str, folder: str, calibration: str) -> None:
    reader = GGUFReader(imatrix)
    for key in ("general.type", "imatrix.datasets", "imatrix.chunk_count", "imatrix.chunk_size"):
        print(key, reader.get_field(key).contents())
    lines = [json.loads(line) for line in Path(calibration).read_text(encoding="utf-8").splitlines()]
    tokens = [line["input_ids"] for line in lines]
    weights = [line.get("weights") or line.get("loss_mask") or [1.0] * len(line["input_ids"]) for line in lines]
    tensors = {tensor.name: torch.tensor(tensor.data.copy()).double() for tensor in reader.tensors}
    expected = sums(load(folder), tokens, weights)
    assert set(tensors) == {name + end for name in expected for end in (".in_sum2", ".counts")}
    count = sum(map(sum, weights))
    whole = max(1, round(count))
    assert all(tensors[name + ".counts"].item() == whole for name in expected)
    expected = {name: s * whole / count for name, s in expected.items()}
    worst = max(((tensors[name + ".in_sum2"] - s).abs().max() / s.abs().max()).item() for name, s in expected.items())
    each = max(((tensors[name + ".in_sum2"] - s).abs() / s.clamp_min(1e-30)).max().item() for name, s in expected.items())
    print(f"{len(expected)} tensors, {count:g} tokens; largest difference {worst:.2e} of a tensor's largest sum,"
          f" {each:.2e} of a sum")


if __name__ == "__main__":
    check(*sys.argv[2:]) if sys.argv[1:2] == ["--check"] else make()
