#!/usr/bin/env python3
"""Writes docs/results/darts.md from the JSON of `tse score --json --truth TABLE:COLUMN` on architectures of DARTS, with
the same among those without `none` and among the better half. What stands in the page below the line HAND stays.

    bench/darts_zero_cost_page.py SCORES.json docs/results/darts.md

Needs Debian's python3-scipy.
"""

import json
import random
import sys
from pathlib import Path

from scipy.stats import spearmanr

HAND = "<!-- From here on by hand: bench/darts_zero_cost_page.py keeps it. -->"
RESAMPLES = 1000


def spearman(pairs):
    return spearmanr(*zip(*pairs)).statistic


def interval(pairs):
    stream = random.Random(0)
    values = sorted(spearman(stream.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES) - 1]


def cell(pairs):
    low, high = interval(pairs)
    return f"{spearman(pairs):.3f} [{low:.3f}, {high:.3f}]"


def main(scores, page):
    result = json.loads(Path(scores).read_text())
    trials = [t for t in result["trials"] if t["outcome"] is not None]
    middle = sorted(t["outcome"] for t in trials)[len(trials) // 2]
    groups = {
        f"all {len(trials)}": trials,
        "without `none`": [t for t in trials if "none:" not in t["arch"]],
        "the better half": [t for t in trials if t["outcome"] >= middle],
    }
    heads = [f"{name} ({len(group)})" if "all" not in name else name for name, group in groups.items()]
    lines = ["| score | " + " | ".join(heads) + " | seconds per network |", "|---|" + "---|" * (len(groups) + 1)]
    for name in result["estimators"]:
        cells = [cell([(t["scores"][name], t["outcome"]) for t in group]) for group in groups.values()]
        seconds = result["mean_seconds"].get(name)
        lines.append(f"| `{name}` | " + " | ".join(cells) + f" | {'-' if seconds is None else format(seconds, '.2f')} |")
    machine = result["manifest"]
    text = f"""# Zero-cost scores of DARTS on CIFAR-10

Written by `bench/darts_zero_cost_page.py` from the JSON of

```text
tse score --space {result["space"]} --data cifar10:dir=DIR --archs ARCHS.txt --estimators '{",".join(result["estimators"])}' \\
  --truth final.csv:{result["outcome"]["name"]} --json
```

{len(trials)} random genotypes whose normal and reduction cell are the same, `none` and repeated inputs among them, with
their validation accuracy after 200 epochs, {min(t["outcome"] for t in trials):.1f} to {max(t["outcome"] for t in trials):.1f} % (figures of pym1024/SWAP, ICLR 2024;
`../shared/tables/darts_cifar10_500/final.csv`). Scores are of networks of 16 channels and 8 cells with fresh weights from
seed {result["seed"]}, on one batch of 64 augmented training images. Spearman's correlation with its 95 % bootstrap interval ({RESAMPLES}
resamples).

{machine["cpu"] if isinstance(machine.get("cpu"), str) else "AMD EPYC"}, one worker beside other work: the times are upper limits.

{chr(10).join(lines)}

{HAND}
"""
    old = Path(page).read_text() if Path(page).exists() else ""
    if HAND in old:
        text = text[: text.index(HAND)] + old[old.index(HAND) :]
    Path(page).write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
