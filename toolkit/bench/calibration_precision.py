#!/usr/bin/env python3
"""What calibration in bfloat16 costs: the recorded studies calibration-f32-MODEL and calibration-bf16-MODEL.

    python3 toolkit/bench/calibration_precision.py small

Both studies have the same sets. For each task stands the geometric mean, over the sets, of the ratio of the two
compressed models' scores, minus 1, with its 95 % interval (Student's t), and how far the sets differ from each other.
Last, the mean seconds of a compression in each.
"""

import argparse
import csv
import math
import statistics
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "data/results"
T = 2.262  # 97.5 % of Student's t with nine degrees of freedom: both studies have ten sets


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", help="last part of the studies' names, such as small")
    model = parser.parse_args().model
    exact, rounded = (rows(f"calibration-{precision}-{model}") for precision in ["f32", "bf16"])
    print("| score | change with bfloat16 | 95 % interval | sets differ by |\n|---|---|---|---|")
    for task, metric in sorted({(row["task"], row["metric"]) for row in exact}):
        if metric not in ("perplexity", "kl"):
            continue
        before, after = (scores(some, task, metric) for some in [exact, rounded])
        ratios = [math.log(after[name] / before[name]) for name in before]
        half = T * statistics.stdev(ratios) / math.sqrt(len(ratios))
        mean = statistics.mean(ratios)
        interval = f"{per_cent(mean - half)} to {per_cent(mean + half)} %"
        spread = statistics.stdev(math.log(value) for value in before.values())
        print(f"| {metric} on {task.split('/')[0]} | {per_cent(mean)} % | {interval} | {100 * spread:.1f} % |")
    seconds = [statistics.mean(float(row["seconds_compress"]) for row in some) for some in [exact, rounded]]
    print("seconds of a compression: float32 %.0f, bfloat16 %.0f" % tuple(seconds))


def rows(study):
    """The scores of compressed models, each with the columns of its trial."""
    trials = {row["trial"]: row for row in table(study, "trials.csv") if row["method"] != "none"}
    return [{**row, **trials[row["trial"]]} for row in table(study, "results.csv") if row["trial"] in trials]


def table(study, name):
    with (RESULTS / study / name).open() as lines:
        return list(csv.DictReader(lines))


def scores(some, task, metric):
    """The score of each calibration set, by its fingerprint."""
    of = [row for row in some if (row["task"], row["metric"]) == (task, metric)]
    return {row["calibration_fingerprint"]: float(row["value"]) for row in of}


def per_cent(logarithm):
    return f"{100 * math.expm1(logarithm):+.2f}"


if __name__ == "__main__":
    main()
