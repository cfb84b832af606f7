#!/usr/bin/env python3
"""Writes expected_nds.json: networks of the NDS spaces written independently in PyTorch, as expected_networks.py does it
for NAS-Bench-201, with their parameters and all gradients of a first step.

Run with Debian's python3-torch:  /usr/bin/python3 tests/train/expected_nds.py
"""
import json
import os
import re

import torch
import torch.nn as nn
import torch.nn.functional as F

from expected_networks import three_steps


class ConvBn(nn.Module):
    def __init__(self, cin, cout, kernel, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(cout)

    def forward(self, x):
        return self.bn(self.conv(x))


class Plain(nn.Module):
    """Two 3x3 convolutions; around them a shortcut, or none."""

    def __init__(self, cin, cout, stride, residual):
        super().__init__()
        self.a = ConvBn(cin, cout, 3, stride)
        self.b = ConvBn(cout, cout, 3)
        if residual and (cin != cout or stride != 1):
            self.shortcut = ConvBn(cin, cout, 1, stride)
        self.residual = residual

    def forward(self, x):
        y = self.b(F.relu(self.a(x)))
        if self.residual:
            y = y + (self.shortcut(x) if hasattr(self, "shortcut") else x)
        return F.relu(y)


class Bottleneck(nn.Module):
    def __init__(self, cin, cout, stride, groups, ratio):
        super().__init__()
        inner = cout // ratio
        self.a = ConvBn(cin, inner, 1)
        self.b = ConvBn(inner, inner, 3, stride, groups)
        self.c = ConvBn(inner, cout, 1)
        if cin != cout or stride != 1:
            self.shortcut = ConvBn(cin, cout, 1, stride)

    def forward(self, x):
        y = self.c(F.relu(self.b(F.relu(self.a(x)))))
        return F.relu(y + (self.shortcut(x) if hasattr(self, "shortcut") else x))


class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(x.mean((2, 3)))


class Network(nn.Module):
    def __init__(self, case):
        super().__init__()
        family, stem = re.fullmatch(r"([a-z-]+):stem=(\d+)", case["space"]).groups()
        channels = int(stem)
        self.stem = ConvBn(case["input_channels"], channels, 3)
        self.blocks = []
        for i, text in enumerate(case["arch"].split("-"), start=1):
            depth, width, _, groups, ratio = re.fullmatch(r"d(\d+)w(\d+)(g(\d+)r(\d+))?", text).groups()
            stage = nn.Module()
            self.add_module(f"stage{i}", stage)
            for j in range(1, int(depth) + 1):
                stride = 2 if i > 1 and j == 1 else 1
                if family.startswith("resnext"):
                    block = Bottleneck(channels, int(width), stride, int(groups), int(ratio))
                else:
                    block = Plain(channels, int(width), stride, family == "resnet")
                stage.add_module(f"block{j}", block)
                self.blocks.append(block)
                channels = int(width)
        self.head = Head(channels, case["classes"])

    def forward(self, x):
        x = F.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def length_and_wave(gradient):
    """The length, and the product with a wave."""
    wave = torch.cos(0.3 * torch.arange(gradient.numel(), dtype=gradient.dtype)).reshape(gradient.shape)
    return [gradient.norm().item(), (gradient * wave).sum().item()]


CASES = [
    dict(space=space, arch=arch, input_channels=cin, classes=classes, size=size, images=images)
    for space, arch, cin, classes, size, images in [
        ("vanilla:stem=4", "d1w16-d2w21-d1w16", 3, 10, 12, 6),
        ("vanilla:stem=16", "d2w16-d1w26-d3w34", 1, 7, 10, 5),
        ("resnet:stem=16", "d2w16-d1w16-d2w34", 3, 10, 16, 4),
        ("resnet:stem=5", "d1w21-d3w26-d1w21", 1, 7, 14, 6),
        ("resnext-a:stem=8", "d1w16g4r4-d2w32g2r2-d1w64g1r1", 3, 10, 16, 4),
        ("resnext-a:stem=16", "d2w16g2r1-d1w16g4r1-d2w64g4r4", 3, 5, 9, 6),
        ("resnext-b:stem=16", "d1w64g16r4-d1w64g8r2-d2w64g16r1", 3, 10, 8, 6),
        ("resnext-b:stem=3", "d2w128g2r4-d1w64g4r1-d1w64g16r2", 1, 7, 10, 5),
    ]
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    for case in CASES:
        case["params"] = sum(p.numel() for p in Network(case).parameters())
        case["float64"] = three_steps(Network, case, torch.float64, ("gradients", length_and_wave))
        case["float32"] = three_steps(Network, case, torch.float32)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "expected_nds.json"), "w") as f:
        json.dump({"torch": torch.__version__, "cases": CASES}, f, indent=1)
        f.write("\n")
