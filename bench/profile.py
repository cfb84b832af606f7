#!/usr/bin/env python3
"""Where a training step's time goes: samples the panel's networks with `perf` and prints JSON for bench/speed_page.py.

    bench/profile.py build/release/bin BENCH.json > PROFILE.json

BENCH.json, of `tse bench train --json`, says which networks. One worker of one thread trains each; the shares need no
quiet machine, as speeds do. Needs Debian's linux-perf, and the right to sample (as root, or with
/proc/sys/kernel/perf_event_paranoid at 1).
"""

import collections
import json
import subprocess
import sys
import tempfile
import time

START = 4  # seconds, until the program has loaded libtorch and made its network
SAMPLED = 5

# the first that matches the sample's "object symbol"
KINDS = [
    ("convolutions (oneDNN)", ["[JIT]", "libdnnl", "dnnl::"]),
    ("node sums with batch norm and ReLU", ["combine", "fold"]),
    ("sums of batch norm", ["sum_column", "moments", "reduce_of", "accumulate_all"]),
    ("pooling", ["add_rows", "slide_by_one", "average", "maximum", "Rows", "pool"]),
    ("linear layer", ["linear", "multiply"]),
    ("batches", ["Stream::", "augment", "crop", "normalise", "batch"]),
    ("update", ["sgd", "Sgd"]),
]


def kind(line):
    return next((name for name, marks in KINDS if any(mark in line for mark in marks)), "all else")


def profile(programs, space, arch, batch, precision):
    contest = {"contest": "tse", "space": space, "arch": arch, "batch": batch, "lanes": 1, "kernels": False,
               "engine": {"precision": precision, "path": "auto", "device": "cpu", "threads": 1}}
    with tempfile.NamedTemporaryFile() as file:
        program = subprocess.Popen([f"{programs}/tse-bench", json.dumps(contest)], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, text=True)
        program.stdin.write(json.dumps({"seconds": START + SAMPLED + 3}) + "\n")
        program.stdin.flush()
        time.sleep(START)
        subprocess.run(["perf", "record", "-q", "-F", "997", "-o", file.name, "-p", str(program.pid), "--", "sleep",
                        str(SAMPLED)], check=True)
        program.stdin.close()
        program.wait()
        report = subprocess.run(["perf", "report", "-i", file.name, "--stdio", "--sort", "dso,symbol", "-F", "sample,dso,symbol"],
                                check=True, capture_output=True, text=True).stdout
    samples = collections.Counter()
    for line in report.splitlines():
        words = line.split(None, 1)
        if len(words) == 2 and words[0].isdigit():
            samples[kind(words[1])] += int(words[0])
    total = samples.total()
    return {"samples": total, "shares": {name: samples[name] / total for name, _ in KINDS + [("all else", [])]}}


def main():
    programs, bench = sys.argv[1:]
    with open(bench) as file:
        result = json.load(file)
    cells = []
    for cell in result["cells"]:
        for precision in ("fp32", "bf16"):
            cells.append({"space": cell["space"], "arch": cell["arch"], "precision": precision,
                          **profile(programs, cell["space"], cell["arch"], result["batch"], precision)})
            print(f"{cell['arch']} {precision}: {cells[-1]['samples']} samples", file=sys.stderr)
    json.dump({"profile": cells}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
