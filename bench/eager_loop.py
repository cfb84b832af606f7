#!/usr/bin/env python3
"""The plain training loop of a NAS-Bench-201 network as one writes it in Python: what the contestant `eager` of
`tse bench train` must be as fast as. Takes turns as that does: `bench/eager_yardstick.py` starts it.

    bench/eager_loop.py '{"space": "nb201:channels=8,cells=1", "arch": "|...|", "batch": 128, "threads": 2}'

Needs Debian's python3-torch.
"""

import json
import re
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

CLASSES = 10
WARM_UP = 2  # steps


def relu_conv_norm(cin, cout, kernel, stride=1):
    return nn.Sequential(nn.ReLU(), nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(cout))


class Zero(nn.Module):
    def forward(self, x):
        return x.mul(0.0)


def edge(name, channels):
    if name.startswith("nor_conv"):
        return relu_conv_norm(channels, channels, int(name[-1]))
    return {"none": Zero, "skip_connect": nn.Identity,
            "avg_pool_3x3": lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False)}[name]()


class Cell(nn.Module):
    def __init__(self, arch, channels):
        super().__init__()
        self.nodes = nn.ModuleList()
        for node in arch.split("+"):
            self.nodes.append(nn.ModuleList([edge(name, channels) for name in re.findall(r"\|(\w+)~\d", node)]))

    def forward(self, x):
        values = [x]
        for edges in self.nodes:
            values.append(sum(module(value) for module, value in zip(edges, values)))
        return values[-1]


class Reduction(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.first = relu_conv_norm(cin, cout, 3, 2)
        self.second = relu_conv_norm(cout, cout, 3)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(cin, cout, 1, bias=False))

    def forward(self, x):
        return self.second(self.first(x)) + self.shortcut(x)


class Network(nn.Module):
    def __init__(self, arch, channels, cells):
        super().__init__()
        layers = [nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)]
        for stage in range(3):
            if stage > 0:
                layers.append(Reduction(channels, 2 * channels))
                channels *= 2
            layers += [Cell(arch, channels) for _ in range(cells)]
        layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


def options(space):
    given = dict(part.split("=") for part in space.partition(":")[2].split(",") if part)
    return int(given.get("channels", 16)), int(given.get("cells", 5))


def answer(document):
    print(json.dumps(document), flush=True)


def main():
    contest = json.loads(sys.argv[1])
    torch.set_num_threads(contest["threads"])
    batch = contest["batch"]
    network = Network(contest["arch"], *options(contest["space"]))
    images = torch.randn(batch, 3, 32, 32)
    labels = torch.randint(CLASSES, (batch,))
    sgd = torch.optim.SGD(network.parameters(), 0.1, 0.9, weight_decay=5e-4, nesterov=True)

    def step():
        loss = F.cross_entropy(network(images), labels)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        return loss.item()

    for _ in range(WARM_UP):
        step()
    answer({"ready": True})
    for line in sys.stdin:
        least = json.loads(line)["seconds"]
        count = 0
        start = time.perf_counter()
        while count == 0 or time.perf_counter() - start < least:
            step()
            count += batch
        answer({"images": count, "seconds": time.perf_counter() - start})


if __name__ == "__main__":
    main()
