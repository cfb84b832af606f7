#!/usr/bin/env python3
"""Writes docs/results/zero-cost.md from the JSON of one or more `tse score --json --truth TABLE:COLUMN`, the first ones
of the cells of cells-500.txt, the others of those of cells-500-b.txt, and from that table, which has all cells of the
space with their parameters. What stands in the page below the line HAND stays.

    bench/zero_cost_page.py SCORES.json [MORE.json ...] TABLE.csv.gz docs/results

Needs Debian's python3-scipy.
"""

import csv
import gzip
import json
import sys
from pathlib import Path

from scipy.stats import spearmanr

HAND = "<!-- From here on by hand: bench/zero_cost_page.py keeps it. -->"
CELLS, OTHER_CELLS = "cells-500.txt", "cells-500-b.txt"
PUBLISHED = {"synflow": 0.737, "snip": 0.596, "jaccov": 0.731}


def published(name):
    return PUBLISHED.get(name.split(":")[0])


def connected_only(result, name):
    pairs = [(t["scores"][name], t["outcome"]) for t in result["trials"] if t["connected"]]
    return spearmanr(*zip(*pairs)).statistic


def params_of_all(file, column):
    """Spearman's correlation of the parameters with the outcome over the whole space."""
    with gzip.open(file, "rt") as table_file:
        rows = list(csv.DictReader(table_file))
    return spearmanr([float(row["params"]) for row in rows], [float(row[column]) for row in rows]).statistic


def table(results):
    lines = ["| score | Spearman | 95 % interval | Kendall | published | difference | connected cells alone | ms per network |",
             "|---|---|---|---|---|---|---|---|"]
    for result in results:
        for name in result["estimators"]:
            found = result["correlation"][name]
            said = published(name)
            beside = f"{said:.3f} | {found['spearman'] - said:+.3f}" if said else "- | -"
            lines.append(f"| `{name}` | {found['spearman']:.3f} | [{found['ci95'][0]:.3f}, {found['ci95'][1]:.3f}] | "
                         f"{found['kendall']:.3f} | {beside} | {connected_only(result, name):.3f} | "
                         f"{1000 * result['mean_seconds'][name]:.0f} |")
    return "\n".join(lines)


def failures(result):
    counts = {}
    for trial in result["trials"]:
        for name in trial.get("failed", {}):
            counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"`{name}` {count}" for name, count in counts.items()) or "none"


def cells_of(result):
    return {t["arch"] for t in result["trials"]}


def command(result, cells):
    seed = f" --seed {result['seed']}" if result["seed"] else ""
    return f"""tse score --space {result['space']} --data cifar10:dir=DIR --archs docs/results/{cells}{seed} \\
  --estimators '{','.join(result['estimators'])}' \\
  --truth cells.csv.gz:{result['outcome']['name']} --json"""


def machine(result):
    manifest = result["manifest"]
    return (f"{manifest['cpu']}, {manifest['cores']} cores, {manifest['system']}, {manifest['compiler']}, "
            f"libtorch {manifest['engine']['libtorch']}")


def other_sample(results):
    if not results:
        return ""
    commands = "\n".join(command(r, OTHER_CELLS) for r in results)
    return f"""
## Another sample

Other cells ([{OTHER_CELLS}]({OTHER_CELLS})), other weights and other images, from seed {results[0]['seed']}:

```text
{commands}
```

{table(results)}
"""


def page(results, all_params):
    result = results[0]
    others = [r for r in results if cells_of(r) != cells_of(result)]
    results = [r for r in results if r not in others]
    trials = result["trials"]
    broken = sum(not t["connected"] for t in trials)
    commands = "\n".join(command(r, CELLS) for r in results)
    here = result["correlation"]["params"]["spearman"]
    return f"""# Zero-cost scores of NAS-Bench-201 on CIFAR-10

Written by `bench/zero_cost_page.py` from the JSON of

```text
{commands}
```

{len(trials)} of all 15,625 cells, isomorphic and disconnected ones too
([{CELLS}]({CELLS}) says how they were drawn), 16 channels and 5 cells per stage, fresh
weights from seed {result['seed']}, one batch of 64 augmented training images.
Split: {result['split']}. The outcome is the final
CIFAR-10 test accuracy that NAS-Bench-201 records, mean over seeds, of trainings on all 50,000 images. Intervals are 95 %
bootstrap percentiles of 1000 resamples. Published are the correlations over all 15,625 cells with one batch of 64 images
(Abdelfattah et al. 2021, arXiv 2101.08134, by their notebook in SamsungLabs/zero-cost-nas).

{machine(result)}.
The times are processor and waiting time of one thread; what a score finds ready from the one before it (gradients,
images) is not counted again.

{table(results)}

- `snip` sums over weights of convolutions and linear layers, `parameters=all` over every parameter as the released code
  of training speed estimation does; `jaccov` is of the network with its ten outputs, `outputs=1` of one with a single
  output, as in that code. With `images=own` every network sees another batch, as there; otherwise all see the same.
- {broken} of the cells are disconnected: their accuracy is 10 %. They score 0 by `synflow`; by `jaccov` they have no
  score, which counts as -1e9, the worst ({failures(result)}). The column of connected cells alone
  leaves them out.
- The parameter count reaches {here:.3f} in this sample, and {all_params:.3f} over all 15,625 cells of the same table.
{other_sample(others)}"""


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    results = [json.loads(Path(file).read_text()) for file in sys.argv[1:-2]]
    all_params = params_of_all(sys.argv[-2], results[0]["outcome"]["name"])
    file = Path(sys.argv[-1]) / "zero-cost.md"
    _, _, by_hand = file.read_text().partition(HAND) if file.exists() else ("", "", "")
    file.write_text(page(results, all_params) + f"\n{HAND}{by_hand}")


if __name__ == "__main__":
    main()
