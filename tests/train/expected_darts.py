#!/usr/bin/env python3
"""Writes expected_darts.json: networks of DARTS (arXiv 1806.09055) written independently in PyTorch, with weights and
images given by formulas: the losses of three steps of its recipe with the auxiliary head and with labels that are
shared out, what the first step's gradients add up to, and logits in evaluation. Beside them the number of parameters of
each of 500 genotypes.

Run with Debian's python3-torch:  /usr/bin/python3 tests/train/expected_darts.py
"""
import json
import math
import os

import torch
import torch.nn as nn
import torch.nn.functional as F

from expected_networks import formula_images, formula_weights

HERE = os.path.dirname(os.path.abspath(__file__))
GENOTYPES = os.path.join(HERE, "../../../shared/tables/darts_oneshot_500_genotypes.txt")


def norm(c):
    return nn.BatchNorm2d(c)


class Separable(nn.Module):
    def __init__(self, c, kernel, stride, dilation):
        super().__init__()
        padding = dilation * (kernel - 1) // 2
        self.depthwise = nn.Conv2d(c, c, kernel, stride, padding, dilation, groups=c, bias=False)
        self.pointwise = nn.Conv2d(c, c, 1, bias=False)
        self.bn = norm(c)

    def forward(self, x):
        return self.bn(self.pointwise(self.depthwise(F.relu(x))))


class Twice(nn.Module):
    def __init__(self, c, kernel, stride):
        super().__init__()
        self.first = Separable(c, kernel, stride, 1)
        self.second = Separable(c, kernel, 1, 1)

    def forward(self, x):
        return self.second(self.first(x))


class FactorizedReduce(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv_1 = nn.Conv2d(cin, cout // 2, 1, 2, bias=False)
        self.conv_2 = nn.Conv2d(cin, cout // 2, 1, 2, bias=False)
        self.bn = norm(cout)

    def forward(self, x):
        x = F.relu(x)
        return self.bn(torch.cat([self.conv_1(x), self.conv_2(x[:, :, 1:, 1:])], dim=1))


class ReluConvBn(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 1, bias=False)
        self.bn = norm(cout)

    def forward(self, x):
        return self.bn(self.conv(F.relu(x)))


class Pool(nn.Module):
    def __init__(self, largest, stride):
        super().__init__()
        self.largest, self.stride = largest, stride

    def forward(self, x):
        if self.largest:
            return F.max_pool2d(x, 3, self.stride, 1)
        return F.avg_pool2d(x, 3, self.stride, 1, count_include_pad=False)


def operation(name, c, stride):
    if name == "skip_connect":
        return nn.Identity() if stride == 1 else FactorizedReduce(c, c)
    if name.endswith("pool_3x3"):
        return Pool(name.startswith("max"), stride)
    kernel = int(name[-1])
    return Separable(c, kernel, stride, 2) if name.startswith("dil") else Twice(c, kernel, stride)


class Cell(nn.Module):
    def __init__(self, edges, cpp, cp, c, reduces, after_reduction):
        super().__init__()
        self.input_0 = FactorizedReduce(cpp, c) if after_reduction else ReluConvBn(cpp, c)
        self.input_1 = ReluConvBn(cp, c)
        self.edges = []
        for i, (name, source) in enumerate(edges):
            to = 2 + i // 2
            path = f"edge_{to}_{source}"
            self.add_module(path, operation(name, c, 2 if reduces and source < 2 else 1))
            self.edges.append((path, source))

    def forward(self, before, last):
        nodes = [self.input_0(before), self.input_1(last)]
        for node in range(4):
            pair = self.edges[2 * node:2 * node + 2]
            nodes.append(sum(getattr(self, path)(nodes[source]) for path, source in pair))
        return torch.cat(nodes[2:], dim=1)


class Half(nn.Module):
    def __init__(self, cin, cout, kernel):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, bias=False)
        self.bn = norm(cout)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class AuxiliaryHead(nn.Module):
    def __init__(self, c, classes):
        super().__init__()
        self.first = Half(c, 128, 1)
        self.second = Half(128, 768, 2)
        self.linear = nn.Linear(768, classes)

    def forward(self, x):
        x = F.avg_pool2d(F.relu(x), 5, 3, count_include_pad=False)
        return self.linear(self.second(self.first(x)).flatten(1))


class Network(nn.Module):
    def __init__(self, genotype, c, cells, classes, auxiliary):
        super().__init__()
        words = genotype.split()
        at = words.index("reduce")
        kinds = [[(w.split(":")[0], int(w.split(":")[1])) for w in part] for part in (words[1:at], words[at + 1:])]
        self.stem = nn.Module()
        self.stem.conv = nn.Conv2d(3, 3 * c, 3, padding=1, bias=False)
        self.stem.bn = norm(3 * c)
        cpp, cp, after = 3 * c, 3 * c, False
        self.cells = cells
        for i in range(cells):
            reduces = i in (cells // 3, 2 * cells // 3)
            c *= 2 if reduces else 1
            self.add_module(f"cell{i + 1}", Cell(kinds[reduces], cpp, cp, c, reduces, after))
            cpp, cp, after = cp, 4 * c, reduces
            if i == 2 * cells // 3 and auxiliary:
                self.auxiliary = AuxiliaryHead(cp, classes)
        self.head = nn.Module()
        self.head.linear = nn.Linear(cp, classes)

    def forward(self, x):
        before = last = self.stem.bn(self.stem.conv(x))
        further = None
        for i in range(self.cells):
            before, last = last, getattr(self, f"cell{i + 1}")(before, last)
            if i == 2 * self.cells // 3 and self.training and hasattr(self, "auxiliary"):
                further = self.auxiliary(last)
        return self.head.linear(last.mean((2, 3))), further


def wanted(case):
    """Seven tenths of one class, three of the next."""
    n, classes = case["images"], case["classes"]
    labels = torch.arange(n) % classes
    sure = F.one_hot(labels, classes).double()
    return 0.7 * sure + 0.3 * F.one_hot((labels + 1) % classes, classes).double()


def run(case):
    network = Network(case["arch"], case["channels"], case["cells"], case["classes"], case["auxiliary"] > 0).double()
    formula_weights(network)
    x = formula_images(case["images"], 3, case["size"])
    y = wanted(case)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.025, momentum=0.9, weight_decay=3e-4)
    case["parameters"] = sum(p.numel() for n, p in network.named_parameters() if not n.startswith("auxiliary"))
    case["losses"], case["output_losses"] = [], []
    for step in range(3):
        for group in optimiser.param_groups:
            group["lr"] = 0.025 * (1 + math.cos(math.pi * (step // 2) / 4)) / 2  # two steps an epoch, four epochs
        logits, further = network(x)
        own = F.cross_entropy(logits, y)
        loss = own if further is None else own + case["auxiliary"] * F.cross_entropy(further, y)
        case["losses"].append(loss.item())
        case["output_losses"].append(own.item())
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            case["gradients"] = {n: [p.grad.sum().item(), p.grad.norm().item()] for n, p in network.named_parameters()}
        nn.utils.clip_grad_norm_(network.parameters(), 5)
        optimiser.step()
    network.eval()
    case["evaluated_logits"] = network(x)[0].tolist()


V2 = ("normal sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:1 skip_connect:0 skip_connect:0 "
      "dil_conv_3x3:2 reduce max_pool_3x3:0 max_pool_3x3:1 skip_connect:2 max_pool_3x3:1 max_pool_3x3:0 "
      "skip_connect:2 skip_connect:2 max_pool_3x3:1")
OTHER = ("normal dil_conv_5x5:0 sep_conv_5x5:1 avg_pool_3x3:0 sep_conv_5x5:2 max_pool_3x3:1 dil_conv_3x3:3 "
         "skip_connect:1 sep_conv_3x3:4 reduce skip_connect:0 sep_conv_5x5:1 dil_conv_5x5:1 avg_pool_3x3:2 "
         "sep_conv_3x3:0 dil_conv_3x3:1 skip_connect:3 skip_connect:1")
CASES = [
    dict(arch=arch, space=f"darts:channels={c},cells={cells},auxiliary={auxiliary}", channels=c, cells=cells,
         auxiliary=auxiliary, input_channels=3, classes=classes, size=size, images=images)
    for arch, c, cells, auxiliary, classes, size, images in [
        (V2, 4, 5, 0.4, 10, 32, 4),
        (OTHER, 6, 3, 0, 7, 12, 5),
    ]
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    for case in CASES:
        run(case)
    with open(GENOTYPES) as lines:
        counts = [sum(p.numel() for p in Network(line, 16, 8, 10, False).parameters()) for line in lines]
    with open(os.path.join(HERE, "expected_darts.json"), "w") as f:
        json.dump({"torch": torch.__version__, "cases": CASES, "parameters_of_500": counts}, f, indent=1)
        f.write("\n")
