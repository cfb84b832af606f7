#!/usr/bin/env python3
"""Writes the first part of docs/results/oneshot.md, in the layout of the paper's Table 4, from the JSON of
`tse report STUDY --json` of one study a sampler. What stands in the page below the line HAND stays.

    bench/oneshot_page.py RandNAS=random.json FairNAS=fair.json MultiPaths=multi.json docs/results/oneshot.md

Needs Debian's python3-scipy.
"""

import json
import math
import random
import sys
from pathlib import Path
from statistics import mean, stdev

from scipy.stats import spearmanr

HAND = "<!-- From here on by hand: bench/oneshot_page.py keeps it. -->"
RESAMPLES = 1000
NAMES = {
    "tse": "TSE",
    "valid-accuracy": "validation accuracy",
    "valid-accuracy of a batch": "validation accuracy of a batch",
    "valid-loss-sum": "SoVL",
    "train-loss-minibatch": "TLmini",
    "params": "parameters",
    "macs": "multiply-adds",
    "synflow": "SynFlow",
}


def spread(values, digits):
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{mean(values):.{digits}f} ({stdev(values):.{digits}f})"


class Study:
    """One sampler's results; rows by score and number of mini-batches."""

    def __init__(self, name, report):
        self.name = name
        self.report = report
        self.rows = {(row["score"], row["batches"]): row for row in report["agreements"]}
        self.references = {row["score"]: row for row in report["references"]}
        outcome = {row["arch"]: row["outcome"] for row in report["ranking"]}
        self.outcomes = [outcome[arch] for arch in report["archs"]]

    def pairs(self, row):
        """By super-network, score and outcome of each candidate."""
        return [list(zip(scores, self.outcomes)) for scores in row["scores"]]


def correlation(pairs):
    known = [(s, o) for s, o in pairs if s is not None and o is not None]
    return spearmanr(*zip(*known)).statistic


def mean_correlation(study, row, chosen):
    return mean(correlation([pairs[i] for i in chosen]) for pairs in study.pairs(row))


def difference(study_a, row_a, study_b, row_b):
    """How far a is ahead of b, mean over super-networks, with the 95 % interval over the same candidates resampled."""
    count = len(study_a.outcomes)
    stream = random.Random(0)
    whole = range(count)
    at = mean_correlation(study_a, row_a, whole) - mean_correlation(study_b, row_b, whole)
    values = []
    for _ in range(RESAMPLES):
        chosen = stream.choices(whole, k=count)
        values.append(mean_correlation(study_a, row_a, chosen) - mean_correlation(study_b, row_b, chosen))
    values.sort()
    return at, values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES) - 1]


def verdict(low, high):
    return "upheld" if low > 0 else "not upheld" if high < 0 else "undecided"


def table(studies, cell):
    heads = [study.name for study in studies]
    lines = ["| B | score | " + " | ".join(heads) + " |", "|---|---|" + "---|" * len(heads)]
    for batches in studies[0].report["batches"]:
        for score in dict.fromkeys(score for score, _ in studies[0].rows):
            cells = [cell(study.rows[score, batches]) for study in studies]
            lines.append(f"| {batches} | {NAMES.get(score, score)} | " + " | ".join(cells) + " |")
    for score in studies[0].references:
        cells = [cell(study.references[score]) for study in studies]
        lines.append(f"| - | {NAMES.get(score, score)} | " + " | ".join(cells) + " |")
    return lines


def interval(row):
    bounds = [pair for pair in row["intervals"] if pair[0] is not None]
    return f"[{min(b[0] for b in bounds):.2f}, {max(b[1] for b in bounds):.2f}]" if bounds else "-"


def orderings(studies):
    lines = ["| ordering | sampler | B | difference | 95 % interval | |", "|---|---|---|---|---|---|"]

    def add(words, sampler, batches, values):
        at, low, high = values
        lines.append(
            f"| {words} | {sampler} | {batches} | {at:+.2f} | [{low:+.2f}, {high:+.2f}] | {verdict(low, high)} |"
        )

    for rival in ("valid-accuracy", "valid-loss-sum", "train-loss-minibatch"):
        for study in studies:
            for batches in study.report["batches"]:
                values = difference(study, study.rows["tse", batches], study, study.rows[rival, batches])
                add(f"TSE ahead of {NAMES[rival]}", study.name, batches, values)
    for study in studies[1:]:
        for batches in study.report["batches"]:
            values = difference(study, study.rows["tse", batches], studies[0], studies[0].rows["tse", batches])
            add(f"TSE: {study.name} ahead of {studies[0].name}", "", batches, values)
    for study in studies:
        last = study.report["batches"][-1]
        values = difference(study, study.rows["tse", last], study, {"scores": study.references["params"]["scores"] * len(study.rows["tse", last]["scores"])})
        add("TSE ahead of the parameter count", study.name, last, values)
    return lines


def main(arguments):
    page = Path(arguments[-1])
    studies = [Study(name, json.loads(Path(file).read_text())) for name, _, file in (a.partition("=") for a in arguments[:-1])]
    first = studies[0].report
    count = len(first["archs"])
    seconds = "\n".join(
        f"| {s.name} | `{s.report['sampler']}` | {s.report['epochs']} | {s.report['supernets']} |" for s in studies
    )
    machine = first["manifest"]
    digits = 2 if first["mean_of_all"] > 2 else 4
    text = f"""# One-shot search

Written by `bench/oneshot_page.py` from the JSON of `tse report STUDY --json`.

## Which score finds good architectures

Super-networks of `{first['space']}` on `{first['data']}`, trained on {first['split']}. {count} candidates of each are held
against `{first['outcome']['name']}`, the accuracies of trainings from scratch at full width that NATS-Bench published. The
command of the first:

```text
{machine['command_line']}
```

| | sampler | epochs | super-networks |
|---|---|---|---|
{seconds}

Spearman's rank correlation with the outcome after B mini-batches, mean and (sample standard deviation) over
super-networks. The paper's Table 4 has at full width, B = 100: TSE .70, .84 and .83 for the three samplers, validation
accuracy .44, .56, .67, SoVL .54, .84, .83, TLmini .62, .72, .74.

{chr(10).join(table(studies, lambda row: spread(row['spearman'], 2)))}

95 % intervals over candidates, of all super-networks together:

{chr(10).join(table(studies, interval))}

Mean outcome of the best ten by each score; the ten best there are have {first['oracle_top_ten']:.{digits}f}, all candidates
{first['mean_of_all']:.{digits}f} on average:

{chr(10).join(table(studies, lambda row: spread(row['top_ten'], digits)))}

The paper's orderings. Differences of the correlations, mean over super-networks, with the 95 % interval over {RESAMPLES}
resamples of the candidates, the same for both sides; *upheld* where the interval is above zero, *not upheld* where it is
below:

{chr(10).join(orderings(studies))}

"""
    old = page.read_text() if page.exists() else ""
    kept = old[old.index(HAND):] if HAND in old else HAND + "\n"
    page.write_text(text + kept)


main(sys.argv[1:])
