#!/usr/bin/env python3
"""Trains NAS-Bench-201 cells in plain PyTorch on the very images that `tse` trains on, by the same recipe, and prints
test accuracies as CSV: the other side of docs/results/three-cells.md.

/usr/bin/python3 tests/train/train_cells.py --cifar10 DIR --cells tests/train/three_cells.txt --seeds 0 1 2 > torch.csv
"""
import argparse
import lzma
import math
import os
import sys

import torch
import torch.nn.functional as F

from expected_networks import TinyNetwork

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from random_streams import Stream, derive_seed  # noqa: E402

def read(folder, names):
    data = b"".join(lzma.open(os.path.join(folder, name + ".xz")).read() for name in names)
    records = torch.frombuffer(bytearray(data), dtype=torch.uint8).reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].long()


MEAN = torch.tensor([125.3, 123.0, 113.9]).reshape(1, 3, 1, 1)
STD = torch.tensor([63.0, 62.1, 66.7]).reshape(1, 3, 1, 1)


def augmented(images):
    out = torch.empty(images.shape)
    padded = F.pad(images.float(), (4, 4, 4, 4))
    for i in range(len(images)):
        image = padded[i].flip(2) if torch.rand(()) < 0.5 else padded[i]
        y, x = torch.randint(0, 9, (2,)).tolist()
        out[i] = image[:, y : y + 32, x : x + 32]
    return (out - MEAN) / STD


def train(arch, options, x, y, x_test, y_test, seed):
    torch.manual_seed(seed)
    network = TinyNetwork(arch, options.channels, options.stack, 3, 10).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    steps = math.ceil(len(x) / 256)
    for epoch in range(options.epochs):
        network.train()
        order = torch.randperm(len(x))
        for step in range(steps):
            rows = order[step * 256 : (step + 1) * 256]
            for group in optimiser.param_groups:
                group["lr"] = 0.1 * (1 + math.cos(math.pi * (epoch + step / steps) / options.epochs)) / 2
            images = augmented(x[rows]).contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(network(images), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    network.eval()
    right = 0
    with torch.no_grad():
        for first in range(0, len(x_test), 500):
            images = (x_test[first : first + 500].float() - MEAN) / STD
            right += (network(images).argmax(1) == y_test[first : first + 500]).sum().item()
    return right / len(x_test)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cifar10", required=True)
    parser.add_argument("--cells", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", type=int, default=10000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--stack", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    x, y = read(options.cifar10, [f"data_batch_{i}.bin" for i in range(1, 6)])
    rows = list(range(len(x)))
    Stream(derive_seed(0, "split")).shuffle(rows)
    rows = rows[: options.images]
    x, y = x[rows], y[rows]
    x_test, y_test = read(options.cifar10, ["test_batch.bin"])
    print("arch,seed,test_accuracy", flush=True)
    for arch in open(options.cells).read().split():
        for seed in options.seeds:
            print(f"{arch},{seed},{train(arch, options, x, y, x_test, y_test, seed)}", flush=True)
