#!/usr/bin/env python3
"""Writes expected_randwired.json: randomly wired networks, drawn and computed independently: the random streams and the
three generators in plain Python, the networks in PyTorch, with the weights and images of expected_networks.py.

Run with Debian's python3-torch:  /usr/bin/python3 tests/train/expected_randwired.py
"""
import json
import os
import re

import torch
import torch.nn as nn
import torch.nn.functional as F

from expected_networks import three_steps

WORD = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def derive_seed(seed, purpose, index):
    fnv = 0xCBF29CE484222325
    for letter in purpose.encode():
        fnv = ((fnv ^ letter) * 0x100000001B3) & WORD
    return mix((mix(mix((seed + GOLDEN) & WORD) ^ fnv) + GOLDEN * (index + 1)) & WORD)


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + GOLDEN) & WORD
        return mix(self.state)

    def below(self, bound):
        while True:
            drawn = self.next()
            if drawn >= (1 << 64) % bound:
                return drawn % bound

    def unit(self):
        return (self.next() >> 11) / (1 << 53)


def er(n, random, p):
    return {(a, b) for b in range(n) for a in range(b) if random.unit() < p}


def ba(n, random, m):
    edges, ends = [], []
    for node in range(m, n):
        targets = set(range(m)) if node == m else set()
        while len(targets) < m:
            targets.add(ends[random.below(len(ends))])
        edges += [(t, node) for t in sorted(targets)]
        ends += sorted(targets) + [node] * m
    return set(edges)


def ws(n, random, k, p):
    edges = {frozenset((v, (v + i) % n)) for v in range(n) for i in range(1, k // 2 + 1)}
    for i in range(1, k // 2 + 1):
        for v in range(n):
            if random.unit() >= p or sum(v in e for e in edges) == n - 1:
                continue
            w = v
            while w == v or frozenset((v, w)) in edges:
                w = random.below(n)
            edges.remove(frozenset((v, (v + i) % n)))
            edges.add(frozenset((v, w)))
    return {tuple(sorted(e)) for e in edges}


def connected(n, edges):
    reached = {0}
    while True:
        more = reached | {b for a, b in edges if a in reached} | {a for a, b in edges if b in reached}
        if more == reached:
            return len(reached) == n
        reached = more


def wiring(arch, nodes, stage):
    """Of each node, its inputs."""
    generator, parameters, seed = re.fullmatch(r"(\w+)\((.*),seed=(\d+)\)", arch).groups()
    values = {key: float(value) if key == "p" else int(value) for key, value in re.findall(r"(\w)=([\d.]+)", parameters)}
    random = SplitMix64(derive_seed(int(seed), f"{generator}({parameters})", stage))
    while True:
        edges = {"er": er, "ba": ba, "ws": ws}[generator](nodes, random, **values)
        if connected(nodes, edges):
            return [sorted(a for a, b in edges if b == node) for node in range(nodes)]


def canonical(arch, nodes):
    """The three graphs as the space writes them."""
    return ";".join(",".join("+".join(map(str, inputs)) for inputs in wiring(arch, nodes, stage)[1:])
                    for stage in (1, 2, 3))


class Coefficients(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(inputs))

    def forward(self, inputs):
        return sum(torch.sigmoid(w) * x for w, x in zip(self.weight, inputs))


class Node(nn.Module):
    def __init__(self, inputs, cin, cout):
        super().__init__()
        if inputs:
            self.sum = Coefficients(len(inputs))
        self.inputs = inputs
        self.depthwise = nn.Conv2d(cin, cin, 3, 1 if inputs else 2, 1, groups=cin, bias=False)
        self.pointwise = nn.Conv2d(cin, cout, 1, bias=False)
        self.bn = nn.BatchNorm2d(cout)

    def forward(self, stage_input, results):
        x = self.sum([results[i] for i in self.inputs]) if self.inputs else stage_input
        return self.bn(self.pointwise(self.depthwise(F.relu(x))))


class Stage(nn.Module):
    def __init__(self, graph, cin, cout):
        super().__init__()
        for i, inputs in enumerate(graph):
            self.add_module(f"node_{i}", Node(inputs, cout if inputs else cin, cout))
        self.ends = [i for i in range(len(graph)) if all(i not in inputs for inputs in graph)]

    def forward(self, x):
        results = []
        for node in self.children():
            results.append(node(x, results))
        return torch.stack([results[i] for i in self.ends]).mean(0)


def conv_bn(cin, cout, kernel, stride):
    layers = nn.Module()
    layers.conv = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False)
    layers.bn = nn.BatchNorm2d(cout)
    return layers


class RandWired(nn.Module):
    def __init__(self, case):
        super().__init__()
        c = case["channels"]
        self.stem1 = conv_bn(case["input_channels"], c // 2, 3, 2 if case["halvings"] == 2 else 1)
        self.stem2 = conv_bn(c // 2, c, 3, 2 if case["halvings"] >= 1 else 1)
        for stage in (1, 2, 3):
            graph = wiring(case["arch"], case["nodes"], stage)
            out = c * 2 ** (stage - 1)
            self.add_module(f"stage{stage}", Stage(graph, c if stage == 1 else out // 2, out))
        self.head = conv_bn(4 * c, case["features"], 1, 1)
        self.head.linear = nn.Linear(case["features"], case["classes"])

    def forward(self, x):
        x = self.stem1.bn(self.stem1.conv(x))
        x = self.stem2.bn(self.stem2.conv(F.relu(x)))
        for stage in (self.stage1, self.stage2, self.stage3):
            x = stage(x)
        x = F.relu(self.head.bn(self.head.conv(F.relu(x))))
        return self.head.linear(x.mean((2, 3)))


NORMS = ("gradient_norms", lambda gradient: gradient.norm().item())
CASES = [
    dict(arch=arch, nodes=nodes, channels=c, halvings=halvings, features=features, input_channels=cin, classes=classes,
         size=size, images=images)
    for arch, nodes, c, halvings, features, cin, classes, size, images in [
        ("ws(k=4,p=0.75,seed=3)", 8, 8, 0, 24, 3, 10, 16, 5),
        ("er(p=0.35,seed=17)", 6, 6, 1, 12, 1, 7, 21, 6),
        ("ba(m=3,seed=0)", 7, 4, 2, 16, 3, 10, 40, 4),
    ]
]
DRAWN = [("ws(k=4,p=0.75,seed=0)", 28), ("ws(k=2,p=1,seed=5)", 28), ("ws(k=8,p=0.3,seed=999999)", 32),
         ("ws(k=4,p=0.9,seed=2)", 5), ("er(p=0.1,seed=7)", 28), ("er(p=0.95,seed=1)", 28), ("ba(m=1,seed=4)", 28),
         ("ba(m=7,seed=3)", 28)]

if __name__ == "__main__":
    torch.set_num_threads(1)
    for case in CASES:
        case["space"] = ("randwired:nodes={nodes},channels={channels},halvings={halvings},"
                         "features={features}").format(**case)
        case["parameters"] = sum(p.numel() for p in RandWired(case).parameters())
        case["float64"] = three_steps(RandWired, case, torch.float64, NORMS)
        case["float32"] = three_steps(RandWired, case, torch.float32, NORMS)
    drawn = [dict(arch=arch, nodes=nodes, canonical=canonical(arch, nodes)) for arch, nodes in DRAWN]
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "expected_randwired.json"), "w") as f:
        json.dump({"torch": torch.__version__, "drawn": drawn, "cases": CASES}, f, indent=1)
        f.write("\n")
