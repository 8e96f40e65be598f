"""Writes the packed models of PackedTensorsTest with the tools that others pack models with, and what those tools read.

    pip install -r toolkit/bench/requirements.txt
    python toolkit/src/test/python/make_packed_fixture.py

A random LLaMA of width 64 is packed by llm-compressor (layouts of compressed-tensors) and by auto-round (layouts of GPTQ
and AWQ). The archive toolkit/src/test/resources/packed.zip gets a folder for each, with config.json and
model.safetensors, and expected.json: for each linear layer the SHA-256 of the weight, as float32 bytes, that
compressed-tensors or auto-round unpacks. Their scales are widened to float32 first.
"""
import hashlib
import json
import tempfile
import zipfile
from pathlib import Path

import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.compressors.mx_utils import decompress_mx_scale
from compressed_tensors.compressors.nvfp4.helpers import unpack_fp4_from_uint8
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.lifecycle.forward import dequantize
from compressed_tensors.quantization.quant_scheme import PRESET_SCHEMES
from datasets import Dataset
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import GPTQModifier, QuantizationModifier
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

ARCHIVE = Path(__file__).resolve().parents[1] / "resources" / "packed.zip"
TINY = Path(__file__).resolve().parents[4] / "data" / "tiny"
CONFIG = dict(vocab_size=16, hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
              num_key_value_heads=1, max_position_embeddings=64, tie_word_embeddings=True)


def model(folder):
    """The random model, saved in a folder and read from it, because llm-compressor asks where a model is from."""
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(**CONFIG)).to(torch.bfloat16).save_pretrained(folder)
    return LlamaForCausalLM.from_pretrained(folder)


def ints(bits, symmetric, **how):
    return dict(weights=QuantizationArgs(num_bits=bits, type="int", symmetric=symmetric, **how))


def floats(**how):
    return QuantizationArgs(num_bits=8, type="float", symmetric=True, **how)


GROUP = dict(strategy="group", group_size=32)
TOKEN = dict(strategy="token", dynamic=True)
SCHEMES = {
    "pack-4-symmetric": (False, ints(4, True, **GROUP)),
    "pack-4-asymmetric": (False, ints(4, False, **GROUP)),
    "pack-8-channel": (False, ints(8, False, strategy="channel")),
    "pack-4-act-order": (True, ints(4, False, **GROUP, actorder="weight")),
    "int8": (False, dict(**ints(8, True, strategy="channel"),
                         input_activations=QuantizationArgs(num_bits=8, type="int", symmetric=True, **TOKEN))),
    "fp8-channel": (False, dict(weights=floats(strategy="channel"), input_activations=floats(**TOKEN))),
    "fp8-tensor": (False, dict(weights=floats(strategy="tensor"))),
    "nvfp4": (False, PRESET_SCHEMES["NVFP4A16"]),
    "mxfp4": (False, PRESET_SCHEMES["MXFP4"]),
    "fp8-block": (False, dict(weights=floats(strategy="block", block_structure=[48, 48]))),
}


def by_llmcompressor(name, folder):
    calibrated, scheme = SCHEMES[name]
    modifier = GPTQModifier if calibrated else QuantizationModifier
    recipe = modifier(config_groups={"all": QuantizationScheme(targets=["Linear"], **scheme)}, ignore=["lm_head"])
    packed = model(folder.with_name(name + "-dense"))
    data = {}
    if calibrated:
        rows = torch.randint(0, 16, (8, 32), generator=torch.Generator().manual_seed(1)).tolist()
        data = dict(dataset=Dataset.from_list([dict(input_ids=row, attention_mask=[1] * 32) for row in rows]),
                    num_calibration_samples=8, max_seq_length=32, pipeline="sequential",
                    processor=AutoTokenizer.from_pretrained(TINY))
    oneshot(model=packed, recipe=recipe, **data)
    packed.save_pretrained(folder, save_compressed=True)
    section = json.loads((folder / "config.json").read_text())["quantization_config"]
    group = section["config_groups"]["group_0"]
    reader = BaseCompressor.load_from_registry(group.get("format") or section["format"])
    tensors = load_file(folder / "model.safetensors")
    expected = {}
    for name in sorted({name.rsplit(".", 1)[0] for name in tensors if name.endswith("weight_scale")}):
        state = {key[len(name) + 1:]: value for key, value in tensors.items() if key.startswith(name + ".")}
        state["weight_scale"] = state["weight_scale"].float()
        if "weight_shape" in state:
            state["weight_shape"] = torch.Size(state["weight_shape"].tolist())
        expected[name + ".weight"] = unpacked(reader, state, QuantizationScheme(**group))
    return expected


def unpacked(reader, state, scheme):
    """The weight as the library unpacks it; of four-bit floats in float32, where the library's reader gives bfloat16."""
    if scheme.weights.type != "float" or scheme.weights.num_bits != 4:
        return reader.decompress(state, scheme)["weight"]
    pairs = state["weight_packed"]
    numbers = unpack_fp4_from_uint8(pairs, pairs.shape[0], 2 * pairs.shape[1], dtype=torch.float32)
    scale = state["weight_scale"]
    if scheme.weights.group_size == 32:
        scale = decompress_mx_scale(scale).float()
    return dequantize(x_q=numbers, scale=scale, args=scheme.weights,
                      global_scale=state.get("weight_global_scale"), dtype=torch.float32)


PACKERS = {
    "gptq-4": dict(quant_method="gptq", bits=4, checkpoint_format="gptq"),
    "gptq-3-v2": dict(quant_method="gptq", bits=3, checkpoint_format="gptq_v2"),
    "gptq-8-v2": dict(quant_method="gptq", bits=8, checkpoint_format="gptq_v2"),
    "awq-4": dict(quant_method="awq", bits=4, version="gemm", zero_point=True),
}


def by_autoround(name, folder):
    """Rounds each linear layer to groups of 32 inputs, packs it with auto-round, and reads it with auto-round."""
    section = dict(PACKERS[name], group_size=32, sym=False, desc_act=False)
    packed, tensors, expected = model(folder), {}, {}
    for module, linear in packed.named_modules():
        if isinstance(linear, torch.nn.Linear) and module != "lm_head":
            parts, expected[module + ".weight"] = packed_linear(linear, section)
            tensors |= {f"{module}.{part}": value.contiguous() for part, value in parts.items()}
    save_file(tensors, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(dict(config, quantization_config=section), indent=1))
    return expected


def packed_linear(linear, section):
    from auto_round.export.export_to_awq.utils import WQLinear_GEMM, dequantize_gemm
    from auto_round_extension.torch import qlinear_torch, qlinear_torch_zp
    bits, group, top = section["bits"], section["group_size"], 2 ** section["bits"] - 1
    weight = linear.weight.data.float()
    groups = weight.reshape(weight.shape[0], -1, group)
    low, high = groups.amin(-1).clamp(max=0), groups.amax(-1).clamp(min=0)
    scales = ((high - low) / top).half().float()
    zeros = (-low / scales).round().clamp(1, top)
    spread = lambda values: values.repeat_interleave(group, 1)
    codes = (weight / spread(scales) + spread(zeros)).round().clamp(0, top)
    linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    linear.weight.data = (codes - spread(zeros)) * spread(scales)
    if section["quant_method"] == "awq":
        layer = WQLinear_GEMM.from_linear(linear, bits, group, scales=scales.T, zeros=zeros.T, device="cpu")
        read = dequantize_gemm(layer.qweight, layer.qzeros, layer.scales.float(), bits, group).T
        return dict(qweight=layer.qweight, qzeros=layer.qzeros, scales=layer.scales), read
    layout = qlinear_torch_zp if section["checkpoint_format"] == "gptq" else qlinear_torch
    layer = layout.QuantLinear(bits, group, *weight.shape[::-1], False)
    layer.device = "cpu"
    layer.pack(linear, scales, zeros.clone(), None, device="cpu")
    g_idx = torch.arange(weight.shape[1], dtype=torch.int32) // group
    parts = dict(qweight=layer.qweight, qzeros=layer.qzeros, scales=layer.scales, g_idx=g_idx)
    layer.scales = layer.scales.float()
    return parts, layer(torch.eye(weight.shape[1])).T


def add(archive, folder, expected):
    """Adds a folder to the archive, without times, so that equal content gives equal bytes."""
    sums = {name: hashlib.sha256(weight.detach().float().contiguous().numpy().tobytes()).hexdigest()
            for name, weight in sorted(expected.items())}
    files = {"config.json": (folder / "config.json").read_bytes(),
             "model.safetensors": (folder / "model.safetensors").read_bytes(),
             "expected.json": json.dumps(sums, indent=1).encode()}
    for name, content in files.items():
        entry = zipfile.ZipInfo(f"{folder.name}/{name}")
        archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary, zipfile.ZipFile(ARCHIVE, "w") as archive:
        for name in SCHEMES:
            folder = Path(temporary) / name
            add(archive, folder, by_llmcompressor(name, folder))
        for name in PACKERS:
            folder = Path(temporary) / name
            add(archive, folder, by_autoround(name, folder))
    print(f"{ARCHIVE}: {ARCHIVE.stat().st_size} bytes")
