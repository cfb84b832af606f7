#!/usr/bin/env python3
"""Writes expected_supernet.json: what PyTorch makes of steps of a super-network of NAS-Bench-201 in float64, with
weights and images given by formulas and paths that are drawn here: losses, gradients of one step, and where twenty steps
of SGD lead.

Run with Debian's python3-torch:  /usr/bin/python3 tests/supernet/expected_supernet.py
"""
import json
import math
import os
import random

import torch
import torch.nn.functional as F

OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
EDGES = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]
CHANNELS, CELLS, SIZE, IMAGES, CLASSES, STEPS = 3, 2, 8, 6, 5, 20
LR, LR_MIN, MOMENTUM, WEIGHT_DECAY, EPOCHS, STEPS_PER_EPOCH = 0.025, 0.001, 0.9, 5e-4, 4, 5


def shapes():
    """Of all that the super-network learns: as AutoDL-Projects' one-shot models, whose searched norms have neither scale
    and shift nor running statistics, but whose searched convolutions have biases."""
    found = {"stem.conv.weight": [CHANNELS, 3, 3, 3], "stem.bn.weight": [CHANNELS], "stem.bn.bias": [CHANNELS]}
    channels = CHANNELS
    for stage in (1, 2, 3):
        if stage > 1:
            name, before, channels = f"reduction{stage - 1}", channels, 2 * channels
            found[f"{name}.a.conv.weight"] = [channels, before, 3, 3]
            found[f"{name}.b.conv.weight"] = [channels, channels, 3, 3]
            found[f"{name}.shortcut.conv.weight"] = [channels, before, 1, 1]
            for part in ("a", "b"):
                found[f"{name}.{part}.bn.weight"] = found[f"{name}.{part}.bn.bias"] = [channels]
        for cell in range(1, CELLS + 1):
            for to, source in EDGES:
                for operation, kernel in (("nor_conv_1x1", 1), ("nor_conv_3x3", 3)):
                    name = f"stage{stage}.cell{cell}.edge_{to}_{source}.{operation}.conv"
                    found[f"{name}.weight"] = [channels, channels, kernel, kernel]
                    found[f"{name}.bias"] = [channels]
    found["head.linear.weight"] = [CLASSES, channels]
    found["head.linear.bias"] = [CLASSES]
    return found


def wave(count, k):
    i = torch.arange(count)
    return ((31 * i + 17) * i + 7919 * k).remainder(65521).to(torch.float64) / 32760 - 1


def formula_weights():
    """By name in order, as tests/support/formulas.h makes them."""
    weights = {}
    for k, (name, shape) in enumerate(sorted(shapes().items())):
        values = wave(math.prod(shape), k).reshape(shape)
        if ".bn." in name:
            values = 1 + 0.1 * values if name.endswith("weight") else 0.1 * values
        else:
            values = values / math.sqrt(math.prod(shape[1:]) if len(shape) > 1 else shape[0])
        weights[name] = values.requires_grad_()
    return weights


def batch(step):
    i = torch.arange(IMAGES * 3 * SIZE * SIZE, dtype=torch.float64) + 1000 * step
    images = (torch.sin(0.37 * i) + 0.5 * torch.cos(0.011 * i)).reshape(IMAGES, 3, SIZE, SIZE)
    labels = torch.arange(IMAGES).mul(3).add(step).remainder(CLASSES)
    return images, labels


def forward(p, running, path, x):
    def norm(name, x):
        return F.batch_norm(x, *running[name], p[f"{name}.weight"], p[f"{name}.bias"], training=True)

    def searched(x):
        return F.batch_norm(x, None, None, training=True)

    def edge(name, operation, x):
        if operation == "none":
            return x.mul(0.0)
        if operation == "skip_connect":
            return x
        if operation == "avg_pool_3x3":
            return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        name = f"{name}.{operation}.conv"
        weight = p[f"{name}.weight"]
        return searched(F.conv2d(F.relu(x), weight, p[f"{name}.bias"], padding=weight.shape[2] // 2))

    def cell(name, operations, x):
        nodes = [x]
        for to in (1, 2, 3):
            nodes.append(sum(edge(f"{name}.edge_{to}_{source}", operations[EDGES.index((to, source))], nodes[source])
                             for source in range(to)))
        return nodes[-1]

    def reduction(name, x):
        main = norm(f"{name}.a.bn", F.conv2d(F.relu(x), p[f"{name}.a.conv.weight"], stride=2, padding=1))
        main = norm(f"{name}.b.bn", F.conv2d(F.relu(main), p[f"{name}.b.conv.weight"], padding=1))
        return main + F.conv2d(F.avg_pool2d(x, 2), p[f"{name}.shortcut.conv.weight"])

    x = norm("stem.bn", F.conv2d(x, p["stem.conv.weight"], padding=1))
    number = 0
    for stage in (1, 2, 3):
        if stage > 1:
            x = reduction(f"reduction{stage - 1}", x)
        for each in range(1, CELLS + 1):
            x = cell(f"stage{stage}.cell{each}", path[number if len(path) > 1 else 0], x)
            number += 1
    x = F.relu(searched(x)).mean(dim=(2, 3))
    return F.linear(x, p["head.linear.weight"], p["head.linear.bias"])


def text(operations):
    nodes = []
    for to in (1, 2, 3):
        nodes.append("|" + "".join(f"{operations[EDGES.index((to, source))]}~{source}|" for source in range(to)))
    return "+".join(nodes)


def draw_one(rng):
    return [rng.choice(OPERATIONS) for _ in EDGES]


def draw_connected(rng):
    while True:
        operations = draw_one(rng)
        reached = [True, False, False, False]
        for (to, source), operation in zip(EDGES, operations):
            reached[to] = reached[to] or (reached[source] and operation != "none")
        if reached[3]:
            return operations


def draw_paths(rule, rng):
    if rule == "random":
        return [[draw_one(rng)]]
    if rule == "own":  # a cell that carries nothing would leave norms behind it nothing but roundings
        return [[draw_connected(rng) for _ in range(3 * CELLS)]]
    if rule == "fair":
        orders = [rng.sample(OPERATIONS, len(OPERATIONS)) for _ in EDGES]
        return [[[order[k] for order in orders]] for k in range(len(OPERATIONS))]
    return [[draw_one(rng)] for _ in range(4)]


def summary(values):
    """Of each tensor three numbers that any change shows in."""
    return {name: [value.sum().item(), (value * wave(value.numel(), 1).reshape(value.shape)).sum().item(),
                   value.norm().item()] for name, value in sorted(values.items())}


def run(rule, steps, seed):
    rng = random.Random(seed)
    p = formula_weights()
    running = {}
    for name in p:
        if name.endswith(".bn.weight"):
            count = p[name].numel()
            running[name[:-len(".weight")]] = (torch.zeros(count, dtype=torch.float64),
                                               torch.ones(count, dtype=torch.float64))
    optimizer = torch.optim.SGD(p.values(), LR, momentum=MOMENTUM, nesterov=True, weight_decay=WEIGHT_DECAY)
    case = {"rule": rule, "steps": []}
    for step in range(steps):
        images, labels = batch(step)
        paths = draw_paths(rule, rng)
        optimizer.zero_grad(set_to_none=False)
        loss = 0.0
        for path in paths:
            part = F.cross_entropy(forward(p, running, path, images), labels) / len(paths)
            part.backward()
            loss += part.item()
        if step == 0:
            case["gradients"] = summary({n: v.grad for n, v in p.items() if v.grad is not None})
        done = min(1.0, step / STEPS_PER_EPOCH / EPOCHS)
        optimizer.param_groups[0]["lr"] = LR_MIN + (LR - LR_MIN) * (1 + math.cos(math.pi * done)) / 2
        optimizer.step()
        case["steps"].append({"paths": [[text(each) for each in path] for path in paths], "loss": loss})
    case["parameters"] = summary({name: value.detach() for name, value in p.items()})
    case["running"] = summary({f"{name}.running_{what}": pair[i] for name, pair in running.items()
                               for i, what in enumerate(("mean", "var"))})
    return case


def main():
    expected = {"made_by": f"PyTorch {torch.__version__}", "space": f"nb201:channels={CHANNELS},cells={CELLS}",
                "size": SIZE, "images": IMAGES, "classes": CLASSES, "epochs": EPOCHS,
                "steps_per_epoch": STEPS_PER_EPOCH,
                "cases": [run(rule, STEPS, seed) for seed, rule in enumerate(("random", "own", "fair", "multi"))]}
    with open(os.path.join(os.path.dirname(__file__), "expected_supernet.json"), "w") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
