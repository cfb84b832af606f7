#!/usr/bin/env python3
"""Writes expected_scores.json: zero-cost scores of the networks of tests/train/expected_networks.py, computed with plain
PyTorch and NumPy, for weights and images given by that script's formulas.

Run with Debian's python3-torch and python3-numpy:  /usr/bin/python3 tests/proxy/expected_scores.py
"""
import copy
import json
import os
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "train"))
sys.dont_write_bytecode = True
from expected_networks import TinyNetwork, formula_images, formula_weights  # noqa: E402


def network_of(case, classes, dtype):
    network = TinyNetwork(case["arch"], case["channels"], case["cells"], case["input_channels"], classes).double()
    formula_weights(network)
    return network.to(dtype)


def layers(network):
    return [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]


def without_batch_norm(module):
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, nn.Identity())
        else:
            without_batch_norm(child)
    return module


def flow(parameters):
    return sum((p.double() * p.grad.double()).abs().sum().item() for p in parameters if p.grad is not None)


def synflow(case):
    network = without_batch_norm(copy.deepcopy(network_of(case, case["classes"], torch.float64)))
    with torch.no_grad():
        for p in network.parameters():
            p.abs_()
    network(torch.ones(1, case["input_channels"], case["size"], case["size"], dtype=torch.float64)).sum().backward()
    return flow([layer.weight for layer in layers(network)])


def snip(case, dtype):
    network = network_of(case, case["classes"], dtype)
    n = case["images"]
    x = formula_images(n, case["input_channels"], case["size"]).to(dtype)
    F.cross_entropy(network(x), torch.arange(n) % case["classes"]).backward()
    return flow([layer.weight for layer in layers(network)]), flow(network.parameters())


def jaccov(case, classes, dtype):
    network = network_of(case, classes, dtype)
    x = formula_images(case["images"], case["input_channels"], case["size"]).to(dtype).requires_grad_()
    network(x).sum().backward()
    rows = x.grad.flatten(1).numpy()
    if (rows.std(1) == 0).any():
        return None
    v = np.maximum(np.linalg.eigvalsh(np.corrcoef(rows)), 0) + 1e-5
    return -float(np.sum(np.log(v) + 1 / v))


CASES = [
    dict(arch=arch, channels=c, cells=n, input_channels=cin, classes=classes, size=size, images=images)
    for arch, c, n, cin, classes, size, images in [
        ("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|", 16, 5, 3, 10, 32, 8),
        ("|nor_conv_1x1~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|nor_conv_3x3~2|", 8, 2, 3, 10, 16, 12),
        ("|avg_pool_3x3~0|+|none~0|avg_pool_3x3~1|+|none~0|none~1|skip_connect~2|", 5, 1, 1, 7, 20, 5),
        ("|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|none~2|", 4, 2, 2, 3, 12, 7),
        ("|none~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|none~2|", 4, 1, 3, 10, 16, 4),
    ]
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    for case in CASES:
        case["synflow"] = synflow(case)
        for dtype, name in ((torch.float64, "float64"), (torch.float32, "float32")):
            weights, everything = snip(case, dtype)
            case[name] = {"snip": weights, "snip:parameters=all": everything,
                          "jaccov": jaccov(case, case["classes"], dtype), "jaccov:outputs=1": jaccov(case, 1, dtype)}
    with open(os.path.join(HERE, "expected_scores.json"), "w") as f:
        json.dump({"torch": torch.__version__, "numpy": np.__version__, "cases": CASES}, f, indent=1)
        f.write("\n")
