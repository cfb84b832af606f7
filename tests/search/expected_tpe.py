#!/usr/bin/env python3
"""Writes expected_tpe.json beside itself: the densities and the proposals of hyperopt 0.2's TPE over six categorical
variables, and the joint density of Optuna's, for histories that both sides draw from one random stream.

Run:  /usr/bin/python3 tests/search/expected_tpe.py
Needs python3-numpy. The rules are written out from hyperopt's sources (tpe.py, rdists.py); Debian has no hyperopt to
run. The joint density is written out from Optuna 3.1's parzen_estimator.py.
"""
import json
import math
import pathlib
import sys

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from random_streams import Stream  # noqa: E402

PLACES, OPTIONS = 6, 5


def history(seed, n):
    """Cells by their index in the enumeration and losses with ties, one that diverged in ten."""
    random = Stream(seed)
    picks, losses = [], []
    for _ in range(n):
        index = random.below(OPTIONS**PLACES)
        picks.append([index // OPTIONS ** (PLACES - 1 - place) % OPTIONS for place in range(PLACES)])
        score = random.below(30)
        losses.append(math.inf if score < 3 else -float(score))
    return numpy.array(picks), numpy.array(losses)


def linear_forgetting_weights(n, lf=25):
    if n == 0:
        return numpy.asarray([])
    if n < lf:
        return numpy.ones(n)
    return numpy.concatenate([numpy.linspace(1.0 / n, 1.0, num=n - lf), numpy.ones(lf)])


def densities(picks, losses, gamma, prior):
    n_below = min(int(numpy.ceil(gamma * numpy.sqrt(len(losses)))), 25)
    below = numpy.zeros(len(losses), dtype=bool)
    below[numpy.argsort(losses, kind="stable")[:n_below]] = True
    result = []
    for chosen in (picks[below], picks[~below]):
        weights = linear_forgetting_weights(len(chosen))
        rows = []
        for place in range(PLACES):
            counts = numpy.bincount(chosen[:, place], minlength=OPTIONS, weights=weights) + prior
            rows.append(counts / counts.sum())
        result.append(rows)
    return result


def proposal(below, above, candidates):
    """How probable each option is to be the candidate with the greatest ratio, the first drawn among equals."""
    ratio = numpy.round(below / above, 12)
    result = numpy.zeros(OPTIONS)
    for value in set(ratio):
        worse, same = below[ratio < value].sum(), ratio == value
        result[same] = ((worse + below[same].sum()) ** candidates - worse**candidates) * below[same] / below[same].sum()
    return result


def joint_density(results, prior, cells):
    """Optuna 3.1's multivariate Parzen estimator (_ParzenEstimator) of these results, at some cells."""
    n = len(results)
    weights = numpy.append(linear_forgetting_weights(n), prior)
    total = numpy.zeros(len(cells))
    for i, weight in enumerate(weights / weights.sum()):
        component = numpy.full(len(cells), weight)
        for place in range(PLACES):
            masses = numpy.full(OPTIONS, prior / (n + 1))
            if i < n:
                masses[results[i, place]] += 1
            component *= (masses / masses.sum())[cells[:, place]]
        total += component
    return total


def main():
    cases = []
    for seed, (n, gamma, prior, candidates) in enumerate([
            (1, 0.25, 1, 24), (4, 0.25, 1, 24), (17, 0.25, 1, 24), (20, 0.25, 1, 2), (26, 0.25, 1, 24),
            (27, 0.25, 1, 3), (28, 0.25, 1, 24), (65, 0.25, 1, 3), (200, 0.25, 1, 24), (400, 1, 0.5, 2),
            (900, 2, 3, 24)]):
        picks, losses = history(seed, n)
        below, above = densities(picks, losses, gamma, prior)
        cases.append({
            "seed": seed, "n": n, "gamma": gamma, "prior": prior, "candidates": candidates,
            "below": [list(row) for row in below], "above": [list(row) for row in above],
            "proposals": [list(proposal(l, g, candidates)) for l, g in zip(below, above)],
            "joint": list(joint_density(picks, prior, picks[:3])),
        })
    text = ",\n".join(json.dumps(case) for case in cases)
    pathlib.Path(__file__).with_suffix(".json").write_text(
        f'{{\n"made_with": "numpy {numpy.__version__}",\n"cases": [\n{text}\n]\n}}\n')


if __name__ == "__main__":
    main()
