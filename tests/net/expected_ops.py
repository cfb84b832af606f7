#!/usr/bin/env python3
"""Writes expected_ops.json: what PyTorch makes of small networks that have each op of a graph, with weights and images
given by formulas, so that another implementation can be held against them. In training first, then in evaluation.

Run with Debian's python3-torch:  /usr/bin/python3 tests/net/expected_ops.py
"""
import json
import os

import torch
import torch.nn.functional as F

IMAGES = 2


def batch_norm(name):
    def run(x, p, buffers, train):
        mean, var = buffers.get(name + ".running_mean"), buffers.get(name + ".running_var")
        return F.batch_norm(x, mean, var, p.get(name + ".weight"), p.get(name + ".bias"), train or mean is None)
    return run


def grouped_conv(x, p, buffers, train):
    return F.conv2d(x, p["conv.weight"], p["conv.bias"], stride=2, padding=2, dilation=2, groups=3)


def separable_conv(x, p, buffers, train):
    """The first half of DARTS's, of odd channels and sides."""
    x = F.conv2d(F.relu(x), p["depthwise.weight"], stride=2, padding=2, groups=5)
    return batch_norm("bn")(F.conv2d(x, p["pointwise.weight"]), p, buffers, train)


def factorised_reduce(x, p, buffers, train):
    """As in DARTS's operations.py."""
    x = F.relu(x)
    both = [F.conv2d(x, p["even.weight"], stride=2), F.conv2d(x[:, :, 1:, 1:], p["odd.weight"], stride=2)]
    return batch_norm("bn")(torch.cat(both, dim=1), p, buffers, train)


def partial_channels(x, p, buffers, train):
    """As in PC-DARTS's model_search.py: a quarter of the channels goes through the op, then a channel shuffle."""
    part = F.conv2d(x[:, :2], p["conv.weight"])
    x = torch.cat([part, x[:, 2:]], dim=1)
    n, c, h, w = x.shape
    return torch.transpose(x.view(n, 4, c // 4, h, w), 1, 2).contiguous().view(n, -1, h, w)


def shifts(x, p, buffers, train):
    up, down = torch.zeros_like(x), torch.zeros_like(x)
    up[:, :, :-2, :-2] = x[:, :, 2:, 2:]
    down[:, :, 1:, 1:] = x[:, :, :-1, :-1]
    return torch.cat([up, down], dim=1)


def three_terms(x):
    return [x, F.relu(x), F.max_pool2d(x, 3, stride=1, padding=1)]


def weighted(x, weights):
    return sum(w * term for w, term in zip(weights, three_terms(x)))


def learned_sum(x, p, buffers, train):
    return weighted(x, torch.sigmoid(p["sum.weight"]))


def norm_buffers(name, channels):
    return {name + ".running_mean": torch.zeros(channels, dtype=torch.float64),
            name + ".running_var": torch.ones(channels, dtype=torch.float64)}


# name: input shape, shapes of the parameters, running statistics, the network
CASES = {
    "grouped_conv": ((6, 9, 8), {"conv.weight": (9, 2, 3, 3), "conv.bias": (9,)}, {}, grouped_conv),
    "separable_conv": ((5, 7, 5), {"depthwise.weight": (5, 1, 5, 5), "pointwise.weight": (5, 5, 1, 1),
                                   "bn.weight": (5,), "bn.bias": (5,)}, norm_buffers("bn", 5), separable_conv),
    "factorised_reduce": ((4, 6, 8), {"even.weight": (3, 4, 1, 1), "odd.weight": (3, 4, 1, 1),
                                      "bn.weight": (6,), "bn.bias": (6,)}, norm_buffers("bn", 6), factorised_reduce),
    "max_pool": ((3, 7, 5), {}, {}, lambda x, p, b, t: F.max_pool2d(x, 3, stride=2, padding=1)),
    "avg_pool": ((3, 7, 5), {}, {}, lambda x, p, b, t: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)),
    "norm_without_scale": ((3, 4, 5), {}, norm_buffers("bn", 3), batch_norm("bn")),
    "norm_of_the_batch": ((3, 4, 5), {"bn.weight": (3,), "bn.bias": (3,)}, {}, batch_norm("bn")),
    "norm_of_the_batch_without_scale": ((3, 4, 5), {}, {}, batch_norm("bn")),
    "partial_channels": ((8, 3, 4), {"conv.weight": (2, 2, 1, 1)}, {}, partial_channels),
    "shifts": ((2, 5, 4), {}, {}, shifts),
    "constant_sum": ((2, 4, 3), {}, {}, lambda x, p, b, t: weighted(x, [0.5, -2, 0.25])),
    "learned_sum": ((2, 4, 3), {"sum.weight": (3,)}, {}, learned_sum),
    "searched_sum": ((2, 4, 3), {}, {}, lambda x, p, b, t: weighted(
        x, torch.softmax(torch.tensor([0.1, -0.4, 0.7], dtype=torch.float64), 0))),
    "head": ((5, 3, 4), {"linear.weight": (4, 5), "linear.bias": (4,)}, {},
             lambda x, p, b, t: F.linear(x.mean((2, 3)), p["linear.weight"], p["linear.bias"])),
}


def formula_weights(shapes):
    """Weight i of the k-th tensor in the order of names: looks random, and is exact in whole numbers."""
    weights = {}
    for k, name in enumerate(sorted(shapes)):
        count = torch.Size(shapes[name]).numel()
        i = torch.arange(count)
        weights[name] = ((((31 * i + 17) * i + 7919 * k) % 65521).double() / 32760 - 1).reshape(shapes[name])
    return weights


def formula_images(shape):
    i = torch.arange(IMAGES * torch.Size(shape).numel(), dtype=torch.float64)
    return (torch.sin(0.37 * i) + 0.5 * torch.cos(0.011 * i)).reshape(IMAGES, *shape)


def run(shape, shapes, buffers, network):
    x, p = formula_images(shape), formula_weights(shapes)
    trained = network(x, p, buffers, True)
    evaluated = network(x, p, buffers, False)
    return {"trained": trained.flatten().tolist(), "evaluated": evaluated.flatten().tolist(),
            "buffers": {name: tensor.tolist() for name, tensor in buffers.items()}}


if __name__ == "__main__":
    torch.set_num_threads(1)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "expected_ops.json"), "w") as f:
        cases = ",\n".join(f'"{name}": {json.dumps(run(*case))}' for name, case in CASES.items())
        f.write(f'{{"torch": "{torch.__version__}", "cases": {{\n{cases}\n}}}}\n')
