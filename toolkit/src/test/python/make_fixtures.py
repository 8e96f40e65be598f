"""Writes the JSON fixtures in ../resources/fixtures from reference.py (numpy, float64).

    python toolkit/src/test/python/make_fixtures.py grids hessians gptq

writes those three; without a name it writes all.

Inputs are rounded to 4 decimals so that the JSON holds them exactly. Seeds are searched so that no
rounding or ranking decision is close to a tie ("margin"), and float32 code must find the same codes.
"""
import json
import pathlib
import sys

import numpy as np

import reference as R

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "resources" / "fixtures"
_margin = [np.inf]


def _track(encode):
    def wrapped(x, scale, zero, top, *rest):
        v = x / scale[:, None] + (zero[:, None] if encode is _inner else 0.0)
        u = v + (0.0 if encode is _inner else zero[:, None])
        inside = (u > -0.6) & (u < top + 0.6) if not rest else (u > rest[0] - 0.6) & (u < top + 0.6)
        gap = np.abs(np.abs(v - np.floor(v)) - 0.5)
        if inside.any():
            _margin[0] = min(_margin[0], float(gap[inside].min()))
        return encode(x, scale, zero, top, *rest)
    return wrapped


_outer, _inner = R.encode, R.encode_inner
R.encode, R.encode_inner = _track(_outer), _track(_inner)


def plain(v):
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    if isinstance(v, np.ndarray):
        if v.dtype == bool:
            return v.astype(int).tolist()
        if v.size and np.all(v == np.rint(v)) and np.abs(v).max() < 2 ** 53:
            return v.astype(int).tolist()
        return v.tolist()
    if isinstance(v, np.generic):
        return v.item()
    return v


def write(name, about, tolerance, **content):
    body = dict(about=about, tolerance=tolerance, **content)
    lines = [f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'), allow_nan=False)}" for k, v in plain(body).items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (FIXTURES / f"{name}.json").write_text(text)
    print(f"{name}.json {len(text)} bytes, margin {content.get('margin', float('nan')):.1e}")


def data(seed, rows, cols, tokens, outlier=None, spread=2.0, weight=0.1):
    """Correlated activations [tokens, cols] with a few loud channels; weights [rows, cols]."""
    rng = np.random.default_rng(seed)
    mix = np.eye(cols) + 0.4 * rng.normal(size=(cols, cols)) / np.sqrt(cols) * 2
    loud = np.exp(spread * rng.normal(size=cols) / 2)
    X = np.round(rng.normal(size=(tokens, cols)) @ mix * loud, 4)
    W = np.round(weight * rng.standard_t(4, size=(rows, cols)), 4)
    if outlier:
        W[outlier] = np.round(np.sign(W[outlier]) * 12 * weight, 4)
    return W, X


def search(build, want, tries=400):
    """First seed whose build keeps every decision at least `want` away from a tie."""
    best = (-1.0, None, None)
    for seed in range(tries):
        _margin[0] = np.inf
        out = build(seed)
        if _margin[0] > best[0]:
            best = (_margin[0], seed, out)
        if best[0] >= want:
            break
    return best


def rank_gap(scores, n):
    """Relative gap between the last pruned and the first kept score of each row."""
    s = np.sort(scores, axis=1)
    return float(((s[:, n] - s[:, n - 1]) / s[:, n]).min())


F64 = "float64: codes and masks exact, reals rtol 1e-10"
F32 = "; float32: codes and masks exact, reals rtol 1e-4"


# ------------------------------------------------------------------ grids
def grids():
    rows = {
        "mixed": [0.31, -0.22, 0.05, 0.0, -0.41, 0.17, 0.29, -0.08],
        "all_zero": [0.0] * 8,
        "constant_positive": [0.25] * 8,
        "constant_negative": [-0.25] * 8,
        "all_positive_far_from_zero": [0.5, 0.55, 0.6, 0.75, 0.8, 0.9, 0.95, 1.0],
        "all_negative": [-0.1, -0.2, -0.35, -0.4, -0.55, -0.6, -0.75, -0.9],
        "one_outlier": [0.01, -0.02, 0.03, 4.0, 0.02, -0.01, -0.03, 0.015],
        "tiny": [1e-7, -2e-7, 3e-7, 0.0, 1e-7, -1e-7, 2e-7, 0.0],
    }
    x = np.array(list(rows.values()))
    cases = []
    for bits in (2, 3, 4, 8):
        for sym in (False, True):
            s, z = R.grid_gptq(x, bits, sym)
            q = R.encode(x, s, z, 2 ** bits - 1)
            cases.append(dict(grid="gptq", bits=bits, sym=sym, scale=s, zero=z, codes=q, dequantized=R.decode(q, s, z)))
        s, z, low, top = R.grid_awq(x, bits, True)
        q = R.encode(x, s, z, top, low)
        cases.append(dict(grid="awq_asymmetric", bits=bits, scale=s, zero=z, codes=q, dequantized=R.decode(q, s, z)))
        s, z, low, top = R.grid_awq(x, bits, False)
        q = R.encode(x, s, z, top, low)
        cases.append(dict(grid="awq_symmetric", bits=bits, scale=s, zero=z, codes=q, dequantized=R.decode(q, s, z)))
    for bits, sym in ((3, False), (4, False), (4, True)):
        s, z, p = R.grid_gptq_mse(x, bits, sym)
        q = R.encode(x, s, z, 2 ** bits - 1)
        cases.append(dict(grid="gptq_mse", bits=bits, sym=sym, norm=2.4, steps=100, max_shrink=0.8, shrink=p,
                          scale=s, zero=z, codes=q, dequantized=R.decode(q, s, z)))
    s, z = R.grid_spqr(x, 3)
    q = R.encode_inner(x, s, z, 7)
    cases.append(dict(grid="spqr", bits=3, scale=s, zero=z, codes=q, dequantized=R.decode(q, s, z)))
    half = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5])
    write("grids", "Quantization grids, one group per row. Symmetric rows use lo = -M always. "
          "Exact ties occur here on purpose (constant rows): rounding is half to even.", F64,
          row_names=list(rows), x=x, cases=cases, half_to_even=dict(x=half, rounded=np.rint(half)))


# ------------------------------------------------------------------ Hessian
def hessians():
    W, X = data(3, 4, 8, 24)
    X[:, 2] = 0.0
    X[:, 6] = X[:, 1]                          # duplicate input: H is singular before damping
    batches = [X[:5], X[5:12], X[12:24]]
    H, n = np.zeros((8, 8)), 0
    steps = []
    for b in batches:                          # each batch counts as one sequence
        H = H * n / (n + 1) + 2.0 / (n + 1) * b.T @ b
        n += 1
        steps.append(H.copy())
    Wp, Hp, dead = R.prepare(W, H)
    U, Hd = R.factor(Hp, 0.01)
    norms = np.sqrt((X ** 2).sum(0))
    write("hessian", "Streaming Hessian over batches of unequal length (one sequence each, H = 2/n sum X^T X), dead input 2, "
          "inputs 1 and 6 equal (H singular before damping), damped factor U with U^T U = Hd^-1, and the column norms Wanda uses.",
          F64 + "; float32 rtol 1e-3 on U", X=X, batch_lengths=[5, 7, 12], H_after_each_batch=steps, H=H, dead=dead, damp=0.01,
          damp_value=0.01 * float(np.diag(Hp).mean()), Hd=Hd, U=U, rank_of_H=int(np.linalg.matrix_rank(H)), column_norms=norms)


# ------------------------------------------------------------------ GPTQ
GPTQ_CASES = [
    ("per_channel_4bit", dict(bits=4)),
    ("per_channel_3bit_symmetric", dict(bits=3, sym=True)),
    ("per_channel_4bit_block_4", dict(bits=4, block=4)),
    ("group8_4bit_grid_from_updated_weights", dict(bits=4, group=8, group_params="updated")),
    ("group8_4bit_grid_from_block_start", dict(bits=4, group=8, group_params="block")),
    ("group8_4bit_symmetric", dict(bits=4, sym=True, group=8)),
    ("act_order_per_channel_4bit", dict(bits=4, act_order=True)),
    ("act_order_group8_dynamic", dict(bits=4, group=8, act_order=True)),
    ("act_order_group8_static", dict(bits=4, group=8, act_order=True, static_groups=True)),
    ("static_groups_group8", dict(bits=4, group=8, static_groups=True)),
    ("group8_3bit_mse", dict(bits=3, group=8, mse=True)),
    ("damp_0.1_2bit", dict(bits=2, damp=0.1)),
]


def gptq():
    def build(seed):
        W, X = data(seed, 8, 16, 48)
        X[:, 11] = 0.0
        H = R.hessian(X)
        out = []
        for name, p in GPTQ_CASES:
            if p.get("mse"):                   # its many trial roundings need no margin
                keep = _margin[0]
                r = R.gptq(W, H, **p)
                _margin[0] = keep
            else:
                r = R.gptq(W, H, **p)
            out.append((name, p, r))
        return W, X, H, out
    margin, seed, (W, X, H, out) = search(build, 1.5e-3)
    cases = []
    for name, p, r in out:
        plain_rtn = R.rtn(W, p["bits"], p.get("sym", False), p.get("group", -1), p.get("mse", False))
        cases.append(dict(name=name, params=p, codes=r["codes"], scales=r["scales"], zeros=r["zeros"], g_idx=r["g_idx"],
                          perm=r["perm"], W_hat=r["W_hat"], loss=r["loss"],
                          layer_error=R.layer_error(W, r["W_hat"], H), rtn_layer_error=R.layer_error(W, plain_rtn[3], H),
                          check_W_minus_Q_equals_EU=float(np.abs(r["W0"] - r["Q"] - r["E"] @ r["U"]).max()),
                          check_2loss_equals_trace=float(abs(2 * r["loss"] - R.layer_error(r["W0"], r["Q"], r["Hd"])))))
    eye = R.gptq(W, np.eye(16), 4, group=8)
    cases.append(dict(name="identity_hessian_equals_rtn", params=dict(bits=4, group=8), codes=eye["codes"],
                      rtn_codes=R.rtn(W, 4, False, 8)[0]))
    write("gptq", "GPTQ on W [8,16] with X [48,16], H = 2 X^T X, dead input 11, damping 0.01 unless given. layer_error is "
          "tr((W-W_hat) H (W-W_hat)^T) with the undamped H. block is 128 unless given, so all 16 columns are one block.",
          F64 + F32, seed=seed, margin=margin, W=W, X=X, H=H, damp=0.01, cases=cases)


# ------------------------------------------------------------------ SpQR
def spqr():
    spots = ([1, 4, 4, 9, 14], [3, 20, 27, 7, 30])
    cases = [
        ("outliers_identity_order", dict(bits=3, group=8, second_group=8, threshold=0.1)),
        ("outliers_act_order", dict(bits=3, group=8, second_group=8, threshold=0.1, act_order=True)),
        ("simplified_outliers", dict(bits=3, group=8, second_group=8, threshold=0.1, simplified=True)),
        ("no_outliers", dict(bits=3, group=8, second_group=8, threshold=np.inf)),
        ("no_outliers_plain_statistics", dict(bits=3, group=8, second_group=8, threshold=np.inf, scale_bits=None, zero_bits=None)),
    ]

    def build(seed):
        W, X = data(seed, 16, 32, 96, outlier=spots)
        H = R.hessian(X)
        out = []
        for name, p in cases:
            keep = _margin[0]
            r = R.spqr(W, H, **p)
            # only the final roundings must be robust; leave-one-out trials are many
            u = np.diag(r["U"])
            _margin[0] = keep
            g = np.arange(32) // p["group"]
            Wq = W[:, r["perm"]] - r["E"] @ np.triu(r["U"], 1)
            v = Wq / r["scales"][:, g] + r["zeros"][:, g]
            inside = (v > -0.6) & (v < 7.6) & ~r["outlier_permuted"]
            _margin[0] = min(_margin[0], float(np.abs(np.abs(v - np.floor(v)) - 0.5)[inside].min()))
            if np.isfinite(r["tau"]):
                full = R.decode(R.encode_inner(Wq.reshape(-1, 1), r["scales"][:, g].ravel(), r["zeros"][:, g].ravel(), 7),
                                r["scales"][:, g].ravel(), r["zeros"][:, g].ravel()).reshape(Wq.shape)
                _margin[0] = min(_margin[0], float(np.abs(((Wq - full) / u) ** 2 / r["tau"] - 1).min()))
            out.append((name, p, r))
        return W, X, H, out
    margin, seed, (W, X, H, out) = search(build, 4e-4, 300)
    body = []
    for name, p, r in out:
        body.append(dict(name=name, params={k: ("inf" if v == np.inf else v) for k, v in p.items()}, damp=1.0, tau=None if np.isinf(r["tau"]) else r["tau"],
                         perm=r["perm"], scales=r["scales"], zeros=r["zeros"], second=r["second"],
                         codes_permuted=r["codes_permuted"], outlier_permuted=r["outlier_permuted"], W_hat=r["W_hat"],
                         outlier_share=float(r["outlier_permuted"].mean()), layer_error=R.layer_error(W, r["W_hat"], H)))
    write("spqr", "SpQR on W [16,32], X [96,32], H = 2 X^T X, damping 1.0, 3 bit weights in groups of 8 inputs, 3 bit scales and zeros in "
          "groups of 8 output rows. Matrices marked _permuted are in processing order. scales/zeros are after their own quantization.",
          F64 + "; float32: W_hat rtol 1e-3, at most one code or outlier may differ", seed=seed, margin=margin, W=W, X=X, H=H, cases=body)


# ------------------------------------------------------------------ AWQ
def awq():
    W1, X = data(11, 16, 32, 64, spread=3.0)
    W2 = np.round(W1[::-1] * 0.7 + 0.02, 4)
    body = []
    for name, Ws, duo in (("one_linear", [W1], False), ("two_linears_share_one_scale", [W1, W2], False),
                          ("one_linear_duo", [W1], True), ("two_linears_duo", [W1, W2], True)):
        ratio, s, losses = R.awq_search(Ws, X, 4, 8, duo=duo)
        second = sorted(losses)[1]
        body.append(dict(name=name, duo=duo, linears=len(Ws), losses=losses, best_ratio=ratio, best_scales=s,
                         gap_to_second=float(second / min(losses) - 1)))
    ratio, s, _ = R.awq_search([W1], X, 4, 8)
    Wf, Xf = W1 * s, X / s
    clip = R.awq_clip(Wf, Xf, 4, 8)
    Wc = np.clip(Wf.reshape(16, -1, 8), -clip[:, :, None], clip[:, :, None]).reshape(16, 32)
    hat, q, S, Z = R.awq_quant(Wc, 4, 8)
    rt = R.awq_quant(W1, 4, 8)[0]
    err = lambda a, x: float(((x @ a.T - X @ W1.T) ** 2).mean())
    write("awq", "AWQ on W [16,32], X [64,32], 4 bit, groups of 8, zero point, 20 grid points i/20. x_mean = mean |X|. Losses are the MSE of the "
          "concatenated outputs. clip_* uses the folded weight W*s and X/s of case one_linear, 20 grid points, max_shrink 0.5, all 64 tokens.",
          F64 + "; float32: losses rtol 5e-3, best_ratio exact", W1=W1, W2=W2, X=X, x_mean=np.abs(X).mean(0),
          w_mean_one=R.awq_weight_mean([W1], 8), cases=body, clip_bound=clip, clip_applied_weight=Wc, codes=q, scales=S, zeros=Z,
          dequantized=hat, mse_rtn=err(rt, X), mse_scaled=err(R.awq_quant(Wf, 4, 8)[0], Xf), mse_scaled_and_clipped=err(hat, Xf))


def rms(x, g, eps=1e-6):
    return x / np.sqrt((x ** 2).mean(-1, keepdims=True) + eps) * g


def folds():
    rng = np.random.default_rng(5)
    r = lambda *s: np.round(rng.normal(size=s), 4)
    x, g, b = r(6, 8), np.round(1 + 0.2 * rng.normal(size=8), 4), r(8)
    Wq, Wk = r(8, 8), r(4, 8)
    s = np.round(np.exp(rng.normal(size=8)), 4)
    ln = lambda v, w, bias: (v - v.mean(-1, keepdims=True)) / np.sqrt(v.var(-1, keepdims=True) + 1e-5) * w + bias
    silu = lambda v: v / (1 + np.exp(-v))
    gate, up, down = r(12, 8), r(12, 8), r(8, 12)
    t = np.round(np.exp(rng.normal(size=12)), 4)
    # grouped-query attention: 4 query heads, 2 key/value heads, head size 2
    Wv, bv, Wo = r(4, 8), r(4), r(8, 8)
    probs = np.abs(r(4, 6, 6)) + 0.1
    probs = np.tril(probs) / np.tril(probs).sum(-1, keepdims=True)
    rep = np.repeat(np.arange(2), 2)

    def attend(v_weight, v_bias, o_weight):
        v = (x @ v_weight.T + v_bias).reshape(6, 2, 2)
        out = np.stack([probs[h] @ v[:, rep[h]] for h in range(4)], 1).reshape(6, 8)
        return out @ o_weight.T
    sv = np.round(np.exp(rng.normal(size=4)), 4)                # one scale per value channel
    so = np.concatenate([sv[rep[h] * 2:rep[h] * 2 + 2] for h in range(4)])
    write("folds", "Function-preserving folds, before any quantization. RMSNorm weight/s with W*s; LayerNorm weight and bias /s; up_proj rows/t with "
          "down_proj columns*t (gated MLP: silu(gate x) * (up x)); v_proj rows and bias /sv with o_proj columns * so where so repeats sv over the "
          "query heads that share a key/value head.", "outputs equal to rtol 1e-12", x=x, norm_weight=g, norm_bias=b, s=s, Wq=Wq, Wk=Wk,
          rms_eps=1e-6, ln_eps=1e-5, rms_q=rms(x, g) @ Wq.T, rms_q_folded=rms(x, g / s) @ (Wq * s).T, ln_k=ln(x, g, b) @ Wk.T,
          ln_k_folded=ln(x, g / s, b / s) @ (Wk * s).T, gate=gate, up=up, down=down, t=t,
          mlp=(silu(x @ gate.T) * (x @ up.T)) @ down.T,
          mlp_folded=(silu(x @ gate.T) * (x @ (up / t[:, None]).T)) @ (down * t).T,
          Wv=Wv, bv=bv, Wo=Wo, probs=probs, query_head_to_kv_head=rep, sv=sv, so=so, attention=attend(Wv, bv, Wo),
          attention_folded=attend(Wv / sv[:, None], bv / sv, Wo * so))


# ------------------------------------------------------------------ SmoothQuant
def smoothquant():
    W1, X = data(21, 16, 16, 32, spread=3.0)
    W2 = np.round(W1[:8] * 1.4 - 0.01, 4)
    cases = []
    act = np.abs(X).max(0)
    Y = X @ W1.T
    for alpha in (0.0, 0.5, 0.85, 1.0):
        s = R.smooth_scales(act, [W1, W2], alpha)
        Ws, Xs = W1 * s, X / s
        qw, sw = R.int8_absmax(Ws, 1)
        qx, sx = R.int8_absmax(Xs, 1)
        y = (qx @ qw.T) * sx * sw.T
        cases.append(dict(alpha=alpha, s=s, weight_codes=qw, weight_scale=sw[:, 0], activation_codes=qx, activation_scale=sx[:, 0],
                          output=y, output_mse=float(((y - Y) ** 2).mean()), act_max_after=np.abs(Xs).max(0)))
    qw, sw = R.int8_absmax(W1, 1)
    qx, sx = R.int8_absmax(X, 1)
    write("smoothquant", "SmoothQuant with two linears that share the input (W1 [16,16], W2 [8,16], X [32,16]): s = max|X|^a / max|W|^(1-a), then W8A8 of W1 "
          "with per-output-channel weights and per-token activations, symmetric, scale = max/127.", F64 + "; float32: codes may differ by 1 at ties",
          W1=W1, W2=W2, X=X, act_max=act, cases=cases, no_smoothing_mse=float((((qx @ qw.T) * sx * sw.T - Y) ** 2).mean()))


# ------------------------------------------------------------------ pruning
PRUNE = [("unstructured_50_block_8", dict(sparsity=0.5, block=8)), ("unstructured_50_one_block", dict(sparsity=0.5)),
         ("2_of_4", dict(n=2, m=4)), ("4_of_8", dict(n=4, m=8)), ("unstructured_70", dict(sparsity=0.7))]


def pruning():
    def build(seed):
        W, X = data(seed, 8, 16, 48)
        H = R.hessian(X)
        gap = np.inf
        out = []
        for name, p in PRUNE:
            r = R.sparsegpt(W, H, **p)
            out.append((name, p, r))
            Wc = W - r["E"] @ np.triu(r["U"], 1)            # each weight as it was when its column came up
            if p.get("n"):
                sc = np.abs(Wc / np.diag(r["U"]))            # close enough for a margin
                gap = min(gap, rank_gap(sc.reshape(-1, p["m"]), p["n"]))
        m = np.abs(W) * np.sqrt((X ** 2).sum(0))
        gap = min(gap, rank_gap(m, 8), rank_gap(m.reshape(-1, 4), 2), rank_gap(np.abs(W).reshape(-1, 4), 2))
        flat = np.sort(np.abs(W).ravel())
        gap = min(gap, (flat[64] - flat[63]) / flat[64])
        _margin[0] = float(gap)
        return W, X, H, out
    margin, seed, (W, X, H, out) = search(build, 2e-3)
    cases = []
    for name, p, r in out:
        zeroed = R.layer_error(W, np.where(r["mask"], 0.0, W), H)
        cases.append(dict(name=name, params=p, mask=r["mask"], W_hat=r["W_hat"], loss=r["loss"], zeros=int(r["mask"].sum()),
                          layer_error=R.layer_error(W, r["W_hat"], H), same_mask_without_update=zeroed))
    write("sparsegpt", "SparseGPT on W [8,16], X [48,16], H = 2 X^T X, damping 0.01, block 128 unless given; exactly int(size*sparsity) zeros per block "
          "(rows x block columns), or n zeros in every m consecutive inputs of a row. mask 1 = pruned.", F64 + F32, seed=seed, margin=margin,
          W=W, X=X, H=H, damp=0.01, cases=cases)
    score = np.abs(W) * np.sqrt((X ** 2).sum(0))
    err = lambda mask: R.layer_error(W, np.where(mask, 0.0, W), H)
    ws = dict(unstructured_50=R.wanda(W, X), two_of_four=R.wanda(W, X, n=2, m=4), four_of_eight=R.wanda(W, X, n=4, m=8),
              magnitude_layer_50=R.magnitude_layer(W), magnitude_row_50=R.rowwise_mask(np.abs(W)),
              magnitude_two_of_four=R.rowwise_mask(np.abs(W), n=2, m=4),
              wanda_with_equal_norms_50=R.rowwise_mask(np.abs(W) * 3.7))
    write("wanda", "Wanda and magnitude masks on W [8,16], X [48,16]; mask 1 = pruned. Wanda compares inside one output row (or m consecutive inputs of "
          "it), magnitude_layer compares over the whole matrix.", F64 + F32, seed=seed, margin=margin, W=W, X=X, column_norms=np.sqrt((X ** 2).sum(0)),
          score=score, masks=ws, layer_errors={k: err(v) for k, v in ws.items()})


# ------------------------------------------------------------------ export
def packing():
    rng = np.random.default_rng(9)
    cases = []
    for bits in (2, 3, 4, 8):
        codes = rng.integers(0, 2 ** bits, size=(32, 64))
        zeros = rng.integers(0, 2 ** bits, size=(32, 2))
        zeros[0, 0] = 0                                        # v1 wraps to 2^bits - 1
        zeros[1, 0] = 2 ** bits - 1
        v1, v2 = R.gptq_tensors(codes, zeros, bits, 1), R.gptq_tensors(codes, zeros, bits, 2)
        case = dict(bits=bits, codes=codes, zeros=zeros, gptq=dict(qweight=v1[0], qzeros_v1=v1[1], qzeros_v2=v2[1]))
        if bits == 4:
            a = R.awq_tensors(codes, zeros)
            case["awq"] = dict(qweight=a[0], qzeros=a[1])
        if bits != 3:
            c = R.compressed_tensors(codes, zeros, bits)
            case["compressed_tensors"] = dict(weight_packed=c[0], weight_zero_point=c[1])
        cases.append(case)
    write("packing", "Integer layouts for export. codes [out=32, in=64] and zeros [out=32, groups=2] are unsigned (0 .. 2^bits-1). All packed values are "
          "signed int32. compressed_tensors stores signed code + 2^(bits-1), which is the unsigned code here.",
          "exact", group_size=32, cases=cases)


JOBS = (grids, hessians, gptq, spqr, awq, folds, smoothquant, pruning, packing)


if __name__ == "__main__":
    chosen = set(sys.argv[1:]) or {job.__name__ for job in JOBS}
    unknown = chosen - {job.__name__ for job in JOBS}
    if unknown:
        sys.exit(f"no such fixture: {', '.join(sorted(unknown))}; there are {', '.join(job.__name__ for job in JOBS)}")
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for job in JOBS:
        if job.__name__ in chosen:
            job()
