#!/usr/bin/env python3
"""Optuna's samplers on the outcomes of all 15,625 cells of NAS-Bench-201: one JSON line for each sampler, column and
number of evaluations, the mean over seeds of the best outcome so far and its standard error.

Run:  /usr/bin/python3 docs/results/optuna_nb201.py ../shared/tables/nb201/cells.csv.gz [SEEDS]
Needs python3-optuna; made with the version that each line names.
"""
import csv
import gzip
import json
import statistics
import sys
import warnings

import optuna

OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
COLUMNS = ["c10_test_mean", "c100_test_seed", "in16_test_seed"]
EVALUATIONS = [100, 150, 200, 500]
SAMPLERS = {
    "RandomSampler": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "TPESampler": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "TPESampler(multivariate=True)": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True),
}


def bests(sampler, outcome):
    """The best outcome after each evaluation."""
    study = optuna.create_study(direction="maximize", sampler=sampler)
    best, so_far = 0.0, []
    for _ in range(EVALUATIONS[-1]):
        trial = study.ask()
        a, b, c, d, e, f = (trial.suggest_categorical(f"edge{i}", OPERATIONS) for i in range(6))
        value = outcome[f"|{a}~0|+|{b}~0|{c}~1|+|{d}~0|{e}~1|{f}~2|"]
        study.tell(trial, value)
        best = max(best, value)
        so_far.append(best)
    return so_far


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with gzip.open(sys.argv[1], "rt", newline="") as text:
        rows = list(csv.DictReader(text))
    for column in COLUMNS:
        outcome = {row["arch"]: float(row[column]) for row in rows}
        for name, sampler in SAMPLERS.items():
            runs = [bests(sampler(seed), outcome) for seed in range(seeds)]
            for evaluations in EVALUATIONS:
                values = [run[evaluations - 1] for run in runs]
                print(json.dumps({"sampler": name, "column": column, "evaluations": evaluations, "seeds": seeds,
                                  "mean": round(statistics.mean(values), 4),
                                  "error": round(statistics.stdev(values) / seeds**0.5, 4),
                                  "optuna": optuna.__version__}), flush=True)


if __name__ == "__main__":
    main()
