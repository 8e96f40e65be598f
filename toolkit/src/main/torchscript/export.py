"""Writes the TorchScript functions that Tare calls where DJL's NDArray API has no method.

Each function here is one call of one PyTorch library function (beside a cast of its arguments or its result), except for
attention on a processor, which goes in tiles. The loops over columns that run on a GPU stand in columns.py; they are the only
mathematics of a method outside Java. Run it after a change,
with any recent PyTorch, from any folder, name the functions that changed, and commit the archive:

    pip install torch numpy
    python toolkit/src/main/torchscript/export.py gptq_columns

It writes the archive toolkit/src/main/resources/tare/tensor/functions.zip, one <name>.pt for each function. Functions that are
in the archive already and are not named stay as they are, byte for byte: another PyTorch would write other bytes. Then it loads
each of them again and compares its result with a direct computation.
"""

import io
import sys
import zipfile
from pathlib import Path
from typing import List, Optional, Union

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from columns import COLUMNS

ARCHIVE = Path(__file__).resolve().parents[1] / "resources" / "tare" / "tensor" / "functions.zip"


class CholeskyEx(nn.Module):
    """a [n, n], symmetric -> [lower factor, info]; info (int32) is 0, or the order of the first minor that fails."""

    def forward(self, a: Tensor) -> List[Tensor]:
        factor, info = torch.linalg.cholesky_ex(a)
        return [factor, info]


class SolveUpper(nn.Module):
    """r [n, n], upper triangular, and b [n, m] -> x [n, m] with r x = b."""

    def forward(self, r: Tensor, b: Tensor) -> Tensor:
        return torch.linalg.solve_triangular(r, b, upper=True)


class SolveLower(nn.Module):
    """As SolveUpper, with a lower triangular matrix."""

    def forward(self, r: Tensor, b: Tensor) -> Tensor:
        return torch.linalg.solve_triangular(r, b, upper=False)


class Attention(nn.Module):
    """q [B, heads, T, d], k and v [B, kvHeads, S, d] -> attention [B, heads, T, d], in the type of v; heads share k and v.
    With a mask [B, 1, T, S] (boolean, true: attend) each place sees at least itself; without one, attention is causal.
    PyTorch's fused kernel.

    Shared keys and values are repeated first: with enable_gqa=True, PyTorch 2.7 leaves its fused kernel on a CPU and is
    five times slower. For a single place the query heads that share keys and values stand as places, so that nothing is
    repeated.
    """

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        share = q.size(1) // k.size(1)
        places = q.to(v.dtype)
        if share > 1 and q.size(2) == 1 and mask is not None:
            places = places.reshape(q.size(0), k.size(1), share, q.size(3))
        elif share > 1:
            k = k.repeat_interleave(share, 1)
            v = v.repeat_interleave(share, 1)
        k = k.to(v.dtype)
        return F.scaled_dot_product_attention(places, k, v, attn_mask=mask, is_causal=mask is None).reshape(q.shape)


class AttentionTiles(nn.Module):
    """As Attention, for a CPU: 64 places at once, with the keys up to them. A place never sees a later one, with a mask
    either; the last place sees all S.

    PyTorch's fused kernel computes bfloat16 and float16 as slowly as float32, and repeats shared keys. This takes 0.3 of
    its time in bfloat16, and 0.6 to 1 in float32 (sequences of 64 to 512, with and without a mask, AVX512-BF16). In
    float32 without shared keys the fused kernel is faster.
    """

    def __init__(self):
        super().__init__()
        self.fused = Attention()

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        batch, heads, tokens, width = q.size(0), q.size(1), q.size(2), q.size(3)
        places, share, groups = k.size(2), heads // k.size(1), batch * k.size(1)
        if share == 1 and v.dtype == torch.float32:
            return self.fused(q, k, v, mask)
        rows = (q * width ** -0.5).to(v.dtype).reshape(groups, share, tokens, width)
        keys = k.to(v.dtype).reshape(groups, places, width).transpose(1, 2)
        values = v.reshape(groups, places, width)
        future = torch.full([64, 64], float("-inf"), dtype=v.dtype, device=v.device).triu(1)
        attended = torch.empty([groups, share, tokens, width], dtype=v.dtype, device=v.device)
        for first in range(0, tokens, 64):
            last = min(first + 64, tokens)
            count, seen = last - first, places - tokens + last
            tile = rows[:, :, first:last].reshape(groups, share * count, width)
            scores = torch.bmm(tile, keys[:, :, :seen]).view(batch, heads, count, seen)
            if mask is None:
                scores[:, :, :, seen - count:].add_(future[:count, :count])
            else:
                scores.masked_fill_(torch.logical_not(mask[:, :, first:last, :seen]), float("-inf"))
            weights = torch.softmax(scores, -1).view(groups, share * count, seen)
            attended[:, :, first:last] = torch.bmm(weights, values[:, :seen]).view(groups, share, count, width)
        return attended.view(batch, heads, tokens, width)


class AttentionWidened(nn.Module):
    """As AttentionTiles, for a processor that has no products of the type of v: the same values in float32; the result
    keeps the type of v."""

    def __init__(self):
        super().__init__()
        self.exact = AttentionTiles()

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        q, k = q.to(v.dtype), k.to(v.dtype)
        return self.exact(q.to(torch.float32), k.to(torch.float32), v.to(torch.float32), mask).to(v.dtype)


class AttentionAfter(nn.Module):
    """As AttentionTiles with a mask, after a beginning that all rows share: its keys first_k and values first_v, both
    [kvHeads, P, d], are there once, and are multiplied with all rows at once. The mask is [B, 1, T, P + S].
    """

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, first_k: Tensor, first_v: Tensor) -> Tensor:
        batch, groups, tokens, width = q.size(0), k.size(1), q.size(2), q.size(3)
        places, share, read = k.size(2), q.size(1) // groups, first_k.size(1)
        rows = (q * width ** -0.5).to(v.dtype).reshape(batch, groups, share, tokens, width)
        keys = k.to(v.dtype).reshape(batch * groups, places, width).transpose(1, 2)
        values = v.reshape(batch * groups, places, width)
        first_keys = first_k.to(v.dtype).transpose(1, 2)
        attended = torch.empty([batch, groups, share, tokens, width], dtype=v.dtype, device=v.device)
        for first in range(0, tokens, 64):
            last = min(first + 64, tokens)
            count, seen = last - first, places - tokens + last
            tile = rows[:, :, :, first:last]
            of_all = tile.transpose(0, 1).reshape(groups, batch * share * count, width)
            of_row = tile.reshape(batch * groups, share * count, width)
            scores = torch.empty([batch, groups, share, count, read + seen], dtype=v.dtype, device=v.device)
            scores[:, :, :, :, :read] = torch.bmm(of_all, first_keys).view(groups, batch, share, count, read).transpose(0, 1)
            scores[:, :, :, :, read:] = torch.bmm(of_row, keys[:, :, :seen]).view(batch, groups, share, count, seen)
            hidden = torch.logical_not(mask[:, :, first:last, :read + seen]).unsqueeze(1)
            weights = torch.softmax(scores.masked_fill_(hidden, float("-inf")), -1)
            of_all = weights[:, :, :, :, :read].transpose(0, 1).reshape(groups, batch * share * count, read)
            of_row = weights[:, :, :, :, read:].reshape(batch * groups, share * count, seen)
            from_first = torch.bmm(of_all, first_v).view(groups, batch, share, count, width).transpose(0, 1)
            from_own = torch.bmm(of_row, values[:, :seen]).view(batch, groups, share, count, width)
            attended[:, :, :, first:last] = from_first + from_own
        return attended.view(q.shape)


class AttentionAfterWidened(nn.Module):
    """As AttentionAfter, widened as AttentionWidened."""

    def __init__(self):
        super().__init__()
        self.exact = AttentionAfter()

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, first_k: Tensor, first_v: Tensor) -> Tensor:
        low, wide = v.dtype, torch.float32
        q, k, first_k = q.to(low).to(wide), k.to(low).to(wide), first_k.to(low).to(wide)
        return self.exact(q, k, v.to(wide), mask, first_k, first_v.to(wide)).to(low)


class Keep(nn.Module):
    """x [B, heads, T, d], kept [B, heads, S, d], at [T] (int64) -> kept, with x written to its places at, in the type
    of kept and in its memory."""

    def forward(self, x: Tensor, kept: Tensor, at: Tensor) -> Tensor:
        return kept.index_copy_(2, at, x.to(kept.dtype))


class Linear(nn.Module):
    """x [.., in], w [out, in], b [out] or none -> x wᵀ + b [.., out]; all of one type."""

    def forward(self, x: Tensor, w: Tensor, b: Optional[Tensor] = None) -> Tensor:
        return F.linear(x, w, b)


class LinearOnednn(nn.Module):
    """As Linear, for float32 on an x86 processor: oneDNN's product, which takes 0.92 of the time of the product that PyTorch
    chooses (2,048 tokens, widths 576 to 4,864, AVX-512)."""

    def forward(self, x: Tensor, w: Tensor, b: Optional[Tensor] = None) -> Tensor:
        none: List[Optional[Union[int, float, complex]]] = []
        return torch.ops.mkldnn._linear_pointwise(x.contiguous(), w.contiguous(), b, "none", none, None)


class LinearLow(nn.Module):
    """As Linear, computed in the type of w (bfloat16, float16); the result is float32."""

    def forward(self, x: Tensor, w: Tensor, b: Optional[Tensor] = None) -> Tensor:
        if b is not None:
            b = b.to(w.dtype)
        return F.linear(x.to(w.dtype), w, b).to(torch.float32)


class LinearLowKeep(nn.Module):
    """As LinearLow, but the result keeps the type of w."""

    def forward(self, x: Tensor, w: Tensor, b: Optional[Tensor] = None) -> Tensor:
        if b is not None:
            b = b.to(w.dtype)
        return F.linear(x.to(w.dtype), w, b)


class LinearWidened(nn.Module):
    """As LinearLow, for a processor that has no products of the type of w: those of the same values in float32, which
    on AVX2 take a fifth of the time."""

    def forward(self, x: Tensor, w: Tensor, b: Optional[Tensor] = None) -> Tensor:
        if b is not None:
            b = b.to(w.dtype).to(torch.float32)
        y = F.linear(x.to(w.dtype).to(torch.float32), w.to(torch.float32), b)
        return y.to(w.dtype).to(torch.float32)


class LinearWidenedKeep(nn.Module):
    """As LinearWidened, but the result keeps the type of w."""

    def forward(self, x: Tensor, w: Tensor, b: Optional[Tensor] = None) -> Tensor:
        if b is not None:
            b = b.to(w.dtype).to(torch.float32)
        return F.linear(x.to(w.dtype).to(torch.float32), w.to(torch.float32), b).to(w.dtype)


class ToBfloat16(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to(torch.bfloat16)


class ToFloat16(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to(torch.float16)


class CrossEntropy(nn.Module):
    """logits [n, vocabulary], targets [n] (int64) -> -log p(target) [n], float32, natural logarithm."""

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(logits.to(torch.float32), targets, reduction="none")


class Swiglu(nn.Module):
    """gate and up, of one shape -> silu(gate) * up, in the memory of gate."""

    def forward(self, gate: Tensor, up: Tensor) -> Tensor:
        return F.silu(gate, inplace=True).mul_(up)


class Geglu(nn.Module):
    """gate and up, of one shape -> gelu(gate) * up, with the tanh form of gelu."""

    def forward(self, gate: Tensor, up: Tensor) -> Tensor:
        return F.gelu(gate, approximate="tanh").mul_(up)


class Relu(nn.Module):
    """max(x, 0), in the memory of x."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x, inplace=True)


class LayerNorm(nn.Module):
    """x [.., n], w [n], b [n] -> x less its mean over its deviation (epsilon 1e-5), times w, plus b."""

    def forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        return F.layer_norm(x, [w.size(0)], w, b, 1e-5)


class HasBfloat16(nn.Module):
    """x, of any shape -> [1], 1 if oneDNN has bfloat16 products on this processor, else 0."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.full([1], float(torch.ops.mkldnn._is_mkldnn_bf16_supported()))


class HasFloat16(nn.Module):
    """As HasBfloat16, for float16."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.full([1], float(torch.ops.mkldnn._is_mkldnn_fp16_supported()))


FUNCTIONS = {
    "cholesky_ex": CholeskyEx,
    "solve_upper": SolveUpper,
    "solve_lower": SolveLower,
    "attention": Attention,
    "attention_tiles": AttentionTiles,
    "attention_widened": AttentionWidened,
    "attention_after": AttentionAfter,
    "attention_after_widened": AttentionAfterWidened,
    "keep": Keep,
    "linear": Linear,
    "linear_onednn": LinearOnednn,
    "linear_low": LinearLow,
    "linear_low_keep": LinearLowKeep,
    "linear_widened": LinearWidened,
    "linear_widened_keep": LinearWidenedKeep,
    "to_bfloat16": ToBfloat16,
    "to_float16": ToFloat16,
    "cross_entropy": CrossEntropy,
    "swiglu": Swiglu,
    "geglu": Geglu,
    "relu": Relu,
    "layer_norm": LayerNorm,
    "has_bfloat16": HasBfloat16,
    "has_float16": HasFloat16,
    **COLUMNS,
}


def scripted(function: nn.Module) -> bytes:
    """A function as TorchScript, without its debug records, which hold this machine's paths, and without times."""
    whole, kept = io.BytesIO(), io.BytesIO()
    torch.jit.save(torch.jit.script(function), whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(kept, "w") as target:
        for name in source.namelist():
            if not name.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(name), source.read(name))
    return kept.getvalue()


def softmax_attention(q: Tensor, k: Tensor, v: Tensor, visible: Tensor) -> Tensor:
    """Attention written out, for the check only."""
    share = q.size(1) // k.size(1)
    k, v = k.repeat_interleave(share, 1), v.repeat_interleave(share, 1)
    scores = q @ k.transpose(-1, -2) / q.size(-1) ** 0.5
    return scores.masked_fill(~visible, float("-inf")).softmax(-1) @ v


def check(saved: dict) -> None:
    """Compares every saved function with a computation of its own; stops at the first that differs."""

    def near(name: str, result: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
        if result.dtype != expected.dtype:
            raise SystemExit(f"{name}.pt gives {result.dtype}, not {expected.dtype}")
        error = (result - expected).abs().max().item() / expected.abs().max().item()
        if not error <= tolerance:
            raise SystemExit(f"{name}.pt is off by {error}")

    torch.manual_seed(1)
    x, w = torch.randn(6, 8), torch.randn(5, 8)
    a = x.T @ x + torch.eye(8)
    factor, info = saved["cholesky_ex"](a)
    near("cholesky_ex", factor @ factor.T, a)
    if info.item() != 0 or saved["cholesky_ex"](-a)[1].item() != 1:
        raise SystemExit("cholesky_ex.pt: info does not tell a positive definite matrix from another")
    near("solve_lower", factor @ saved["solve_lower"](factor, x.T), x.T)
    near("solve_upper", factor.T @ saved["solve_upper"](factor.T, x.T), x.T)
    q, k, v = torch.randn(2, 4, 70, 8), torch.randn(2, 2, 70, 8), torch.randn(2, 2, 70, 8)
    causal = torch.ones(70, 70, dtype=torch.bool).tril()
    mask = causal.repeat(2, 1, 1, 1)
    mask[1, 0, 3:, 1] = False
    for name in ("attention", "attention_tiles"):
        attention = saved[name]
        near(name, attention(q, k, v), softmax_attention(q, k, v, causal))
        near(name, attention(q[:, :2], k, v), softmax_attention(q[:, :2], k, v, causal))
        expected = softmax_attention(q, k, v, mask)
        near(name, attention(q, k, v, mask), expected)
        near(name, attention(q[:, :, -1:], k, v, mask[:, :, -1:]), expected[:, :, -1:])
        near(name, attention(q[:, :, -5:], k, v, mask[:, :, -5:]), expected[:, :, -5:])
    for name in ("attention_tiles", "attention_widened"):
        low = saved[name](q, k, v.bfloat16(), mask)
        near(name, low, softmax_attention(q, k, v, mask).bfloat16(), 0.02)
    first_k, first_v = torch.randn(1, 2, 40, 8), torch.randn(1, 2, 40, 8)
    whole_k, whole_v = (torch.cat([first.expand(2, -1, -1, -1), own], 2) for first, own in ((first_k, k), (first_v, v)))
    seen = torch.cat([torch.ones(2, 1, 70, 40, dtype=torch.bool), mask], 3)
    seen[:, :, 50:, 3] = False
    expected = softmax_attention(q, whole_k, whole_v, seen)
    for tokens in (1, 5, 70):
        after = [q[:, :, -tokens:], k, v, seen[:, :, -tokens:], first_k[0], first_v[0]]
        near("attention_after", saved["attention_after"](*after), expected[:, :, -tokens:])
        after[2], after[5] = after[2].bfloat16(), after[5].bfloat16()
        for name in ("attention_after", "attention_after_widened"):
            near(name, saved[name](*after), expected[:, :, -tokens:].bfloat16(), 0.02)
    k = k[:, :, :7]
    kept = saved["keep"](k[:, :, 5:].float(), torch.cat([k[:, :, :5], torch.zeros(2, 2, 4, 8)], 2), torch.tensor([5, 6]))
    near("keep", kept[:, :, :7], k, 0)
    near("linear", saved["linear"](x, w), x @ w.T)
    near("linear_onednn", saved["linear_onednn"](x, w), x @ w.T)
    near("linear_onednn", saved["linear_onednn"](x.T, w[:, :6]), x.T @ w[:, :6].T)
    bias = torch.randn(5)
    near("linear", saved["linear"](x, w, bias), x @ w.T + bias)
    near("linear_onednn", saved["linear_onednn"](x, w, bias), x @ w.T + bias)
    for low in (torch.bfloat16, torch.float16):
        biased = x @ w.T + bias
        for name in ("linear_low", "linear_widened"):
            near(name, saved[name](x, w.to(low)), x @ w.T, 0.02)
            near(name, saved[name](x, w.to(low), bias), biased, 0.02)
            name += "_keep"
            near(name, saved[name](x, w.to(low)), (x @ w.T).to(low), 0.02)
            near(name, saved[name](x, w.to(low), bias), biased.to(low), 0.02)
    near("to_bfloat16", saved["to_bfloat16"](x), x.bfloat16(), 0)
    near("to_float16", saved["to_float16"](x), x.half(), 0)
    targets = torch.tensor([0, 7, 3, 3, 1, 6])
    rows = torch.arange(6)
    near("cross_entropy", saved["cross_entropy"](x, targets), -x.log_softmax(-1)[rows, targets])
    low = x.bfloat16()
    near("cross_entropy", saved["cross_entropy"](low, targets), -low.float().log_softmax(-1)[rows, targets])
    near("swiglu", saved["swiglu"](x.clone(), 2 * x), x * x.sigmoid() * 2 * x)
    inner = (2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)
    near("geglu", saved["geglu"](x, 2 * x), x / 2 * (1 + inner.tanh()) * 2 * x)
    near("relu", saved["relu"](x.clone()), x.clamp(min=0))
    centred = x - x.mean(-1, keepdim=True)
    normed = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    near("layer_norm", saved["layer_norm"](x, x[0], x[1]), normed * x[0] + x[1])
    if saved["has_bfloat16"](x).item() != torch.ops.mkldnn._is_mkldnn_bf16_supported():
        raise SystemExit("has_bfloat16.pt does not give PyTorch's own answer")
    if saved["has_float16"](x).item() != torch.ops.mkldnn._is_mkldnn_fp16_supported():
        raise SystemExit("has_float16.pt does not give PyTorch's own answer")


def check_columns(saved: dict) -> None:
    """With independent inputs, GPTQ rounds to nearest, SparseGPT removes the smallest and SpQR keeps what is off its grid."""
    w = torch.randn(8, 5, dtype=torch.float64)
    u, none, numbers = torch.eye(8).double(), torch.empty(0).double(), torch.tensor([15, 0, 0, 1, 1]).double()
    zero = torch.zeros(1, 5).double()
    places, first = torch.zeros(8, dtype=torch.int64), torch.tensor([8, 0, 0, 0, 0, 0, 0, 0])
    scale, point = saved["grids_beforehand"](w.T.contiguous(), torch.ones(8).double(), torch.cat([torch.tensor([8.0]), numbers]), none)
    nearest = scale * (torch.clamp(torch.round(w / scale) + point, 0, 15) - point)
    gptq = [w.clone(), u, none, zero, zero.clone(), places, first, none, torch.cat([torch.zeros(2), numbers]), none, none]
    if not torch.equal(saved["gptq_columns"](*gptq)[1], nearest):
        raise SystemExit("gptq_columns.pt does not round to nearest")
    count = torch.tensor([16.0, 0.0]).double()
    kept = saved["sparsegpt_columns"](w.clone(), u, none, none, places[:0], count, none)
    if not torch.equal(kept[1], w.masked_fill(w.abs() < w.abs().flatten().sort()[0][16], 0)) or not kept[3].item():
        raise SystemExit("sparsegpt_columns.pt does not remove the smallest")
    all_kept = saved["spqr_columns"](w.clone(), u, torch.tensor([7.0, 8, 0, 0, 4, 7]).double())
    if not torch.equal(all_kept[1], w):
        raise SystemExit("spqr_columns.pt loses an outlier")


def archived() -> dict:
    """The functions of the archive as it stands: bytes by name."""
    if not ARCHIVE.exists():
        return {}
    with zipfile.ZipFile(ARCHIVE) as archive:
        return {name.removesuffix(".pt"): archive.read(name) for name in archive.namelist()}


def main(changed: List[str]) -> None:
    if unknown := set(changed) - set(FUNCTIONS):
        raise SystemExit(f"no functions: {', '.join(sorted(unknown))}; there are {', '.join(FUNCTIONS)}")
    kept = {name: script for name, script in archived().items() if name not in changed}
    with zipfile.ZipFile(ARCHIVE, "w") as archive:
        for name, function in FUNCTIONS.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.pt"), kept.get(name) or scripted(function()))
    with zipfile.ZipFile(ARCHIVE) as archive:
        saved = {name: torch.jit.load(io.BytesIO(archive.read(f"{name}.pt"))) for name in FUNCTIONS}
    check(saved)
    check_columns(saved)
    written = [name for name in FUNCTIONS if name not in kept]
    print(f"{len(written)} of {len(FUNCTIONS)} functions written to {ARCHIVE} with PyTorch {torch.__version__}, all checked:"
          f" {', '.join(written)}")


if __name__ == "__main__":
    main(sys.argv[1:])
