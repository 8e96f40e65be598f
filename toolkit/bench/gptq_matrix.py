"""Times GPTQ of one matrix in plain PyTorch on a CPU, as a user would write it from the paper (Frantar et al. 2023, algorithm 1).

    python gptq_matrix.py ROWS COLUMNS --threads 2

The Gram matrix is given; only the algorithm is timed: 4 bits, groups of 128 fitted to updated weights, damping 0.01, blocks of
128 columns. It prints the best of --repetitions. `tare bench gptq --rows ROWS --columns COLUMNS` times the same of Tare.
"""
import argparse
import time

import torch

a = argparse.ArgumentParser()
a.add_argument("rows", type=int); a.add_argument("columns", type=int)
a.add_argument("--threads", type=int, default=2); a.add_argument("--repetitions", type=int, default=3)
a = a.parse_args()
torch.set_num_threads(a.threads)
torch.manual_seed(0)


def grid(weights):
    """Scale and zero point of each row of a group: its range, widened to hold zero, in 16 levels."""
    low, high = weights.amin(1).clamp(max=0), weights.amax(1).clamp(min=0)
    scale = (high - low).clamp(min=1e-9) / 15
    return scale, torch.round(-low / scale)


def gptq(weight, gram):
    """The rounded weight."""
    w, h = weight.clone(), gram.clone()
    h.diagonal().add_(0.01 * h.diagonal().mean())
    upper = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)
    rounded = torch.empty_like(w)
    for first in range(0, w.size(1), 128):
        last = min(first + 128, w.size(1))
        block, errors, u = w[:, first:last].clone(), torch.empty(w.size(0), last - first), upper[first:last, first:last]
        scale, zero = grid(block)
        for j in range(last - first):
            column = block[:, j]
            code = torch.clamp(torch.round(column / scale) + zero, 0, 15)
            rounded[:, first + j] = scale * (code - zero)
            errors[:, j] = (column - rounded[:, first + j]) / u[j, j]
            block[:, j:] -= errors[:, j, None] * u[j, j:]
        w[:, last:] -= errors @ upper[first:last, last:]
    return rounded


w = torch.randn(a.rows, a.columns) * 0.02
x = torch.randn(2 * a.columns, a.columns) * torch.exp(3 * torch.rand(a.columns))
gram = x.T @ x
seconds = []
for _ in range(a.repetitions):
    start = time.time()
    gptq(w, gram)
    seconds.append(time.time() - start)
print(f"{a.rows}x{a.columns} {min(seconds):.2f} s")
