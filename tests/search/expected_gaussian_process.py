#!/usr/bin/env python3
"""Writes expected_gaussian_process.json beside itself: posteriors by a dense solve, expected improvement by numerical
integration, and which of some cells a Gaussian process with the Weisfeiler-Lehman kernel asks for next.

Run:  /usr/bin/python3 tests/search/expected_gaussian_process.py
Needs python3-numpy and python3-scipy (made with the versions that the file names).

The process is written out from NAS-BOWL (Ru et al. 2021, arXiv 2006.07556): labels as nested tuples, kernel matrices
with their inverses; depth and noise from tse's grid, scores as tse's normal scores.
"""
import collections
import json
import math
import pathlib
import sys

import numpy
import scipy
from scipy.integrate import quad
from scipy.stats import norm, rankdata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from random_streams import Stream  # noqa: E402

OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
NOISES = [1e-5, 1e-4, 1e-3, 1e-2]


def operation_graph(index):
    """Labels, and for each node those with an arrow to it, of a cell by its index in the enumeration."""
    picks = [index // 5 ** (5 - place) % 5 for place in range(6)]
    edges = [(a, b, OPERATIONS[pick]) for (a, b), pick in zip(EDGES, picks) if pick != 0]
    from_input, to_output = {0}, {3}
    for _ in range(3):
        from_input |= {b for a, b, _ in edges if a in from_input}
        to_output |= {a for a, b, _ in edges if b in to_output}
    edges = [(a, b, name) for a, b, name in edges if a in from_input and b in to_output]
    nodes = [(None, 0, "input")] + edges + [(3, None, "output")]
    return [name for _, _, name in nodes], [
        [j for j, (_, end, _) in enumerate(nodes) if end is not None and end == begin] for begin, _, _ in nodes]


def features(index, depth):
    labels, sources = operation_graph(index)
    counts = collections.Counter(labels)
    for _ in range(depth):
        labels = [(label, tuple(sorted((labels[j] for j in near), key=repr))) for label, near in zip(labels, sources)]
        counts.update(labels)
    return counts


def kernel(left, right, depth):
    def product(a, b):
        return sum(count * b[label] for label, count in a.items())
    left, right = [features(i, depth) for i in left], [features(i, depth) for i in right]
    return numpy.array([[product(a, b) / math.sqrt(product(a, a) * product(b, b)) for b in right] for a in left])


def posterior(matrix, rows, values, noise):
    """Means, variances, and log p(values) but for its constant."""
    noisy = matrix + noise * numpy.eye(len(values))
    inverse = numpy.linalg.inv(noisy)
    means = rows @ inverse @ values
    variances = 1 - numpy.einsum("ij,jk,ik->i", rows, inverse, rows)
    return means, variances, -values @ inverse @ values / 2 - numpy.linalg.slogdet(noisy)[1] / 2


def improvement(mean, variance, incumbent):
    s = math.sqrt(variance)
    return quad(lambda y: (y - incumbent) * norm.pdf(y, mean, s), incumbent, max(incumbent, mean) + 40 * s,
                points=[mean] if mean > incumbent else None, epsabs=1e-14, epsrel=1e-11, limit=500)[0]


def next_of(observed, scores, others):
    """The cell with the greatest expected improvement among the others, and by how much it leads."""
    ranks = rankdata(scores)
    values = norm.ppf((ranks - 0.375) / (len(scores) + 0.25))
    found = []
    for depth in (1, 2, 3):
        matrix = kernel(observed, observed, depth)
        found += [(posterior(matrix, matrix, values, noise)[2], depth, noise) for noise in NOISES]
    _, depth, noise = max(found)
    matrix = kernel(observed, observed, depth)
    incumbent = values[numpy.argmax(posterior(matrix, matrix, values, noise)[0])]
    means, variances, _ = posterior(matrix, kernel(others, observed, depth), values, noise)
    scores = [norm.pdf(z) * s + (m - incumbent) * norm.cdf(z) for m, s, z in zip(
        means, numpy.sqrt(variances), (means - incumbent) / numpy.sqrt(variances))]
    order = numpy.argsort(scores)[::-1]
    return depth, noise, others[order[0]], scores[order[0]] - scores[order[1]]


def distinct_cells(random, count):
    """Cells with different features, of two or more operations on paths."""
    cells, seen = [], set()
    while len(cells) < count:
        index = random.below(5**6)
        key = repr(sorted(features(index, 3).items(), key=repr))
        if key not in seen:
            seen.add(key)
            cells.append(index)
    return cells


def proposals():
    for seed in range(200):
        random = Stream(seed)
        cells = distinct_cells(random, 60)
        observed, others = cells[:25], cells[25:]
        # convolutions are good and there is noise, so that the evidence has something to choose
        scores = [10 * sum("conv" in label for label in operation_graph(i)[0]) + random.below(12) for i in observed]
        depth, noise, best, lead = next_of(observed, scores, others)
        if lead > 1e-6:
            yield {"observed": observed, "scores": scores, "others": others, "depth": depth, "noise": noise, "next": best}


def posteriors():
    for seed, n in enumerate([1, 2, 7, 30]):
        random = Stream(seed)
        x = numpy.array([3 * random.unit() for _ in range(n)])
        values = numpy.array([2 * random.unit() - 1 for _ in range(n)])
        points = numpy.array([4 * random.unit() - 0.5 for _ in range(5)])
        noise = NOISES[seed]
        means, variances, evidence = posterior(
            numpy.exp(-(x[:, None] - x) ** 2), numpy.exp(-(points[:, None] - x) ** 2), values, noise)
        yield {"seed": seed, "n": n, "noise": noise, "means": list(means), "variances": list(variances),
               "evidence": evidence}


def improvements():
    for mean in (-2, 0, 0.3, 1.5):
        for variance in (1e-4, 0.04, 1):
            for incumbent in (-1, 0.31, 2):
                if abs(mean - incumbent) < 6 * math.sqrt(variance):
                    yield {"mean": mean, "variance": variance, "incumbent": incumbent,
                           "improvement": improvement(mean, variance, incumbent)}


def main():
    cases = []
    for case in proposals():
        cases.append(case)
        if len(cases) == 8:
            break
    parts = {"posteriors": posteriors(), "improvements": improvements(), "proposals": cases}
    text = "".join(f',\n"{name}": [\n' + ",\n".join(json.dumps(case) for case in part) + "\n]"
                   for name, part in parts.items())
    made_with = f"numpy {numpy.__version__}, scipy {scipy.__version__}"
    pathlib.Path(__file__).with_suffix(".json").write_text(f'{{\n"made_with": "{made_with}"{text}\n}}\n')


if __name__ == "__main__":
    main()
