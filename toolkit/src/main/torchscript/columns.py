"""The loops over a block of columns, for weights on a GPU: GPTQ, SparseGPT and SpQR, as TorchScript.

tare.compress.DeviceColumns calls each of them once for a block. On a processor the same loops stand in Gptq.java, SparseGpt.java
and Spqr.java, over bands of rows; the tests hold both to the same codes. export.py writes these functions into its archive.

Shapes: w is W in processing order, float64 [width, rows], so that w[j] is a column; every j is changed by the errors of the
columns before it until its turn. u is the block of U on the diagonal, m that of M (GPTAQ), both float64 [width, width].
A tensor that does not apply is empty. Lists of numbers lie on the processor, so that reading them waits for nothing.

Results of an operation go to memory that exists (out=, or a name that ends in _): a column costs as many kernels as it has
operations, and PyTorch compiles no kernels of its own for the shapes of every column.
"""

from typing import List, Tuple

import torch
from torch import Tensor, nn


def spread(w: Tensor, j: int, compressed: Tensor, u: Tensor, pull: Tensor, errors: Tensor) -> None:
    """w_k -= U_jk E_j with E_j = (w_j - compressed) / U_jj for all columns k after j, and += P_jk w_j with a pull. errors is
    memory of the shape of w. Products are rounded before they are subtracted, as on the host: at the end of a symmetric range
    a weight lies in the middle between two codes, and the last bit decides."""
    if j + 1 < w.size(0):
        later, error, products = w[j + 1 :], errors[j], errors[j + 1 :]
        torch.sub(w[j], compressed, out=error)
        error.div_(u[j, j])
        torch.mul(u[j, j + 1 :].unsqueeze(1), error, out=products)
        later.sub_(products)
        if pull.numel() > 0:
            torch.mul(pull[j, j + 1 :].unsqueeze(1), w[j], out=products)
            later.add_(products)


def step_of(x: Tensor, table: Tensor) -> Tensor:
    """The place in a table of x: how many of its bounds, table[0, 1:], are at most x."""
    return torch.bucketize(x, table[0, 1:], right=True)


def whole_steps(low: Tensor, high: Tensor, top: float, symmetric: bool) -> Tuple[Tensor, Tensor]:
    """Scale and zero point of the range [low, high], as IntegerGrid.step."""
    scale = (high - low) / top
    if symmetric:
        return scale, torch.full_like(scale, (top + 1) / 2)
    return scale, torch.round(-low / scale)


def decoded(values: Tensor, scale: Tensor, zero: Tensor, top: float) -> Tensor:
    """The points of the grid of whole numbers nearest to some values."""
    return torch.clamp(torch.round(values / scale) + zero, 0, top).sub_(zero).mul_(scale)


def fit_whole(values: Tensor, top: float, symmetric: bool, norm: float) -> Tuple[Tensor, Tensor]:
    """Scales and zero points, [rows], of groups [columns, rows], as IntegerGrid.fit."""
    low, high = values.amin(0).clamp_(max=0), values.amax(0).clamp_(min=0)
    if symmetric:
        high = torch.maximum(-low, high)
        low = -high
    empty = (low == 0) & (high == 0)
    low, high = low.masked_fill(empty, -1), high.masked_fill(empty, 1)
    scale, zero = whole_steps(low, high, top, symmetric)
    if norm > 0:
        least = torch.full_like(scale, float("inf"))
        for i in range(80):
            share = 1 - i / 100
            some, its = whole_steps(share * low, share * high, top, symmetric)
            error = decoded(values, some, its, top).sub_(values).abs_().pow_(norm).sum(0)
            better = error < least
            least = torch.where(better, error, least)
            scale, zero = torch.where(better, some, scale), torch.where(better, its, zero)
    return scale, zero


def fit(values: Tensor, grid: List[float], scales: Tensor) -> Tuple[Tensor, Tensor]:
    """Scales and zero points of groups [columns, rows]. grid is [top, symmetric, norm, divisor, reciprocal]; scales is empty for
    whole numbers, a table for floating-point numbers, or a single column if their scales are not rounded."""
    if scales.numel() == 0:
        return fit_whole(values, grid[0], grid[1] > 0, grid[2])
    size = values.abs().amax(0)
    scale = size / grid[3] * grid[4]
    if scales.size(1) > 1:
        scale = scales[1][step_of(scale, scales)]
    else:
        scale = scale.masked_fill(size == 0, 1)
    return scale, torch.zeros_like(scale)


def round_column(x: Tensor, scale: Tensor, zero: Tensor, pruned: Tensor, grid: List[float], levels: Tensor, code: Tensor,
                 compressed: Tensor) -> None:
    """Writes the codes nearest to x, and their values. levels is empty for whole numbers; else it is a table whose row 1 has the
    values and row 2 the codes."""
    if levels.numel() == 0:
        torch.div(x, scale, out=code)
        code.round_().add_(zero).clamp_(0, grid[0])
        if pruned.numel() > 0:
            code.copy_(torch.where(pruned, zero, code))
        torch.sub(code, zero, out=compressed)
        compressed.mul_(scale)
    else:
        torch.mul(x, grid[4], out=compressed)
        at = step_of(compressed.div_(scale), levels)
        code.copy_(levels[2][at])
        compressed.copy_(levels[1][at])
        if pruned.numel() > 0:
            code.masked_fill_(pruned, 0)
            compressed.masked_fill_(pruned, 0)
        compressed.mul_(scale / grid[4])


def pull_of(m: Tensor, u: Tensor, share: float) -> Tensor:
    """P = share M U, where M counts right of the diagonal only; empty if m is."""
    return m if m.numel() == 0 else torch.triu(m, 1).mul_(share) @ u


def column(masks: Tensor, j: int) -> Tensor:
    return masks if masks.numel() == 0 else masks[j]


class GridsBeforehand(nn.Module):
    """weight [rows, columns], alive [columns] (0 for channels that count as zero), numbers [6] = group size, then grid as in fit,
    scales as in fit -> scales and zero points [groups, rows], float64."""

    def forward(self, weight: Tensor, alive: Tensor, numbers: Tensor, scales: Tensor) -> List[Tensor]:
        numbers_list: List[float] = numbers.tolist()
        group, columns = int(numbers_list[0]), weight.size(1)
        s: List[Tensor] = []
        z: List[Tensor] = []
        for start in range(0, columns, group):
            end = min(columns, start + group)
            values = (weight[:, start:end] * alive[start:end]).t().contiguous().to(torch.float64)
            scale, zero = fit(values, numbers_list[1:], scales)
            s.append(scale)
            z.append(zero)
        return [torch.stack(s), torch.stack(z)]


class GptqColumns(nn.Module):
    """w, u and m; scales and zeros [groups, rows], float64, filled in where a group is fitted; groups and fits [width], int64, on
    the processor: the group of each column, and how many columns the group has that is fitted there (0 for none); pruned
    [width, rows] or empty; numbers [7] = share of the pull, whether groups are fitted to the block's first values, then grid as
    in fit; levels as in round_column; steps: the table of scales -> codes (uint8) and their values (float64), both [width, rows].
    """

    def forward(self, w: Tensor, u: Tensor, m: Tensor, scales: Tensor, zeros: Tensor, groups: Tensor, fits: Tensor,
                pruned: Tensor, numbers: Tensor, levels: Tensor, steps: Tensor) -> List[Tensor]:
        numbers_list: List[float] = numbers.tolist()
        group_of: List[int] = groups.tolist()
        fitted: List[int] = fits.tolist()
        grid = numbers_list[2:]
        before = w.clone() if numbers_list[1] > 0 else w
        pull = pull_of(m, u, numbers_list[0])
        codes, compressed, errors = torch.zeros_like(w), torch.zeros_like(w), torch.zeros_like(w)
        for j in range(w.size(0)):
            g = group_of[j]
            if fitted[j] > 0:  # column j is the first of a group
                values = before[j : j + fitted[j]]
                if pruned.numel() > 0:
                    values = values.masked_fill(pruned[j : j + fitted[j]], 0)
                scale, zero = fit(values, grid, steps)
                scales[g].copy_(scale)
                zeros[g].copy_(zero)
            round_column(w[j], scales[g], zeros[g], column(pruned, j), grid, levels, codes[j], compressed[j])
            spread(w, j, compressed[j], u, pull, errors)
        return [codes.to(torch.uint8), compressed]


def lowest(scores: Tensor, count: int) -> Tensor:
    """Marks the lowest of each row of scores, and of equal ones the first."""
    order = torch.sort(scores, dim=1, stable=True)[1]
    return torch.zeros_like(scores, dtype=torch.bool).scatter_(1, order[:, :count], True)


class SparseGptColumns(nn.Module):
    """w and u; scales, zeros and groups as in GptqColumns, empty without rounding; numbers [8] = count and run, then grid as in
    fit; levels and steps as in GptqColumns. count weights fall: of the whole block if run is 0, of each row if it is the width,
    else of each run of columns of a row -> codes (uint8; empty without rounding), values (float64), pruned (bool), all
    [width, rows], and whether all scores were finite."""

    def forward(self, w: Tensor, u: Tensor, scales: Tensor, zeros: Tensor, groups: Tensor, numbers: Tensor, levels: Tensor
                ) -> List[Tensor]:
        numbers_list: List[float] = numbers.tolist()
        group_of: List[int] = groups.tolist()
        count, run = int(numbers_list[0]), int(numbers_list[1])
        grid = numbers_list[2:]
        width, rows = w.size(0), w.size(1)
        pivots = u.diagonal().unsqueeze(1)
        nothing = torch.empty([0], device=w.device)
        codes, compressed, errors = torch.zeros_like(w), torch.zeros_like(w), torch.zeros_like(w)
        pruned = torch.zeros_like(w, dtype=torch.bool)
        finite = torch.ones([1], dtype=torch.bool, device=w.device)
        for j in range(width):
            first = j == 0 if run == 0 else j % run == 0
            if first:  # |w| / U_jj has the order of (w / U_jj)^2
                end = width if run == 0 else j + run
                scores = (w[j:end].abs() / pivots[j:end]).to(torch.float32).t().contiguous()
                finite &= torch.isfinite(scores).all()
                mask = lowest(scores.view(1, -1) if run == 0 else scores, count).view(rows, end - j)
                pruned[j:end].copy_(mask.t())
            if len(group_of) > 0:
                g = group_of[j]
                round_column(w[j], scales[g], zeros[g], pruned[j], grid, levels, codes[j], compressed[j])
            else:
                compressed[j].copy_(w[j].masked_fill(pruned[j], 0))
            spread(w, j, compressed[j], u, nothing, errors)
        return [codes.to(torch.uint8), compressed, pruned, finite]


def real_steps(low: Tensor, high: Tensor, top: float) -> Tuple[Tensor, Tensor]:
    """Scale and zero point of the range [low, high], as RealZeroGrid.step."""
    equal = low == high
    low, high = low.masked_fill(equal, -1), high.masked_fill(equal, 1)
    scale = (high - low) / top
    return scale, -low / scale


def real_code(values: Tensor, scale: Tensor, zero: Tensor, top: float) -> Tensor:
    return torch.clamp(torch.round(values / scale.clamp(min=1e-9) + zero), 0, top)


def real_error(values: Tensor, scale: Tensor, zero: Tensor, top: float, u: Tensor) -> Tensor:
    """((x̂ - x) / u)^2."""
    return ((real_code(values, scale, zero, top) - zero) * scale - values).div_(u).square_()


def first_of(found: Tensor) -> Tensor:
    """Of the marks in each column only the first."""
    return found & (found.cumsum(0) == 1)


def error_without(out: Tensor, values: Tensor, top: float, u: Tensor) -> Tensor:
    """The error of each group if one of its values is left out and the grid is fitted to the others."""
    low = values.masked_fill(out, float("inf")).amin(0)
    high = values.masked_fill(out, float("-inf")).amax(0)
    scale, zero = real_steps(low, high, top)
    return real_error(values, scale, zero, top, u).masked_fill_(out, 0).sum(0)


def without_outliers(values: Tensor, top: float, u: Tensor, tau: float) -> Tensor:
    """Values [columns, rows] where likely outliers are replaced by the mean of the others, as Spqr.replaceOutliers."""
    low, high = values.amin(0), values.amax(0)
    scale, zero = real_steps(low, high, top)
    gain = real_error(values, scale, zero, top, u)
    base = gain.sum(0)
    lowest, highest = first_of(values == low), first_of(values == high)
    gain = torch.where(lowest, base - error_without(lowest, values, top, u), gain)
    gain = torch.where(highest, base - error_without(highest, values, top, u), gain)
    kept = gain <= tau
    mean = values.masked_fill(~kept, 0).sum(0) / kept.sum(0).clamp(min=1)
    return torch.where(kept, values, mean)


def second_level(statistics: Tensor, run: int, top: float) -> Tensor:
    """Scales or zero points [rows] as the second-level grids of runs of rows decode them. The last run may be short."""
    rows = statistics.size(0)
    if top > 0:
        missing = (run - rows % run) % run
        runs = torch.cat([statistics, statistics[rows - 1 :].expand(missing)]).view(-1, run)
        scale, zero = real_steps(runs.amin(1, True), runs.amax(1, True), top)
        statistics = ((real_code(runs, scale, zero, top) - zero) * scale).view(-1)[:rows]
    return statistics.to(torch.float32).to(torch.float64)


class SpqrColumns(nn.Module):
    """w and u; numbers [6] = largest code, group size, tau, whether likely outliers are left out, rows of a run, largest code of a
    scale (0 for no quantization) -> codes (uint8), values (float64), outliers (bool), all [width, rows], scales and zero points
    [groups of the block, rows] (float32). w keeps the outliers' values."""

    def forward(self, w: Tensor, u: Tensor, numbers: Tensor) -> List[Tensor]:
        numbers_list: List[float] = numbers.tolist()
        top, group, tau = numbers_list[0], int(numbers_list[1]), numbers_list[2]
        leave_out, run, scale_top = numbers_list[3] > 0, int(numbers_list[4]), numbers_list[5]
        width = w.size(0)
        pivots = u.diagonal().unsqueeze(1)
        nothing = torch.empty([0], device=w.device)
        codes, compressed, errors = torch.zeros_like(w), torch.zeros_like(w), torch.zeros_like(w)
        outliers = torch.zeros_like(w, dtype=torch.bool)
        scales: List[Tensor] = []
        zeros: List[Tensor] = []
        scale, zero, divisor, code_of_zero = nothing, nothing, nothing, nothing
        error = torch.zeros_like(w[0])
        for j in range(width):
            if j % group == 0:
                end = min(width, j + group)
                values = w[j:end]
                if leave_out:
                    values = without_outliers(values, top, pivots[j:end], tau)
                scale, zero = real_steps(values.amin(0), values.amax(0), top)
                scale, zero = second_level(scale, run, scale_top), second_level(zero, run, scale_top)
                divisor = scale.clamp(min=1e-9)
                code_of_zero = zero.round().clamp(0, top)
                scales.append(scale.to(torch.float32))
                zeros.append(zero.to(torch.float32))
            torch.div(w[j], divisor, out=codes[j])
            codes[j].add_(zero).round_().clamp_(0, top)
            torch.sub(codes[j], zero, out=compressed[j])
            compressed[j].mul_(scale)
            torch.sub(w[j], compressed[j], out=error)
            torch.gt(error.div_(pivots[j]).square_(), tau, out=outliers[j])
            codes[j].copy_(torch.where(outliers[j], code_of_zero, codes[j]))
            compressed[j].copy_(torch.where(outliers[j], w[j], compressed[j]))
            spread(w, j, compressed[j], u, nothing, errors)
        return [codes.to(torch.uint8), compressed, outliers, torch.stack(scales), torch.stack(zeros)]


COLUMNS = {
    "grids_beforehand": GridsBeforehand,
    "gptq_columns": GptqColumns,
    "sparsegpt_columns": SparseGptColumns,
    "spqr_columns": SpqrColumns,
}
