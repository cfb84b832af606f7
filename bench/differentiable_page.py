#!/usr/bin/env python3
"""Writes the first part of docs/results/differentiable.md from the JSON of `tse report STUDY --json` of studies of `tse
differentiate` with a table of outcomes. What stands in the page below the line HAND stays.

    bench/differentiable_page.py STUDY.json... docs/results/differentiable.md
"""

import json
import sys
from pathlib import Path
from statistics import mean, stdev

HAND = "<!-- From here on by hand: bench/differentiable_page.py keeps it. -->"


def spread(values, digits):
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    return f"{mean(values):.{digits}f}" + (f" ({stdev(values):.{digits}f})" if len(values) > 1 else "")


def shown_epochs(last):
    return [e for e in (1, 5, 10, 20, 30, 40, 50, 75, 100, 150, 200) if e < last] + [last]


def at_epoch(run, values, epoch):
    """Of what was found after that epoch, None where there was none."""
    for found, value in zip(run["found"], values):
        if found["epoch"] == epoch:
            return value
    return None


def rows(report):
    epochs = shown_epochs(report["epochs"])
    for title, of, digits in (
        ("outcome of the argmax", lambda run: run["outcomes"], 2),
        ("skip connections of six edges", lambda run: run["skips"], 1),
        ("entropy of the choices, nats", lambda run: run["entropies"], 2),
    ):
        yield f"\n{title[0].upper()}{title[1:]}, mean and (sample standard deviation) over {report['seeds']} seeds, by epoch:\n"
        yield "| method | " + " | ".join(map(str, epochs)) + " |"
        yield "|---|" + "---|" * len(epochs)
        for method in report["methods"]:
            cells = [spread([at_epoch(run, of(run), e) for run in method["runs"]], digits) for e in epochs]
            yield f"| `{method['name']}` | " + " | ".join(cells) + " |"


def found_last(report):
    yield "\n| method | seed | status | found last | outcome | minutes on one core |"
    yield "|---|---|---|---|---|---|"
    for method in report["methods"]:
        for run in method["runs"]:
            last = run["found"][-1] if run["found"] else None
            arch = "-" if last is None else "`" + last["arch"].replace("|", "\\|") + "`"
            outcome = run["outcomes"][-1] if run["outcomes"] else None
            value = "-" if outcome is None else f"{outcome:.2f}"
            minutes = "-" if run["seconds"] is None else f"{run['seconds'] / 60:.0f}"
            yield f"| `{method['name']}` | {run['seed']} | {run['status']} | {arch} | {value} | {minutes} |"


def main(arguments):
    page = Path(arguments[-1])
    reports = [json.loads(Path(file).read_text()) for file in arguments[:-1]]
    lines = ["# Differentiable search", "", "Written by `bench/differentiable_page.py` from the JSON of `tse report STUDY --json`.", "",
             "## What gradients find, epoch by epoch (Fig. 5)"]
    for report in reports:
        references = report["references"]
        lines += ["", "```text", report["manifest"]["command_line"], "```", "",
                  f"On {report['split']}. Outcomes are `{report['outcome']['name']}`: of cells drawn at random "
                  f"{references['random']:.2f} on average, of the cell with the most parameters {references['largest']:.2f}, "
                  f"of the best {references['best']:.2f}."]
        lines += rows(report)
        lines += found_last(report)
    text = "\n".join(lines) + "\n\n"
    old = page.read_text() if page.exists() else ""
    kept = old[old.index(HAND):] if HAND in old else HAND + "\n"
    page.write_text(text + kept)


main(sys.argv[1:])
