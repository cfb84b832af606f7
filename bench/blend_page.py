#!/usr/bin/env python3
"""Writes docs/results/blend.md: how the weight of `blend` was chosen on one half of our own table, and how it does on
the other, on other seeds and on tables of others.

    bench/blend_page.py build/release/bin/tse TABLES docs/results

TABLES has the public curves in nb201_cifar10valid_accuracy_curves, nb201_cifar10_error_curves, nasbench_nlp_wikitext2
(as `tse import` reads them) and nb201/cells.csv.gz with the cells' parameters. The formula is that of
tse/estimate/blend.h, written out again with scipy. Needs Debian's python3-scipy.
"""

import csv
import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
from scipy.stats import norm, rankdata

HERE = Path(__file__).resolve().parent
RESAMPLES = 1000
BUDGETS = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200]
CHOSEN = ("T / (T + k (1 - T/T_end))", 10)
RULES = {
    "1/2": (lambda T, end, k: 0.5, [None]),
    "(T/T_end)^k": (lambda T, end, k: (T / end) ** k, [0.2, 0.25, 0.33, 0.4, 0.5, 0.6]),
    "T / (T + k)": (lambda T, end, k: T / (T + k), [3, 5, 7, 8, 10]),
    CHOSEN[0]: (lambda T, end, k: T / (T + k * (1 - T / end)), [4, 6, 8, 10, 12, 14, 16]),
}


def normal_scores(values):
    return norm.ppf((rankdata(values) - 0.375) / (len(values) + 0.25))


def pearson(a, b):
    a, b = a - a.mean(), b - b.mean()
    scale = numpy.sqrt((a @ a) * (b @ b))
    return a @ b / scale if scale > 0 else numpy.nan


def spearman(x, y):
    return pearson(rankdata(x), rankdata(y))


def of_use(n, agreement, weight):
    expected = 0.75 * numpy.sqrt(weight)
    agreement = 0 if numpy.isnan(agreement) else agreement
    return 9 / (9 + numpy.exp(-n * expected * (agreement - expected / 2)))


def blend(speed, static, T, end, weight=RULES[CHOSEN[0]][0], k=CHOSEN[1], guarded=True):
    a, b = normal_scores(speed), normal_scores(static)
    w = weight(T, end, k)
    s = (1 - w) * (of_use(len(a), pearson(a, b), w) if guarded else 1)
    return (1 - s) * a + s * b


def running(speed, static, T, end, first):
    """RunningBlend of these, the scale by those at the places `first`."""
    w = RULES[CHOSEN[0]][0](T, end, CHOSEN[1])
    agreement = pearson(normal_scores(speed[first]), normal_scores(static[first]))
    s = (1 - w) * of_use(len(first), agreement, w)

    def scaled(values):
        if (values[first] > 0).all():
            values = numpy.log(numpy.maximum(values, 1e-300))
        low, middle, high = numpy.quantile(values[first], [0.25, 0.5, 0.75])
        width = (high - low) / 1.349
        return numpy.maximum((values - middle) / (width if width > 0 else 1), -3)

    return (1 - s) * scaled(speed) + s * scaled(static)


class Set:
    """Trainings: scores of training speed by budget, NaN where they were not recorded; static scores; outcomes."""

    def __init__(self, speed, static, outcome, end):
        self.speed, self.static, self.outcome, self.end = speed, numpy.array(static), numpy.array(outcome), end

    def part(self, places):
        return Set({T: s[places] for T, s in self.speed.items()}, self.static[places], self.outcome[places], self.end)

    def with_static(self, static):
        return Set(self.speed, static, self.outcome, self.end)

    def at(self, T):
        there = ~(numpy.isnan(self.speed[T]) | numpy.isnan(self.static) | numpy.isnan(self.outcome))
        return self.speed[T][there], self.static[there], self.outcome[there]

    def budgets(self):
        return [T for T in self.speed if (~numpy.isnan(self.speed[T])).sum() >= 40]


def ours(tse, study, scores, columns, *options):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scores.csv"
        budgets = [T for T in BUDGETS if T <= 50]
        subprocess.run([tse, "evaluate", study, "--scores", scores, *options, "--estimators", ",".join(["tse-ema", *columns]),
                        "--epochs", ",".join(map(str, budgets)), "--bootstrap", "0", "--csv", "--per-training", file],
                       check=True, capture_output=True)
        with open(file, newline="") as text:
            rows = list(csv.DictReader(text))
    outcome = [float(row["test_accuracy"]) for row in rows]
    speed = {T: numpy.array([float(row[f"tse-ema@{T}"]) for row in rows]) for T in budgets}
    return {name: Set(speed, [float(row[f"{name}@1"]) for row in rows], outcome, 50) for name in columns}


def read(file):
    with open(file, newline="") as text:
        rows = list(csv.reader(text))
    numbers = [[float(cell) if cell not in ("", "nan") else numpy.nan for cell in row[1:]] for row in rows[1:]]
    return [row[0] for row in rows[1:]], numpy.array(numbers)


def published(folder, curve, sign, end, static, outcome_sign=1):
    archs, losses = read(folder / f"{curve}.csv")
    same, final = read(folder / "final.csv")
    assert archs == same
    speed, state = {}, sign * losses[:, 0]
    for T in range(1, losses.shape[1] + 1):
        state = state if T == 1 else 0.1 * state + 0.9 * sign * losses[:, T - 1]
        if T in BUDGETS:
            speed[T] = -state
    return Set(speed, static(archs, final), outcome_sign * final[:, 0], end)


def number(value, signed=False):
    return (f"{value:+.3f}" if signed else f"{value:.3f}").replace("-", "−")


def interval(values, signed=False):
    low, high = numpy.quantile(values, [0.025, 0.975])
    return f"[{number(low, signed)}, {number(high, signed)}]"


def table(data, static):
    """Each budget's correlations; the paired difference to the better half, and to the one and the other."""
    random = numpy.random.default_rng(0)
    lines = [f"| T | n | `tse-ema` | `{static}` | `blend` | 95 % interval | less the better half | 95 % interval | |",
             "|---|---|---|---|---|---|---|---|---|"]
    behind, ahead = [], []
    for T in data.budgets():
        speed, still, outcome = data.at(T)
        both = spearman(blend(speed, still, T, data.end), outcome)
        halves = [spearman(speed, outcome), spearman(still, outcome)]
        better = [speed, still][int(numpy.argmax(halves))]
        values, differences = [], []
        for _ in range(RESAMPLES):
            i = random.integers(len(outcome), size=len(outcome))
            values.append(spearman(blend(speed[i], still[i], T, data.end), outcome[i]))
            differences.append(values[-1] - spearman(better[i], outcome[i]))
        low, high = numpy.quantile(differences, [0.025, 0.975])
        # at the end of the schedule blend is training speed itself
        verdict = "ahead" if low > 1e-9 else "behind" if high < -1e-9 else ""
        (ahead if verdict == "ahead" else behind if verdict else []).append(T)
        lines.append(f"| {T} | {len(outcome)} | {number(halves[0])} | {number(halves[1])} | {number(both)} | "
                     f"{interval(values)} | {number(both - max(halves), True)} | {interval(differences, True)} | {verdict} |")
    print(static, len(data.outcome), "ahead", ahead, "behind", behind, file=sys.stderr)
    return "\n".join(lines)


def mean_correlation(data, rule, k):
    """Over the budgets before the end of the schedule, and the least that it has on the better half."""
    values, gaps = [], []
    for T in data.budgets():
        if T >= data.end:
            continue
        speed, still, outcome = data.at(T)
        values.append(spearman(blend(speed, still, T, data.end, RULES[rule][0], k, guarded=False), outcome))
        gaps.append(values[-1] - max(spearman(speed, outcome), spearman(still, outcome)))
    return numpy.mean(values), min(gaps)


def choices(even, odd):
    lines = ["| w | k | even: mean Spearman | even: least lead | odd: mean Spearman | odd: least lead |", "|---|---|---|---|---|---|"]
    for rule, (_, tried) in RULES.items():
        best = max(tried, key=lambda k: mean_correlation(even, rule, k)[0])
        cells = [number(v, signed) for half in (even, odd) for v, signed in zip(mean_correlation(half, rule, best), (False, True))]
        text = f"**`{rule}`**" if (rule, best) == CHOSEN else f"`{rule}`"
        lines.append(f"| {text} | {best if best is not None else '-'} | " + " | ".join(cells) + " |")
    flat = ", ".join(f"{k}: {number(mean_correlation(even, CHOSEN[0], k)[0])}" for k in RULES[CHOSEN[0]][1])
    return "\n".join(lines), flat


def small(data, sizes, budgets):
    random = numpy.random.default_rng(1)
    lines = ["| n | T | `tse-ema` | `synflow` | `blend` | without u | RunningBlend |", "|---|---|---|---|---|---|---|"]
    for n in sizes:
        for T in budgets:
            rows = []
            for _ in range(300):
                order = random.permutation(len(data.outcome))
                i, rest = order[:n], order[:100]
                speed, still, outcome = data.speed[T][i], data.static[i], data.outcome[i]
                first = numpy.arange(min(n, 20))
                told = running(data.speed[T][rest], data.static[rest], T, data.end, first)
                rows.append([spearman(speed, outcome), spearman(still, outcome),
                             spearman(blend(speed, still, T, data.end), outcome),
                             spearman(blend(speed, still, T, data.end, guarded=False), outcome),
                             spearman(told, data.outcome[rest])])
            lines.append(f"| {n} | {T} | " + " | ".join(map(number, numpy.mean(rows, axis=0))) + " |")
    return "\n".join(lines)


def main():
    tse, tables, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    mine = HERE.parent / "tables"
    scores = mine / "nb201-8x1-cifar10-scores.tse"
    own = ours(tse, mine / "nb201-8x1-cifar10.tse", scores, ["synflow", "params", "jaccov", "snip"])
    seed = ours(tse, mine / "nb201-8x1-cifar10-seed1.tse", scores, ["synflow"], "--truth-study",
                mine / "nb201-8x1-cifar10.tse")["synflow"]
    with gzip.open(tables / "nb201/cells.csv.gz", "rt") as text:
        params = {row["arch"]: float(row["params"]) for row in csv.DictReader(text)}
    count = lambda archs, final: [params[a] for a in archs]  # noqa: E731
    accuracy = published(tables / "nb201_cifar10valid_accuracy_curves", "train_accuracy", -1, 200, count)
    error = published(tables / "nb201_cifar10_error_curves", "train_error", 1, 200, count)
    nlp = published(tables / "nasbench_nlp_wikitext2", "train_loss", 1, 50, lambda archs, final: final[:, 1], -1)
    even = numpy.arange(200) % 2 == 0
    chosen, flat = choices(own["synflow"].part(even), own["synflow"].part(~even))
    page = (HERE / "blend_page.txt").read_text()
    parts = {
        "CHOICES": chosen, "FLAT": flat,
        "EVEN": table(own["synflow"].part(even), "synflow"), "ODD": table(own["synflow"].part(~even), "synflow"),
        "ALL": table(own["synflow"], "synflow"), "SEED": table(seed, "synflow"),
        "PARAMS": table(own["params"].part(~even), "params"), "JACCOV": table(own["jaccov"].part(~even), "jaccov"),
        "SNIP": table(own["snip"].part(~even), "snip"), "ACCURACY": table(accuracy, "params"),
        "ERROR": table(error, "params"), "NLP": table(nlp, "params"),
        "SMALL": small(own["synflow"], [8, 20, 40], [1, 2, 5, 10, 20]),
    }
    for name, text in parts.items():
        page = page.replace(f"@{name}@", text)
    (out / "blend.md").write_text(page)


main()
