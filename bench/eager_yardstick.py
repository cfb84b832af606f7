#!/usr/bin/env python3
"""Whether `eager` of `tse bench train` is as fast as a plain loop in Python: both take turns on each network of a panel.

    bench/eager_yardstick.py build/release/bin BENCH.json [ROUNDS [SECONDS]] > YARDSTICK.json

BENCH.json, of `tse bench train --json`, says which networks, of NAS-Bench-201. Prints the ratio of the medians for each,
and fails where one is off by more than 15 %. Needs Debian's python3-torch, of the libtorch that `tse` was built with.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

MOST = 0.15


class Contestant:
    def __init__(self, command):
        self.program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.rates = []

    def wait(self):
        json.loads(self.program.stdout.readline())

    def turn(self, seconds):
        self.program.stdin.write(json.dumps({"seconds": seconds}) + "\n")
        self.program.stdin.flush()
        found = json.loads(self.program.stdout.readline())
        self.rates.append(found["images"] / found["seconds"])

    def end(self):
        self.program.stdin.close()
        self.program.wait()


def compare(programs, cell, batch, rounds, seconds):
    contest = {"space": cell["space"], "arch": cell["arch"], "batch": batch, "threads": len(os.sched_getaffinity(0))}
    ours = {**contest, "contest": "eager", "variant": "plain", "device": "cpu", "lanes": 1, "recorded": False}
    loop = str(Path(__file__).with_name("eager_loop.py"))
    both = {"eager": Contestant([f"{programs}/tse-bench", json.dumps(ours)]),
            "python": Contestant(["/usr/bin/python3", loop, json.dumps(contest)])}
    for each in both.values():
        each.wait()
    for _ in range(rounds):
        for each in both.values():
            each.turn(seconds)
    for each in both.values():
        each.end()
    medians = {name: statistics.median(each.rates) for name, each in both.items()}
    return {"space": cell["space"], "arch": cell["arch"], "rounds": {name: each.rates for name, each in both.items()},
            **medians, "ratio": medians["eager"] / medians["python"]}


def main():
    programs, bench, *rest = sys.argv[1:]
    rounds = int(rest[0]) if rest else 7
    seconds = float(rest[1]) if len(rest) > 1 else 0.5
    with open(bench) as file:
        result = json.load(file)
    cells = []
    for cell in result["cells"]:
        cells.append(compare(programs, cell, result["batch"], rounds, seconds))
        found = cells[-1]
        spread = max(abs(rate / found[name] - 1) for name, rates in found["rounds"].items() for rate in rates)
        print(f"{found['arch']} of {found['space']}: eager {found['eager']:.0f}, python {found['python']:.0f} images/s, "
              f"{found['ratio']:.2f}; no turn further than {100 * spread:.0f} % from its median", file=sys.stderr)
    json.dump({"machine": result["machine"], "batch": result["batch"], "seconds": seconds, "cells": cells}, sys.stdout,
              indent=1)
    sys.exit(any(abs(cell["ratio"] - 1) > MOST for cell in cells))


if __name__ == "__main__":
    main()
