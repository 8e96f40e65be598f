"""Reads packed checkpoints with other tools and compares them with the dense one of the same recipe, weight by weight.

    tare compress … --format dense --out DENSE; tare compress … --format gptq --symmetric --out PACKED; …
    python read_packed.py DENSE PACKED [PACKED …]

compressed-tensors folders are read by their own library and loaded by transformers, whose logits are compared too. GPTQ
and AWQ folders are read by auto-round (a dependency of llm-compressor), which has its own code for both layouts. If
GPTQModel is installed, it loads GPTQ folders as well. Exits with 1 on a difference.
"""
import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

a = argparse.ArgumentParser()
a.add_argument("dense"); a.add_argument("packed", nargs="+")
a = a.parse_args()


def compressed_tensors(tensors, config):
    from compressed_tensors.compressors import BaseCompressor
    from compressed_tensors.quantization import QuantizationScheme
    scheme = QuantizationScheme(**config["config_groups"]["group_0"])
    reader = BaseCompressor.load_from_registry(config["format"])
    for module in modules(tensors, ".weight_scale"):
        state = {k[len(module) + 1:]: v for k, v in tensors.items() if k.startswith(module + ".")}
        if "weight_shape" in state:
            state["weight_shape"] = torch.Size(state["weight_shape"].tolist())
        if scheme.weights.type == "float" and scheme.weights.num_bits == 4:
            yield module, four_bit_floats(state, scheme.weights)
        else:
            state["weight_scale"] = state["weight_scale"].float()
            yield module, reader.decompress(state, scheme)["weight"]


def four_bit_floats(state, numbers):
    """A weight by the functions of the library's reader, in float32: the reader itself rounds it to bfloat16."""
    from compressed_tensors.compressors.mx_utils import decompress_mx_scale
    from compressed_tensors.compressors.nvfp4.helpers import unpack_fp4_from_uint8
    from compressed_tensors.quantization.lifecycle.forward import dequantize
    pairs, scale = state["weight_packed"], state["weight_scale"]
    scale = (decompress_mx_scale(scale) if numbers.group_size == 32 else scale).float()
    codes = unpack_fp4_from_uint8(pairs, pairs.shape[0], 2 * pairs.shape[1], dtype=torch.float32)
    return dequantize(x_q=codes, scale=scale, args=numbers, global_scale=state.get("weight_global_scale"),
                      dtype=torch.float32)


def gptq(tensors, config):
    from auto_round_extension.torch import qlinear_torch, qlinear_torch_zp
    reader = qlinear_torch_zp if config["checkpoint_format"] == "gptq" else qlinear_torch
    for module in modules(tensors, ".qweight"):
        inputs = tensors[module + ".g_idx"].numel()
        group = config["group_size"] if config["group_size"] > 0 else inputs
        layer = reader.QuantLinear(config["bits"], group, inputs, tensors[module + ".scales"].shape[1], False)
        layer.qweight, layer.qzeros = tensors[module + ".qweight"], tensors[module + ".qzeros"]
        layer.scales = tensors[module + ".scales"].float()
        if not torch.equal(tensors[module + ".g_idx"], torch.arange(inputs, dtype=torch.int32) // group):
            sys.exit(f"{module}: auto-round reads only groups in natural order")
        yield module, layer(torch.eye(inputs)).T


def awq(tensors, config):
    from auto_round.export.export_to_awq.utils import dequantize_gemm
    for module in modules(tensors, ".qweight"):
        words, scales = tensors[module + ".qweight"], tensors[module + ".scales"].float()
        group = config["group_size"] if config["group_size"] > 0 else words.shape[0]
        yield module, dequantize_gemm(words, tensors[module + ".qzeros"], scales, config["bits"], group).T


def by_gptqmodel(folder):
    os.cpu_count = lambda: 8  # with two CPUs its pool of threads is smaller than it asks for
    from gptqmodel import BACKEND, GPTQModel
    loaded = GPTQModel.load(folder, device="cpu", backend=BACKEND.TORCH, dtype=torch.float16)
    for module, layer in loaded.model.named_modules():
        if hasattr(layer, "dequantize_weight"):
            yield module, layer.dequantize_weight().float().T


def compare(weights, dtype=None):
    """The number of linear layers, and the largest difference between a weight and the dense one, both in dtype (by default the dense one's)."""
    differences = []
    for module, weight in weights:
        ours = dense[module + ".weight"]
        differences.append((weight.to(dtype or ours.dtype) - ours.to(dtype or ours.dtype)).abs().max().item())
    return len(differences), max(differences, default=0.0)


def modules(tensors, suffix):
    return sorted(k.removesuffix(suffix) for k in tensors if k.endswith(suffix))


def logits(folder, dtype, **how):
    from transformers import AutoModelForCausalLM
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, **how).eval()
    ids = torch.arange(256)[None] * 7 % model.config.vocab_size
    with torch.inference_mode():
        return model(ids).logits.float()


dense = load_file(f"{a.dense}/model.safetensors")
wrong = False
for folder in a.packed:
    config = json.loads((Path(folder) / "config.json").read_text())["quantization_config"]
    method = config["quant_method"]
    read = {"compressed-tensors": compressed_tensors, "gptq": gptq, "awq": awq}[method]
    tensors = load_file(f"{folder}/model.safetensors")
    count, worst = compare(read(tensors, config))
    others = [k for k in tensors if k in dense and k.removesuffix("weight") + "weight_scale" not in tensors]
    rounded = max((tensors[k].float() - dense[k].half().float()).abs().max().item() for k in others)
    complete = count + len(others) == len(dense)
    line = f"{folder}: {method}, {count} linears, largest difference of a weight {worst:g}, of another tensor in float16 {rounded:g}"
    wrong |= worst > 0 or rounded > 0 or not complete
    if method == "gptq" and importlib.util.find_spec("gptqmodel"):
        loaded, off = compare(by_gptqmodel(folder), torch.float16)
        line += f"; loaded by GPTQModel: {loaded} linears, largest difference {off:g}"
        wrong |= loaded != count or off > 0
    if method == "compressed-tensors":
        from transformers import CompressedTensorsConfig
        dtype = torch.bfloat16 if "fp4" in config["format"] else torch.float32  # transformers reads FP4 in bfloat16
        ours = logits(a.dense, dtype)
        theirs = logits(folder, dtype, quantization_config=CompressedTensorsConfig(run_compressed=False))
        off = ((ours - theirs).norm() / ours.norm()).item()
        same = (ours.argmax(-1) == theirs.argmax(-1)).float().mean().item()
        line += f"; logits by transformers differ by {off:.1e} of their norm, {100 * same:.1f} % of greedy tokens are the same"
        wrong |= off > 1e-2
    print(line, flush=True)
sys.exit(1 if wrong else 0)
