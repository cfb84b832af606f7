#!/usr/bin/env python3
"""Writes expected_blend.json beside itself, for the test of `blend`: its scores of made-up trainings and its rank
correlations on real ones, by the formula of tse/estimate/blend.h written out with scipy.

Run:  /usr/bin/python3 tests/estimate/expected_blend.py [FOLDER of the tables]
Needs python3-numpy and python3-scipy (made with the versions that the file names).
"""
import csv
import json
import math
import pathlib
import sys

import numpy
import scipy.stats

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "support"))
from random_streams import Stream  # noqa: E402


def ema(losses, T, mu=0.9):
    s = losses[:, 0].copy()
    for t in range(1, T):
        s = (1 - mu) * s + mu * losses[:, t]
    return -s


def normal_scores(values):
    return scipy.stats.norm.ppf((scipy.stats.rankdata(values) - 0.375) / (len(values) + 0.25))


def share(T, end, n, agreement):
    weight = T / (T + 10 * (1 - T / end))
    expected = 0.75 * math.sqrt(weight)
    return (1 - weight) * 9 / (9 + math.exp(-n * expected * (agreement - expected / 2)))


def blend(losses, static, T, end):
    speed, still = normal_scores(ema(losses, T)), normal_scores(static)
    s = share(T, end, len(static), numpy.corrcoef(speed, still)[0, 1])
    return (1 - s) * speed + s * still


def made_up(rows, epochs):
    """Those of made_up() in the test."""
    stream = Stream(1)
    losses, static = [], []
    for _ in range(rows):
        quality = stream.unit()
        losses.append([2 - quality * t / epochs + stream.unit() for t in range(1, epochs + 1)])
        static.append(quality + stream.unit())
    return numpy.array(losses), numpy.array(static)


def read(file):
    with open(file, newline="") as text:
        rows = list(csv.reader(text))
    return numpy.array([[float(c) if c not in ("", "nan") else numpy.nan for c in row[1:]] for row in rows[1:]])


def main():
    losses, static = made_up(30, 12)
    scores = [{"epochs": T, "schedule_epochs": end, "scores": blend(losses, static, T, end).tolist()}
              for T, end in [(1, 12), (2, 50), (5, 12), (5, 200), (12, 12)]]

    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else here.parents[2] / "shared/tables")
    folder = folder / "nasbench_nlp_wikitext2"
    train, final = read(folder / "train_loss.csv"), read(folder / "final.csv")
    nlp = []
    for T in [1, 5, 20]:
        there = ~numpy.isnan(train[:, :T]).any(axis=1)  # the whole population counts, with an outcome or without
        s = blend(train[there], final[there, 1], T, 50)
        known = ~numpy.isnan(final[there, 0])
        nlp.append({"epochs": T, "n": int(known.sum()),
                    "spearman": float(scipy.stats.spearmanr(s[known], -final[there, 0][known]).correlation)})
    expected = {"made_with": f"scipy {scipy.__version__}, numpy {numpy.__version__}", "scores": scores, "nasbench_nlp": nlp}
    (here / "expected_blend.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
