#!/usr/bin/env python3
"""Writes expected_correlations.json beside itself: rank correlations by scipy, for correlation_test.cpp.

Run:  /usr/bin/python3 tests/rank/expected_correlations.py [FOLDER of nasbench_nlp_wikitext2]
Needs python3-numpy and python3-scipy (made with scipy 1.10.1, numpy 1.24.2).
"""
import csv
import json
import pathlib
import sys

import numpy
import scipy.stats


def correlations(x, y):
    return {
        "spearman": float(scipy.stats.spearmanr(x, y).correlation),
        "kendall": float(scipy.stats.kendalltau(x, y).correlation),
    }


def random_vectors():
    """Ties of every degree: values of a grid of 2 to 40 steps, related more or less strongly."""
    random = numpy.random.default_rng(1)
    for n in [2, 3, 4, 5, 8, 13, 30, 60]:
        for steps in [2, 5, 40]:
            x = random.integers(0, steps, n)
            y = numpy.where(random.random(n) < 0.5, x, random.integers(0, steps, n))
            if len(set(x)) == 1 or len(set(y)) == 1:
                continue
            yield {"x": x.tolist(), "y": y.tolist(), **correlations(x, y)}


def bootstrap():
    """A percentile interval of Spearman's rho over many resamples: any other generator must come near it."""
    random = numpy.random.default_rng(2)
    for n in [12, 40, 150]:
        x = random.integers(0, 30, n)
        y = x + random.integers(0, 30, n)
        values = []
        for _ in range(20000):
            drawn = random.integers(0, n, n)
            values.append(scipy.stats.spearmanr(x[drawn], y[drawn]).correlation)
        low, high = numpy.nanpercentile(values, [2.5, 97.5])
        yield {"x": x.tolist(), "y": y.tolist(), "low": float(low), "high": float(high)}


def read(file):
    with open(file, newline="") as text:
        return {row["arch"]: row for row in csv.DictReader(text)}


def nlp(folder):
    """Sum of the training losses of the first T epochs, and that of epoch T alone, against the final test loss.
    Runs that lack either are left out."""
    curves = read(folder / "train_loss.csv")
    final = read(folder / "final.csv")
    for T in [1, 5, 10, 25, 50]:
        def measured(arch):
            cells = [curves[arch][f"e{t}"] for t in range(1, T + 1)] + [final[arch]["test_loss"]]
            return all(cell not in ("", "nan") for cell in cells)

        archs = [arch for arch in curves if measured(arch)]
        quality = [-float(final[a]["test_loss"]) for a in archs]
        sums = [-sum(float(curves[a][f"e{t}"]) for t in range(1, T + 1)) for a in archs]
        last = [-float(curves[a][f"e{T}"]) for a in archs]
        rounded = [float(f"{s:.11e}") for s in sums]
        yield {"epochs": T, "n": len(archs), "sum": correlations(rounded, quality), "last": correlations(last, quality)}


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else here / "../../../shared/tables/nasbench_nlp_wikitext2")
    expected = {
        "made_with": f"scipy {scipy.__version__}, numpy {numpy.__version__}",
        "vectors": list(random_vectors()),
        "bootstrap": list(bootstrap()),
        "nasbench_nlp_wikitext2": list(nlp(folder)),
    }
    lines = [f'"{key}": ' + ("[\n" + ",\n".join(map(json.dumps, value)) + "\n]" if isinstance(value, list) else json.dumps(value))
             for key, value in expected.items()]
    (here / "expected_correlations.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
