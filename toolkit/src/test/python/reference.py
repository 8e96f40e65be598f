"""Float64 reference of the compression methods, written from the formulas of the papers.

Depends on numpy only. Shapes: W [out, in], X [tokens, in], H [in, in].
Rounding is half-to-even everywhere (np.rint); "first strictly smaller wins" in every search.
"""
import numpy as np

# ----------------------------------------------------------------- grids


def grid_gptq(x, bits, sym):
    """Grid of GPTQ: range always contains 0; scale [r], zero [r] for x [r, c]."""
    top = 2 ** bits - 1
    lo = np.minimum(x.min(1), 0.0)
    hi = np.maximum(x.max(1), 0.0)
    if sym:
        hi = np.maximum(-lo, hi)
        lo = -hi
    flat = (lo == 0) & (hi == 0)
    lo = np.where(flat, -1.0, lo)
    hi = np.where(flat, 1.0, hi)
    scale = (hi - lo) / top
    zero = np.full_like(scale, (top + 1) / 2) if sym else np.rint(-lo / scale)
    return scale, zero


def grid_gptq_mse(x, bits, sym, steps=100, max_shrink=0.8, norm=2.4):
    """GPTQ grid with the shrink search: p = 1 - i/steps, i < int(max_shrink * steps)."""
    top = 2 ** bits - 1
    lo = np.minimum(x.min(1), 0.0)
    hi = np.maximum(x.max(1), 0.0)
    if sym:
        hi = np.maximum(-lo, hi)
        lo = -hi
    flat = (lo == 0) & (hi == 0)
    lo = np.where(flat, -1.0, lo)
    hi = np.where(flat, 1.0, hi)
    best = np.full(x.shape[0], np.inf)
    scale, zero = grid_gptq(x, bits, sym)
    chosen = np.ones(x.shape[0])
    for i in range(int(max_shrink * steps)):
        p = 1 - i / steps
        s = p * (hi - lo) / top
        z = np.full_like(s, (top + 1) / 2) if sym else np.rint(-p * lo / s)
        e = (np.abs(decode(encode(x, s, z, top), s, z) - x) ** norm).sum(1)
        better = e < best
        best = np.where(better, e, best)
        scale = np.where(better, s, scale)
        zero = np.where(better, z, zero)
        chosen = np.where(better, p, chosen)
    return scale, zero, chosen


def grid_awq(x, bits, zero_point=True):
    """Grid of AWQ: asymmetric without forcing 0 into the range, or symmetric M/(2^(b-1)-1)."""
    if zero_point:
        top = 2 ** bits - 1
        scale = np.maximum(x.max(1) - x.min(1), 1e-5) / top
        zero = np.clip(-np.rint(x.min(1) / scale), 0, top)
        return scale, zero, 0, top
    scale = np.maximum(np.abs(x).max(1), 1e-5) / (2 ** (bits - 1) - 1)
    return scale, np.zeros_like(scale), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def grid_spqr(x, bits, sym=False):
    """Grid of SpQR, first level: range need not contain 0, zero is not rounded."""
    top = 2 ** bits - 1
    lo, hi = x.min(1), x.max(1)
    if sym:
        hi = np.maximum(np.abs(lo), hi)
        lo = np.where(lo < 0, -hi, lo)
    flat = lo == hi
    lo = np.where(flat, -1.0, lo)
    hi = np.where(flat, 1.0, hi)
    scale = (hi - lo) / top
    zero = np.full_like(scale, (top + 1) / 2) if sym else -lo / scale
    return scale, zero


def encode(x, scale, zero, top, low=0):
    """Codes clip(round(x / s) + z, low, top); scale and zero are per row."""
    return np.clip(np.rint(x / scale[:, None]) + zero[:, None], low, top)


def encode_inner(x, scale, zero, top):
    """SpQR order: clip(round(x / s + z), 0, top), z real."""
    return np.clip(np.rint(x / np.maximum(scale, 1e-9)[:, None] + zero[:, None]), 0, top)


def decode(q, scale, zero):
    return scale[:, None] * (q - zero[:, None])


def rtn(W, bits, sym, group=-1, mse=False):
    """Round to nearest; returns codes, scales [out, groups], zeros [out, groups], W_hat."""
    rows, cols = W.shape
    group = cols if group == -1 else group
    codes = np.zeros_like(W)
    scales, zeros = [], []
    for c in range(0, cols, group):
        x = W[:, c:c + group]
        s, z = grid_gptq_mse(x, bits, sym)[:2] if mse else grid_gptq(x, bits, sym)
        codes[:, c:c + group] = encode(x, s, z, 2 ** bits - 1)
        scales.append(s)
        zeros.append(z)
    S, Z = np.stack(scales, 1), np.stack(zeros, 1)
    g = np.arange(cols) // group
    return codes, S, Z, S[:, g] * (codes - Z[:, g])


# ----------------------------------------------------------------- Hessian and its factor


def hessian(X, sequences=1):
    """H = 2/n sum x x^T with n the number of sequences (only a common factor)."""
    return 2.0 / sequences * X.T @ X


def factor(H, damp=0.01):
    """Upper U with U^T U = (H + damp * mean(diag H) I)^-1; also the damped H."""
    Hd = H + damp * np.mean(np.diag(H)) * np.eye(len(H))
    L = np.linalg.cholesky(Hd[::-1, ::-1])      # reversed order: Hd = R R^T with R upper
    R = L[::-1, ::-1]
    U = np.linalg.inv(R)                        # triangular inverse
    return np.triu(U), Hd


def prepare(W, H):
    """Dead inputs: H_jj = 1 and weights 0."""
    W, H = W.copy(), H.copy()
    dead = np.diag(H) == 0
    H[dead, dead] = 1.0
    W[:, dead] = 0.0
    return W, H, dead


# ----------------------------------------------------------------- GPTQ


def gptq(W, H, bits, sym=False, group=-1, act_order=False, static_groups=False, block=128,
         damp=0.01, group_params="updated", mse=False):
    """group_params: 'updated' = grid from the current weights of the group; 'block' = from the
    weights as they were when the block began (what the official loop does)."""
    rows, cols = W.shape
    top = 2 ** bits - 1

    def grid(x):
        return grid_gptq_mse(x, bits, sym)[:2] if mse else grid_gptq(x, bits, sym)

    s0, z0 = grid(W)                            # per-channel grid of the untouched weights
    W, H, dead = prepare(W, H)
    size = cols if group == -1 else group
    static = [grid(W[:, c:c + size]) for c in range(0, cols, size)]
    perm = np.argsort(-np.diag(H), kind="stable") if act_order else np.arange(cols)
    W, H = W[:, perm], H[np.ix_(perm, perm)]
    U, Hd = factor(H, damp)
    W0 = W.copy()
    codes, Q, E = np.zeros_like(W), np.zeros_like(W), np.zeros_like(W)
    groups = -(-cols // size)
    S, Z = np.zeros((rows, groups)), np.zeros((rows, groups))
    g_idx = np.zeros(cols, int)
    for b in range(0, cols, block):
        e = min(b + block, cols)
        start = W.copy()
        for j in range(b, e):
            if group == -1:
                s, z, g = s0, z0, 0
            elif static_groups:
                g = int(perm[j]) // size
                s, z = static[g]
            else:
                g = j // size
                if j % size == 0:
                    s, z = grid((W if group_params == "updated" else start)[:, j:j + size])
            S[:, g], Z[:, g], g_idx[j] = s, z, g
            q = encode(W[:, j:j + 1], s, z, top)
            codes[:, j] = q[:, 0]
            Q[:, j] = decode(q, s, z)[:, 0]
            E[:, j] = (W[:, j] - Q[:, j]) / U[j, j]
            W[:, j + 1:e] -= np.outer(E[:, j], U[j, j + 1:e])
        W[:, e:] -= E[:, b:e] @ U[b:e, e:]
    inv = np.argsort(perm)
    return dict(codes=codes[:, inv], scales=S, zeros=Z, g_idx=g_idx[inv], W_hat=Q[:, inv],
                perm=perm, loss=float((E ** 2).sum() / 2), E=E, U=U, Hd=Hd, W0=W0, Q=Q, dead=dead)


def layer_error(W, W_hat, H):
    D = W - W_hat
    return float(np.einsum("ij,jk,ik->", D, H, D))


# ----------------------------------------------------------------- SparseGPT / Wanda / magnitude


def smallest(scores, n):
    """Mask of the n smallest entries of a flat array; ties by position."""
    mask = np.zeros(scores.size, bool)
    mask[np.argsort(scores, kind="stable")[:n]] = True
    return mask


def sparsegpt(W, H, sparsity=0.5, n=0, m=0, block=128, damp=0.01):
    """n of every m consecutive weights become 0 where n > 0, else the share `sparsity` of each block."""
    W, H, _ = prepare(W, H)
    U, Hd = factor(H, damp)
    rows, cols = W.shape
    mask = np.zeros(W.shape, bool)
    E = np.zeros_like(W)
    d = np.diag(U)
    for b in range(0, cols, block):
        e = min(b + block, cols)
        if n == 0:
            score = (W[:, b:e] / d[b:e]) ** 2
            mask[:, b:e] = smallest(score.ravel(), int(score.size * sparsity)).reshape(score.shape)
        for j in range(b, e):
            if n and (j - b) % m == 0:
                score = (W[:, j:j + m] / d[j:j + m]) ** 2
                order = np.argsort(score, axis=1, kind="stable")[:, :n]
                np.put_along_axis(mask[:, j:j + m], order, True, 1)
            q = np.where(mask[:, j], 0.0, W[:, j])
            E[:, j] = (W[:, j] - q) / U[j, j]
            W[:, j + 1:e] -= np.outer(E[:, j], U[j, j + 1:e])
            W[:, j] = q
        W[:, e:] -= E[:, b:e] @ U[b:e, e:]
    return dict(W_hat=W, mask=mask, E=E, U=U, Hd=Hd, loss=float((E ** 2).sum() / 2))


def rowwise_mask(score, sparsity=0.5, n=0, m=0):
    """Comparison group: one output row, or m consecutive inputs of one row."""
    mask = np.zeros(score.shape, bool)
    if n:
        for c in range(0, score.shape[1], m):
            order = np.argsort(score[:, c:c + m], axis=1, kind="stable")[:, :n]
            np.put_along_axis(mask[:, c:c + m], order, True, 1)
    else:
        order = np.argsort(score, axis=1, kind="stable")[:, :int(score.shape[1] * sparsity)]
        np.put_along_axis(mask, order, True, 1)
    return mask


def wanda(W, X, sparsity=0.5, n=0, m=0):
    return rowwise_mask(np.abs(W) * np.sqrt((X ** 2).sum(0)), sparsity, n, m)


def magnitude_layer(W, sparsity=0.5):
    """Comparison group: the whole matrix; exactly int(size * sparsity) zeros."""
    return smallest(np.abs(W).ravel(), int(W.size * sparsity)).reshape(W.shape)


# ----------------------------------------------------------------- AWQ


def awq_quant(W, bits, group, zero_point=True):
    shape = W.shape
    x = W.reshape(-1, group)
    s, z, low, top = grid_awq(x, bits, zero_point)
    q = encode(x, s, z, top, low)
    return decode(q, s, z).reshape(shape), q.reshape(shape), \
        s.reshape(shape[0], -1), z.reshape(shape[0], -1)


def awq_scales(x_mean, ratio, w_mean=None):
    """Activation-only, or duo scaling where w_mean is given; normalised by sqrt(max * min)."""
    s = x_mean ** ratio
    if w_mean is not None:
        s = s / (w_mean ** (1 - ratio) + 1e-4)
    s = np.maximum(s, 1e-4)
    s = s / np.sqrt(s.max() * s.min())
    return np.where(np.isfinite(s), s, 1.0)


def awq_weight_mean(Ws, group):
    W = np.concatenate(Ws, 0)
    x = np.abs(W.reshape(-1, group))
    return (x / (x.max(1, keepdims=True) + 1e-6)).reshape(W.shape).mean(0)


def awq_search(Ws, X, bits, group, n_grid=20, duo=False, output=None):
    """Grid search over ratio = i / n_grid. output(Ws) -> tensor whose MSE is compared."""
    output = output or (lambda ws: np.concatenate([X @ w.T for w in ws], 1))
    target = output(Ws)
    x_mean = np.abs(X).mean(0)
    w_mean = awq_weight_mean(Ws, group) if duo else None
    best, losses = None, []
    for i in range(n_grid):
        s = awq_scales(x_mean, i / n_grid, w_mean)
        loss = float(((output([awq_quant(w * s, bits, group)[0] / s for w in Ws]) - target) ** 2).mean())
        losses.append(loss)
        if best is None or loss < best[0]:
            best = (loss, i / n_grid, s)
    return best[1], best[2], losses


def awq_clip(W, X, bits, group, n_grid=20, max_shrink=0.5, n_tokens=512):
    """Per (row, group) symmetric clip bound that minimises the partial output error."""
    X = X[::max(1, len(X) // n_tokens)]
    rows, cols = W.shape
    Wg = W.reshape(rows, -1, group)
    Xg = X.reshape(len(X), -1, group)
    bound = np.abs(Wg).max(2)
    target = np.einsum("tgk,rgk->rtg", Xg, Wg)
    best, err = bound.copy(), np.full(bound.shape, np.inf)
    for i in range(int(max_shrink * n_grid)):
        c = bound * (1 - i / n_grid)
        w = np.clip(Wg, -c[:, :, None], c[:, :, None])
        q = awq_quant(w.reshape(rows, cols), bits, group)[0].reshape(Wg.shape)
        e = ((np.einsum("tgk,rgk->rtg", Xg, q) - target) ** 2).mean(1)
        better = e < err
        best, err = np.where(better, c, best), np.where(better, e, err)
    return best


# ----------------------------------------------------------------- SmoothQuant


def smooth_scales(act_max, Ws, alpha):
    w_max = np.maximum(np.max([np.abs(w).max(0) for w in Ws], axis=0), 1e-5)
    return np.maximum(act_max ** alpha / w_max ** (1 - alpha), 1e-5)


def int8_absmax(x, axis):
    """Symmetric 8 bit, scale = max|x| / 127 along axis; returns codes and scale."""
    s = np.maximum(np.abs(x).max(axis, keepdims=True), 1e-5) / 127
    return np.rint(x / s), s


# ----------------------------------------------------------------- SpQR


def spqr_second(v, bits, group):
    """Second-order quantization of a vector of statistics [out] in groups of output rows."""
    x = v.reshape(-1, group)
    s, z = grid_spqr(x, bits)
    q = encode_inner(x, s, z, 2 ** bits - 1)
    return decode(q, s, z).reshape(v.shape), q, s, z


def leave_one_out(G, u, bits):
    """Reduction of the weighted squared error when one weight is left out of the group.
    G [out, g], u [g] = diag of U."""
    top = 2 ** bits - 1

    def err(x, w):
        s, z = grid_spqr(x, bits)
        return (((decode(encode_inner(x, s, z, top), s, z) - x) / w) ** 2).sum(1)

    base = err(G, u)
    gain = np.zeros_like(G)
    for k in range(G.shape[1]):
        keep = np.arange(G.shape[1]) != k
        gain[:, k] = base - err(G[:, keep], u[keep])
    return gain


def spqr(W, H, bits=3, group=16, second_group=16, scale_bits=3, zero_bits=3, threshold=0.2,
         act_order=False, damp=1.0, simplified=False, block=128):
    rows, cols = W.shape
    top = 2 ** bits - 1
    W, H = W.copy(), H.copy()
    perm = np.argsort(-np.diag(H), kind="stable") if act_order else np.arange(cols)
    W, H = W[:, perm], H[np.ix_(perm, perm)]
    dead = np.diag(H) == 0
    Hd = H + damp * np.abs(np.diag(H)).mean() * np.eye(cols)
    Hd[dead, dead] = 1.0
    W[:, dead] = 0.0
    U, _ = factor(Hd, 0.0)
    u = np.diag(U)
    tau = threshold * float((W.var(0, ddof=1) / u ** 2).mean())
    codes, outlier, E = np.zeros_like(W), np.zeros(W.shape, bool), np.zeros_like(W)
    S1, Z1, stats = [], [], []
    for b in range(0, cols, block):
        e = min(b + block, cols)
        for j in range(b, e):
            if j % group == 0:
                G = W[:, j:j + group]
                if np.isfinite(tau) and not simplified:
                    keep = ~(leave_one_out(G, u[j:j + group], bits) > tau)
                    mean = (G * keep).sum(1, keepdims=True) / np.maximum(keep.sum(1, keepdims=True), 1)
                    G = np.where(keep, G, mean)
                s, z = grid_spqr(G, bits)
                rec = {}
                if scale_bits:
                    s, rec["scale_codes"], rec["scale_scale"], rec["scale_zero"] = spqr_second(s, scale_bits, second_group)
                if zero_bits:
                    z, rec["zero_codes"], rec["zero_scale"], rec["zero_zero"] = spqr_second(z, zero_bits, second_group)
                S1.append(s)
                Z1.append(z)
                stats.append(rec)
            w = W[:, j].copy()
            q = encode_inner(w[:, None], s, z, top)
            hat = decode(q, s, z)[:, 0]
            if np.isfinite(tau):
                out = ((w - hat) / u[j]) ** 2 > tau
                outlier[:, j] = out
                q = encode_inner((w * ~out)[:, None], s, z, top)
                hat = np.where(out, w, decode(q, s, z)[:, 0])
            codes[:, j] = q[:, 0]
            E[:, j] = (w - hat) / u[j]
            W[:, j] = hat
            W[:, j + 1:e] -= np.outer(E[:, j], U[j, j + 1:e])
        W[:, e:] -= E[:, b:e] @ U[b:e, e:]
    inv = np.argsort(perm)
    return dict(W_hat=W[:, inv], codes_permuted=codes, outlier_permuted=outlier, perm=perm, tau=tau,
                scales=np.stack(S1, 1), zeros=np.stack(Z1, 1), second=stats, E=E, U=U, Hd=Hd)


# ----------------------------------------------------------------- export layouts


def to_int32(u):
    return np.asarray(u, np.uint64).astype(np.uint32).view(np.int32)


def pack_rows(codes, bits):
    """GPTQ qweight: codes [in, out] -> int32 [in*bits/32, out]; bit stream along the input axis."""
    n_in, n_out = codes.shape
    words = np.zeros((n_in * bits // 32, n_out), np.uint64)
    for i in range(n_in):
        for k in range(bits):
            bit = (codes[i].astype(np.uint64) >> np.uint64(k)) & np.uint64(1)
            p = i * bits + k
            words[p // 32] |= bit << np.uint64(p % 32)
    return to_int32(words)


def pack_cols(codes, bits, order=None):
    """int32 [r, c*bits/32]; nibble k of word j holds column 8*j + order[k]."""
    per = 32 // bits
    order = list(range(per)) if order is None else order
    r, c = codes.shape
    words = np.zeros((r, -(-c // per)), np.uint64)
    for j in range(words.shape[1]):
        for k in range(per):
            col = j * per + order[k]
            if col < c:
                words[:, j] |= codes[:, col].astype(np.uint64) << np.uint64(bits * k)
    return to_int32(words)


AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def gptq_tensors(codes, zeros, bits, version=1):
    """codes [out, in], zeros [out, groups] -> qweight, qzeros. v1 stores zero - 1 (mod 2^bits)."""
    z = (zeros.T - (1 if version == 1 else 0)) % 2 ** bits
    return pack_rows(codes.T, bits), pack_rows(z.T, bits).T.copy()


def awq_tensors(codes, zeros):
    """codes [out, in], zeros [out, groups], 4 bit."""
    return pack_cols(codes.T, 4, AWQ_ORDER), pack_cols(zeros.T, 4, AWQ_ORDER)


def compressed_tensors(codes, zeros, bits):
    """Unsigned codes as stored: signed code + 2^(b-1). weight_packed [out, ceil(in/per)],
    weight_zero_point packed along the output axis [ceil(out/per), groups]."""
    return pack_cols(codes, bits), pack_cols(zeros.T, bits).T.copy()
