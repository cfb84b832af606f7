#!/usr/bin/env python3
"""Writes expected_evaluation.json beside itself, for the tests of estimators on real curves: rank correlations by scipy
and the predictions of LcSVR by scikit-learn's NuSVR.

Run:  /usr/bin/python3 tests/estimate/expected_evaluation.py [FOLDER of the tables]
Needs python3-numpy, python3-scipy and python3-sklearn (made with the versions that the file names).

The formulas are written out as the papers have them. A training is left out at a budget where a value that the estimator
needs is missing; scores are rounded to 12 significant digits before they are ranked.
"""
import csv
import json
import pathlib
import sys

import numpy
import scipy.stats
import sklearn
from sklearn.metrics import r2_score
from sklearn.svm import NuSVR

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from random_streams import Stream, derive_seed  # noqa: E402

def read(file):
    with open(file, newline="") as text:
        rows = list(csv.reader(text))
    return [row[0] for row in rows[1:]], numpy.array(
        [[float(cell) if cell not in ("", "nan") else numpy.nan for cell in row[1:]] for row in rows[1:]]), rows[0][1:]


def ema_code(ell, T, mu=0.9):
    s = ell[:, 0].copy()
    for t in range(1, T):
        s = (1 - mu) * s + mu * ell[:, t]
    return s


def ema_naslib(ell, T, mu=0.99):
    s = ell[:, 0].copy()
    total = s.copy()
    for t in range(1, T):
        s = (1 - mu) * s + mu * ell[:, t]
        total += s
    return total


def estimates(losses, validation, T):
    """Name: scores, higher is better; NaN where a value is missing."""
    gamma = 0.999 ** numpy.arange(T - 1, -1, -1)
    scores = {
        "tse": -losses[:, :T].sum(axis=1),
        "tse-e": -losses[:, T - 1],
        "tse-e:epochs=3": -losses[:, T - 3:T].sum(axis=1),
        "tse-ema": -ema_code(losses, T),
        "tse-ema-paper": -(losses[:, :T] * gamma).sum(axis=1),
        "tse-ema-naslib": -ema_naslib(losses, T),
    }
    for name, curve in validation.items():
        scores[name] = -curve[:, :T].sum(axis=1) if "sum" in name else curve[:, T - 1]
    return scores


def best_k(scores, quality, k):
    """Mean outcome of the k best by score, where no tie stands at the border; else nothing."""
    order = numpy.argsort(-scores, kind="stable")
    if len(scores) > k and scores[order[k - 1]] == scores[order[k]]:
        return None
    return float(quality[order[:k]].mean())


def correlations(table, losses, validation, quality):
    for T in [5, 9, 10, 20]:
        for name, scores in estimates(losses, validation, T).items():
            there = ~(numpy.isnan(scores) | numpy.isnan(quality))
            rounded = numpy.array([float(f"{s:.11e}") for s in scores[there]])
            outcome = quality[there]
            yield {
                "table": table, "estimator": name, "epochs": T, "n": int(there.sum()),
                "spearman": float(scipy.stats.spearmanr(rounded, outcome).correlation),
                "kendall": float(scipy.stats.kendalltau(rounded, outcome).correlation),
                "top10_mean": best_k(rounded, outcome, 10),
            }


def made_up(n):
    """Parameters and multiply-adds (in millions) and latency (in seconds) of n architectures that nobody has."""
    i = numpy.arange(n)
    return numpy.stack([(i * 37 % 101) * 0.01, (i * 53 % 97) * 1.5, (i % 7) * 0.01], axis=1)


def features(curve, T, cut, whole, about):
    first = numpy.diff(curve)[: T if cut == "published" else T - 1]
    second = numpy.diff(curve, n=2)[: T if cut == "published" else T - 2]
    recipe = [*about, 0.1, 0.9, 5e-4, 256]
    if whole:
        return numpy.concatenate([recipe, curve[:T], first, second, [curve[:T].mean(), curve[:T].std()]])
    return numpy.concatenate([recipe] + [[part.mean(), part.std()] for part in (curve[:T], first, second)])


def lcsvr(curves, T, cut, whole, n_train, n_draws, seed, about):
    order = list(range(len(curves)))
    Stream(derive_seed(seed, "lcsvr split")).shuffle(order)
    train = order[:n_train]
    test = [i for i in range(len(curves)) if i not in set(train)]
    stream = Stream(derive_seed(seed, "lcsvr draws"))
    low, high = numpy.log(1e-5), numpy.log(10.0)
    draws = []
    for _ in range(n_draws):
        c = float(numpy.exp(low + stream.unit() * (high - low)))
        nu = 1 - stream.unit()
        draws.append((c, nu, float(numpy.exp(low + stream.unit() * (high - low)))))
    x = numpy.array([features(curve, T, cut, whole, known) for curve, known in zip(curves, about)])
    y = curves[:, -1]
    qualities = []
    for c, nu, gamma in draws:
        scores = []
        for fold in numpy.array_split(numpy.array(train), 3):
            rest = [i for i in train if i not in set(fold.tolist())]
            model = NuSVR(C=c, nu=nu, gamma=gamma).fit(x[rest], y[rest])
            scores.append(r2_score(y[fold], model.predict(x[fold])))
        qualities.append(numpy.mean(scores))
    c, nu, gamma = draws[int(numpy.argmax(qualities))]
    predictions = NuSVR(C=c, nu=nu, gamma=gamma).fit(x[train], y[train]).predict(x[test])
    return {"train": train, "test": test, "predictions": predictions.tolist()}


def main():
    here = pathlib.Path(__file__).resolve().parent
    tables = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else here / "../../../shared/tables")
    rows = []

    folder = tables / "nasbench_nlp_wikitext2"
    _, losses, _ = read(folder / "train_loss.csv")
    _, valid, _ = read(folder / "valid_loss.csv")
    _, final, columns = read(folder / "final.csv")
    quality = -final[:, columns.index("test_loss")]
    rows += correlations(folder.name, losses, {"valid-loss-sum": valid, "valid-loss": -valid}, quality)

    folder = tables / "nb201_cifar10valid_accuracy_curves"
    _, train, _ = read(folder / "train_accuracy.csv")
    _, accuracy, _ = read(folder / "valid_accuracy.csv")
    _, final, _ = read(folder / "final.csv")
    rows += correlations(folder.name, -train, {"valid-accuracy": accuracy}, final[:, 0])

    folder = tables / "nb201_cifar10_error_curves"
    _, train, _ = read(folder / "train_error.csv")
    _, test, _ = read(folder / "test_error.csv")
    _, final, _ = read(folder / "final.csv")
    rows += correlations(folder.name, train, {"valid-accuracy:split=test": -test}, final[:, 0])

    fits = []
    nothing = numpy.zeros((len(accuracy), 0))
    for T in [10, 50]:
        for cut, whole in [("correct", True), ("published", True), ("correct", False)]:
            for columns, about in [(False, nothing), (True, made_up(len(accuracy)))]:
                if columns and (cut != "correct" or T != 10):
                    continue
                spec = "lcsvr:train=60,draws=50" + (",cut=published" if cut == "published" else "") + ("" if whole else ",all=0")
                fits.append({"estimator": spec, "epochs": T, "columns": columns,
                             **lcsvr(accuracy, T, cut, whole, 60, 50, 0, about)})
    expected = {
        "made_with": f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, numpy {numpy.__version__}",
        "correlations": rows,
        "lcsvr": fits,
    }
    lines = [f'"{key}": ' + ("[\n" + ",\n".join(map(json.dumps, value)) + "\n]" if isinstance(value, list) else json.dumps(value))
             for key, value in expected.items()]
    (here / "expected_evaluation.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
