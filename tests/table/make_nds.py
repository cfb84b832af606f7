#!/usr/bin/env python3
"""Writes nds_tiny/: small files in the form of those that the authors of NDS published (arXiv 1905.13214), and
expected.json, what their tables are. The numbers are made up; the form is that of json.dump, NaN included.

  python3 tests/table/make_nds.py
"""
import json
import math
import os
import random

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "nds_tiny")
BLOCKS = {"Vanilla": "double_plain_block", "ResNet": "res_basic_block", "ResNeXt-A": "res_bottleneck_block",
          "ResNeXt-B": "res_bottleneck_block"}


def training(draw, name, stages, epochs, stem=True, diverges=False):
    """`stages`: (depth, width) or (depth, width, groups, ratio) of each."""
    front = [None] if stem else []
    bottleneck = len(stages[0]) == 4
    loss = [2.3 * math.exp(-0.4 * t) + draw.random() / 50 for t in range(epochs)]
    if diverges:
        loss[2:] = [float("nan")] * (epochs - 2)
    test = [90 / (t + 1) + draw.random() for t in range(epochs)]
    return {
        "job_id": draw.randrange(10**6),
        "rng_seed": draw.randrange(1, 4),
        "exp_mem": draw.random(),
        "params": draw.randrange(10**4, 10**8),
        "flops": draw.randrange(10**6, 10**10),
        "net": {
            "block_type": BLOCKS[name],
            "ds": [1] * len(front) + [s[0] for s in stages],
            "ws": [16] * len(front) + [s[1] for s in stages],
            "ss": [1] * len(front) + [1, 2, 2],
            "bot_muls": [1.0] * len(front) + [1 / s[3] for s in stages] if bottleneck else [],
            "num_gs": [1] * len(front) + [s[2] for s in stages] if bottleneck else [],
        },
        "optim": {"base_lr": 0.1, "wd": 0.0005, "lr_policy": "cos", "max_ep": epochs, "mom": 0.9},
        "iter_time": draw.random(),
        "prec_time": {"train_fw_bw": draw.random()},
        "min_test_top1": min(test),
        "train_ep_loss": loss,
        "train_ep_top1": [60 / (t + 1) + draw.random() for t in range(epochs)],
        "test_ep_top1": test,
        "train_it_loss": [draw.random() for _ in range(3 * epochs)],
    }


def arch(net):
    parts = []
    for i in range(-3, 0):
        parts.append(f"d{net['ds'][i]}w{net['ws'][i]}")
        if net["num_gs"]:
            parts[-1] += f"g{net['num_gs'][i]}r{round(1 / net['bot_muls'][i])}"
    return "-".join(parts)


def number(value):
    """JSON has no infinity."""
    return value if math.isfinite(value) else "inf"


def expected(trainings):
    table = {"archs": [], "columns": {}, "curves": {}, "repeated": 0}
    for t in trainings:
        if arch(t["net"]) in table["archs"]:
            table["repeated"] += 1
            continue
        table["archs"].append(arch(t["net"]))
        columns = {"params": t["params"], "macs": t["flops"], "test_error": t["test_ep_top1"][-1],
                   "min_test_error": t["min_test_top1"], "lr": t["optim"]["base_lr"],
                   "weight_decay": t["optim"]["wd"], "seed": t["rng_seed"]}
        if len(t["net"]["ws"]) == 4:
            columns["stem"] = t["net"]["ws"][0]
        for key, value in columns.items():
            table["columns"].setdefault(key, []).append(value)
        for key, field in (("train_loss", "train_ep_loss"), ("train_error", "train_ep_top1"),
                           ("test_error", "test_ep_top1")):
            table["curves"].setdefault(key, []).append(
                [number(float("inf") if math.isnan(v) else v) for v in t[field]])
    return table


def main():
    draw = random.Random(1)
    files = {
        "Vanilla": [training(draw, "Vanilla", [(1, 16), (2, 21), (24, 256)], 3, stem=False),
                    training(draw, "Vanilla", [(5, 44), (7, 56), (11, 73)], 3, stem=False)],
        "ResNet": [training(draw, "ResNet", [(1, 16), (2, 21), (24, 256)], 5),
                   training(draw, "ResNet", [(16, 199), (3, 155), (4, 120)], 5, diverges=True),
                   training(draw, "ResNet", [(6, 20), (6, 40), (6, 80)], 4),
                   training(draw, "ResNet", [(1, 16), (2, 21), (24, 256)], 5)],
        "ResNeXt-A": [training(draw, "ResNeXt-A", [(1, 16, 1, 1), (2, 32, 2, 2), (16, 256, 4, 4)], 2),
                      training(draw, "ResNeXt-A", [(4, 64, 4, 1), (8, 128, 2, 2), (16, 256, 4, 4)], 2)],
        "ResNeXt-B": [training(draw, "ResNeXt-B", [(1, 64, 16, 4), (2, 512, 8, 2), (16, 1024, 2, 1)], 2),
                      training(draw, "ResNeXt-B", [(4, 64, 4, 1), (8, 128, 2, 2), (16, 256, 4, 4)], 2)],
    }
    os.makedirs(HERE, exist_ok=True)
    for name, trainings in files.items():
        with open(os.path.join(HERE, name + ".json"), "w") as out:
            json.dump(trainings, out)
            out.write("\n")
    with open(os.path.join(HERE, "expected.json"), "w") as out:
        json.dump({name: expected(trainings) for name, trainings in files.items()}, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
