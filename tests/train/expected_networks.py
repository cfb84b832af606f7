#!/usr/bin/env python3
"""Writes expected_networks.json: NAS-Bench-201 networks written independently in PyTorch, with weights and images given
by formulas, so that another implementation can be held against their logits and losses.

Run with Debian's python3-torch:  /usr/bin/python3 tests/train/expected_networks.py
"""
import json
import math
import os
import re

import torch
import torch.nn as nn
import torch.nn.functional as F


class ReluConvBn(nn.Module):
    def __init__(self, cin, cout, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, (kernel - 1) // 2, bias=False)
        self.bn = nn.BatchNorm2d(cout)

    def forward(self, x):
        return self.bn(self.conv(F.relu(x)))


class Cell(nn.Module):
    def __init__(self, arch, channels):
        super().__init__()
        self.ops = {}
        for to, node in enumerate(arch.split("+"), start=1):
            for op, source in re.findall(r"\|(\w+)~(\d)", node):
                self.ops[to, int(source)] = op
                if op.startswith("nor_conv"):
                    kernel = int(op[-1])
                    self.add_module(f"edge_{to}_{source}", ReluConvBn(channels, channels, kernel))

    def forward(self, x):
        nodes = [x]
        for to in (1, 2, 3):
            total = 0
            for source in range(to):
                op, value = self.ops[to, source], nodes[source]
                if op == "none":
                    total = total + value * 0
                elif op == "skip_connect":
                    total = total + value
                elif op == "avg_pool_3x3":
                    total = total + F.avg_pool2d(value, 3, 1, 1, count_include_pad=False)
                else:
                    total = total + getattr(self, f"edge_{to}_{source}")(value)
            nodes.append(total)
        return nodes[3]


class Shortcut(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 1, bias=False)

    def forward(self, x):
        return self.conv(F.avg_pool2d(x, 2, 2))


class Reduction(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.a = ReluConvBn(cin, cout, 3, 2)
        self.b = ReluConvBn(cout, cout, 3)
        self.shortcut = Shortcut(cin, cout)

    def forward(self, x):
        return self.shortcut(x) + self.b(self.a(x))


class Stem(nn.Module):
    def __init__(self, cin, channels):
        super().__init__()
        self.conv = nn.Conv2d(cin, channels, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.bn(self.conv(x))


class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(F.relu(self.bn(x)).mean((2, 3)))


class TinyNetwork(nn.Module):
    def __init__(self, arch, channels, cells, cin, classes):
        super().__init__()
        self.stem = Stem(cin, channels)
        for stage in (1, 2, 3):
            c = channels * 2 ** (stage - 1)
            if stage > 1:
                self.add_module(f"reduction{stage - 1}", Reduction(c // 2, c))
            self.add_module(f"stage{stage}", nn.Module())
            for cell in range(1, cells + 1):
                getattr(self, f"stage{stage}").add_module(f"cell{cell}", Cell(arch, c))
        self.head = Head(c, classes)
        self.cells = cells

    def forward(self, x):
        x = self.stem(x)
        for stage in (1, 2, 3):
            if stage > 1:
                x = getattr(self, f"reduction{stage - 1}")(x)
            for cell in range(1, self.cells + 1):
                x = getattr(getattr(self, f"stage{stage}"), f"cell{cell}")(x)
        return self.head(x)


def formula_weights(network):
    """Weight i of the k-th tensor in the order of names: looks random, and is exact in whole numbers."""
    with torch.no_grad():
        for k, (name, p) in enumerate(sorted(network.named_parameters())):
            i = torch.arange(p.numel())
            wave = ((((31 * i + 17) * i + 7919 * k) % 65521).double() / 32760 - 1).reshape(p.shape)
            if ".bn." in name:
                p.copy_(1 + 0.1 * wave if name.endswith("weight") else 0.1 * wave)
            else:
                fan_in = p[0].numel() if p.dim() > 1 else p.numel()
                p.copy_(wave / math.sqrt(fan_in))


def formula_images(n, c, size):
    i = torch.arange(n * c * size * size, dtype=torch.float64)
    return (torch.sin(0.37 * i) + 0.5 * torch.cos(0.011 * i)).reshape(n, c, size, size)


def cosine(step, steps_per_epoch, horizon, lr):
    return lr * (1 + math.cos(math.pi * (step / steps_per_epoch) / horizon)) / 2


def three_steps(make, case, dtype, of_gradient=None):
    """Logits of a fresh network of the case, losses of three steps from there, and logits in evaluation; with a name and
    a function, that of each gradient of the first step."""
    def network_of():
        network = make(case).double()
        formula_weights(network)
        return network.to(dtype)

    n = case["images"]
    x = formula_images(n, case["input_channels"], case["size"]).to(dtype)
    y = torch.arange(n) % case["classes"]
    result = {"logits": network_of()(x).tolist(), "losses": []}
    network = network_of()
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    for step in range(3):
        for group in optimiser.param_groups:
            group["lr"] = cosine(step, 2, 4, 0.1)
        loss = F.cross_entropy(network(x), y)
        result["losses"].append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        if step == 0 and of_gradient:
            name, function = of_gradient
            result[name] = {parameter: function(p.grad) for parameter, p in network.named_parameters()}
        optimiser.step()
    network.eval()
    result["evaluated_logits"] = network(x).tolist()
    return result


def made(case):
    return TinyNetwork(case["arch"], case["channels"], case["cells"], case["input_channels"], case["classes"])


CASES = [
    dict(arch=arch, channels=c, cells=n, input_channels=cin, classes=classes, size=size, images=images)
    for arch, c, n, cin, classes, size, images in [
        ("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|", 16, 5, 3, 10, 32, 4),
        ("|nor_conv_1x1~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|nor_conv_3x3~2|", 8, 2, 3, 10, 16, 6),
        ("|avg_pool_3x3~0|+|none~0|avg_pool_3x3~1|+|none~0|none~1|skip_connect~2|", 5, 1, 1, 7, 20, 5),
        ("|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|none~2|", 4, 2, 2, 3, 12, 7),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", 4, 1, 3, 10, 16, 4),
    ]
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    for case in CASES:
        case["float64"] = three_steps(made, case, torch.float64)
        case["float32"] = three_steps(made, case, torch.float32)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "expected_networks.json"), "w") as f:
        json.dump({"torch": torch.__version__, "cases": CASES}, f, indent=1)
        f.write("\n")
