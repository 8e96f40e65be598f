"""Measures peak memory and seconds of GPTQ on blocks of Llama-3.1-8B's shapes, and extrapolates to the whole model.

    pip install numpy
    python toolkit/bench/memory.py [--blocks 2] [--samples 16] [--length 512] [--heap 8g] [--device gpu] [--precision f32]

Writes a random bfloat16 checkpoint of few blocks (0.4 GB each, and 2.1 GB for embedding and output matrix) and a random
calibration set to a temporary folder, compresses it with `tare compress` twice, with all samples and with a quarter of
them, and deletes it. Time is a + b · tokens per block: a for the linear layers, b for the passes through the block. On a GPU it
also prints the peak of the device's memory that `nvidia-smi` sees; PYTORCH_CUDA_ALLOC_CONF can bound it, for instance
`per_process_memory_fraction:0.15`. Run nothing else meanwhile.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from device_memory import Peak

ROOT = Path(__file__).resolve().parents[2]
JAR = ROOT / "toolkit" / "target" / "toolkit.jar"
BLOCKS, WIDTH, HIDDEN, HEADS, KEYS, VOCABULARY = 32, 4096, 14336, 32, 8, 128256  # Llama-3.1-8B
FULL_SAMPLES, FULL_LENGTH = 128, 2048

a = argparse.ArgumentParser()
a.add_argument("--blocks", type=int, default=2)
a.add_argument("--samples", type=int, default=16)
a.add_argument("--length", type=int, default=512)
a.add_argument("--heap", default="8g")
a.add_argument("--device", default="cpu", choices=["cpu", "gpu"])
a.add_argument("--precision", default="auto", help="--calibration-precision of `tare compress`")
a.add_argument("--classpath", help="classes and jars in place of the built toolkit.jar")
a = a.parse_args()


def block_shapes(block: int) -> dict:
    keys = WIDTH * KEYS // HEADS
    shapes = {"self_attn.q_proj": (WIDTH, WIDTH), "self_attn.k_proj": (keys, WIDTH), "self_attn.v_proj": (keys, WIDTH),
              "self_attn.o_proj": (WIDTH, WIDTH), "mlp.gate_proj": (HIDDEN, WIDTH), "mlp.up_proj": (HIDDEN, WIDTH),
              "mlp.down_proj": (WIDTH, HIDDEN), "input_layernorm": (WIDTH,), "post_attention_layernorm": (WIDTH,)}
    return {f"model.layers.{block}.{name}.weight": shape for name, shape in shapes.items()}


def write_shard(file: Path, shapes: dict, random: np.random.Generator) -> None:
    """A safetensors file of random bfloat16 numbers; norms are 1."""
    header, offset = {}, 0
    for name, shape in shapes.items():
        end = offset + 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for shape in shapes.values():
            for _ in range(shape[0] if len(shape) == 2 else 1):
                row = random.standard_normal(shape[-1], dtype=np.float32) * 0.02 if len(shape) == 2 else np.ones(shape, np.float32)
                out.write((row.view(np.uint32) >> 16).astype("<u2").tobytes())


def write_checkpoint(folder: Path) -> None:
    folder.mkdir()
    random = np.random.default_rng(1)
    shards = {f"block-{block}.safetensors": block_shapes(block) for block in range(a.blocks)}
    shards["ends.safetensors"] = {"model.embed_tokens.weight": (VOCABULARY, WIDTH), "lm_head.weight": (VOCABULARY, WIDTH),
                                  "model.norm.weight": (WIDTH,)}
    for name, shapes in shards.items():
        write_shard(folder / name, shapes, random)
    weight_map = {tensor: shard for shard, shapes in shards.items() for tensor in shapes}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    scaling = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 8192}
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCABULARY, "hidden_size": WIDTH,
        "intermediate_size": HIDDEN, "num_hidden_layers": a.blocks, "num_attention_heads": HEADS, "num_key_value_heads": KEYS,
        "hidden_act": "silu", "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
        "rope_scaling": scaling, "tie_word_embeddings": False, "torch_dtype": "bfloat16"}))
    shutil.copy(ROOT / "data" / "tiny" / "tokenizer.json", folder)


def write_calibration(file: Path, samples: int) -> None:
    ids = np.random.default_rng(2).integers(0, VOCABULARY, (samples, a.length)).tolist()
    lines = [{"text": "random", "input_ids": row, "document": f"d{i}", "source": "random", "selector": "random"} for i, row in enumerate(ids)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def compress(scratch: Path, samples: int) -> tuple:
    """Seconds of each block, and the peaks of the process's resident memory and of the device's memory, in GiB."""
    write_calibration(scratch / "calibration.jsonl", samples)
    out = scratch / f"out-{samples}"
    java = ["java", f"-Xmx{a.heap}"] + (["-cp", a.classpath, "tare.cli.Tare"] if a.classpath else ["-jar", JAR])
    run = subprocess.Popen([*java, "compress", "--model", scratch / "model", "--recipe", "gptq", "--bits", "4", "--group", "128",
                            "--calibration", scratch / "calibration.jsonl", "--out", out,
                            "--calibration-precision", a.precision, "--device", a.device], stdout=subprocess.DEVNULL)
    ends = []
    with Peak(a.device) as on_device:
        while os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            done = len(ends) + 1
            if (out / f"hidden-{done}.safetensors").exists() or done == a.blocks and (out / "config.json").exists():
                ends.append(time.time())
            time.sleep(0.05)
    _, status, usage = os.wait4(run.pid, 0)
    if status:
        sys.exit("tare compress failed")
    shutil.rmtree(out)
    return np.diff(ends), usage.ru_maxrss / 2**20, on_device.mib / 1024


with tempfile.TemporaryDirectory() as folder:
    scratch = Path(folder)
    write_checkpoint(scratch / "model")
    few_seconds, few_peak, _ = compress(scratch, a.samples // 4)
    seconds, peak, on_device = compress(scratch, a.samples)
if not len(seconds):
    sys.exit("the first block's time includes the start of the process: use at least 2 blocks")
tokens = a.samples * a.length
passes = (seconds.mean() - few_seconds.mean()) / (tokens - tokens // 4)
linears = seconds.mean() - passes * tokens
full = FULL_SAMPLES * FULL_LENGTH
hidden = 2 * (full - tokens) * WIDTH * 4 / 2**30  # the stream before a block and the one after it
print(f"{a.samples} x {a.length} tokens, samples in {a.precision}: {seconds.mean():.0f} s per block, peak {peak:.2f} GiB"
      f" ({few_peak:.2f} with a quarter of them)"
      + (f", {on_device:.2f} on the device" if a.device == "gpu" else ""))
print(f"{BLOCKS} blocks with {FULL_SAMPLES} x {FULL_LENGTH}: {BLOCKS * (linears + passes * full) / 3600:.1f} h, "
      f"peak about {peak + hidden:.1f} GiB")
