"""Writes toolkit/src/test/resources/fixtures/gguf_blocks.json: random GGUF blocks of every type that Tare reads.

    pip install gguf numpy
    python toolkit/src/test/python/make_block_fixture.py

For each type: bytes (base64) and the float32 values that gguf's own dequantize gives for them. The first block has scale
0, the second a negative, the third a subnormal one.
"""

import base64
import json
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

TARGET = Path(__file__).resolve().parents[1] / "resources" / "fixtures" / "gguf_blocks.json"

# Where a block holds its float16 scales (and minima), in bytes from its start.
SCALES = {
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q8_0": [0],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
    "F16": [],
    "BF16": [],
    "Q2_K": [80, 82],
    "Q3_K": [108],
    "IQ4_NL": [0],
    "IQ4_XS": [0],
}


def blocks(name: str, random: np.random.Generator) -> np.ndarray:
    """Random blocks [blocks, bytes] with finite scales."""
    values, size = GGML_QUANT_SIZES[GGMLQuantizationType[name]]
    raw = random.integers(0, 256, (8 if values == 32 else 3, size), dtype=np.uint8)
    for at in SCALES[name]:
        scales = random.uniform(0.001, 0.1, len(raw)).astype(np.float16)
        scales[:3] = [0.0, -0.0371, 3e-6]
        raw[:, at : at + 2] = scales[:, None].view(np.uint8)
    return raw


def floats(name: str, random: np.random.Generator) -> np.ndarray:
    """Plain 16-bit values [1, bytes]: zeros, a subnormal, the largest, and random ones."""
    edges = np.array([0.0, -0.0, 3e-6, 1.0, -65504.0], dtype=np.float32)
    values = np.concatenate([edges, random.normal(size=123).astype(np.float32)])
    if name == "F16":
        return values.astype(np.float16).view(np.uint8)[None]
    return (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)[None]


def main() -> None:
    random = np.random.default_rng(1)
    lines = []
    for name, scales in SCALES.items():
        raw = blocks(name, random) if scales else floats(name, random)
        values = dequantize(raw, GGMLQuantizationType[name]).astype(np.float32).ravel()
        if not np.isfinite(values).all():
            raise SystemExit(f"{name}: a value is not finite")
        body = {"bytes": base64.b64encode(raw.tobytes()).decode(), "values": [float(f"{v:.9g}") for v in values]}
        lines.append(f'"{name}": ' + json.dumps(body, separators=(",", ":")))
        print(name, raw.shape, len(values))
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
