#!/usr/bin/env python3
"""Writes expected_relax.json: what PyTorch makes of fifty steps of differentiable search on NAS-Bench-201's mixture in
float64, with weights, images and channels to copy given by formulas and Dirichlet samples drawn here: losses, the
architecture's numbers after every step or group, and where the weights end.

Run with Debian's python3-torch and python3-scipy:  /usr/bin/python3 tests/relax/expected_relax.py
"""
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import betainc
from scipy.stats import beta
from torch.distributions.dirichlet import Dirichlet, _Dirichlet
from torch.distributions.kl import kl_divergence

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "supernet"))
from expected_supernet import EDGES, OPERATIONS, summary, text, wave  # noqa: E402

CHANNELS, SIZE, IMAGES, CLASSES, EPOCHS, STEPS_PER_EPOCH = 8, 8, 6, 5, 5, 10
LR, LR_MIN, MOMENTUM = 0.025, 0.001, 0.9
ARCH_LR, SCALE = 0.05, 0.01  # of the architecture's Adam and of its regulariser: larger than published, to show
KEPT, CLIP = 3, 0.8
DOUBLE = torch.float64


def batch(step):
    i = torch.arange(IMAGES * 3 * SIZE * SIZE, dtype=DOUBLE) + 1000 * step
    images = (torch.sin(0.37 * i) + 0.5 * torch.cos(0.011 * i)).reshape(IMAGES, 3, SIZE, SIZE)
    return images, torch.arange(IMAGES).mul(3).add(step).remainder(CLASSES)


def searched_convs():
    for stage, channels in ((1, CHANNELS), (2, 2 * CHANNELS), (3, 4 * CHANNELS)):
        for to, source in EDGES:
            for operation, kernel in (("nor_conv_1x1", 1), ("nor_conv_3x3", 3)):
                yield f"stage{stage}.cell1.edge_{to}_{source}.{operation}", channels, kernel


class Mixture:
    """The weights and the forward pass. `part`: one channel in so many goes through the options."""

    def __init__(self, dirichlet, part):
        self.dirichlet, self.part = dirichlet, part
        shapes = {"stem.conv.weight": [CHANNELS, 3, 3, 3], "stem.bn.weight": [CHANNELS], "stem.bn.bias": [CHANNELS]}
        for name, before in (("reduction1", CHANNELS), ("reduction2", 2 * CHANNELS)):
            after = 2 * before
            shapes[f"{name}.a.conv.weight"] = [after, before, 3, 3]
            shapes[f"{name}.b.conv.weight"] = [after, after, 3, 3]
            shapes[f"{name}.shortcut.conv.weight"] = [after, before, 1, 1]
            for each in ("a", "b"):
                shapes[f"{name}.{each}.bn.weight"] = shapes[f"{name}.{each}.bn.bias"] = [after]
        for name, channels, kernel in searched_convs():
            shapes[f"{name}.conv.weight"] = [channels // part, channels // part, kernel, kernel]
            if not dirichlet:
                shapes[f"{name}.conv.bias"] = [channels // part]
        shapes["head.linear.weight"], shapes["head.linear.bias"] = [CLASSES, 4 * CHANNELS], [CLASSES]
        self.p = {}
        for k, (name, shape) in enumerate(sorted(shapes.items())):
            values = wave(math.prod(shape), k).reshape(shape)
            if ".bn." in name:
                values = 1 + 0.1 * values if name.endswith("weight") else 0.1 * values
            else:
                values = values / math.sqrt(math.prod(shape[1:]) if len(shape) > 1 else shape[0])
            self.p[name] = values.requires_grad_()
        self.running = {}
        for name in shapes:
            if name.endswith(".bn.weight"):
                self.add_running(name[:-len(".weight")], shapes[name][0])
        if dirichlet:
            for name, channels, _ in searched_convs():
                self.add_running(f"{name}.bn", channels // part)
            self.add_running("head.bn", 4 * CHANNELS)

    def add_running(self, name, count):
        self.running[name] = (torch.zeros(count, dtype=DOUBLE), torch.ones(count, dtype=DOUBLE))

    def norm(self, name, x):
        if f"{name}.weight" in self.p:
            return F.batch_norm(x, *self.running[name], self.p[f"{name}.weight"], self.p[f"{name}.bias"], training=True)
        return F.batch_norm(x, *self.running.get(name, (None, None)), training=True)

    def option(self, name, operation, x):
        if operation == "none":
            return x.mul(0.0)
        if operation == "skip_connect":
            return x
        if operation == "avg_pool_3x3":
            return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        weight = self.p[f"{name}.{operation}.conv.weight"]
        bias = self.p.get(f"{name}.{operation}.conv.bias")
        return self.norm(f"{name}.{operation}.bn", F.conv2d(F.relu(x), weight, bias, padding=weight.shape[2] // 2))

    def edge(self, name, shares, x):
        through = x[:, :x.shape[1] // self.part]
        out = sum(share * self.option(name, operation, through) for operation, share in zip(OPERATIONS, shares)
                  if not (isinstance(share, float) and share == 0.0))
        if self.part == 1:
            return out
        y = torch.cat([out, x[:, x.shape[1] // self.part:]], dim=1)
        n, c, h, w = y.shape
        return y.view(n, self.part, c // self.part, h, w).transpose(1, 2).reshape(n, c, h, w)

    def forward(self, mixture, x):
        x = self.norm("stem.bn", F.conv2d(x, self.p["stem.conv.weight"], padding=1))
        for stage in (1, 2, 3):
            if stage > 1:
                name = f"reduction{stage - 1}"
                main = self.norm(f"{name}.a.bn", F.conv2d(F.relu(x), self.p[f"{name}.a.conv.weight"], stride=2, padding=1))
                main = self.norm(f"{name}.b.bn", F.conv2d(F.relu(main), self.p[f"{name}.b.conv.weight"], padding=1))
                x = main + F.conv2d(F.avg_pool2d(x, 2), self.p[f"{name}.shortcut.conv.weight"])
            nodes = [x]
            for to in (1, 2, 3):
                nodes.append(sum(self.edge(f"stage{stage}.cell1.edge_{to}_{source}", mixture[EDGES.index((to, source))],
                                           nodes[source]) for source in range(to)))
            x = nodes[-1]
        x = F.relu(self.norm("head.bn", x)).mean(dim=(2, 3))
        return F.linear(x, self.p["head.linear.weight"], self.p["head.linear.bias"])

    def widen(self, momenta):
        """Twice the channels through the options, by copies of those that a formula names."""
        def drawn(path, output, channels, more):
            return torch.tensor([(7 * i + 3 * len(path) + (1 if output else 0)) % channels for i in range(more)])

        for path, channels, _ in searched_convs():
            name, before = f"{path}.conv.weight", channels // self.part
            outputs, inputs = drawn(path, True, before, before), drawn(path, False, before, before)
            with torch.no_grad():
                for tensors in (self.p, momenta):
                    w = tensors[name].detach()
                    w = torch.cat([w, w[outputs]], dim=0)
                    tensors[name] = torch.cat([w, w[:, inputs]], dim=1)
            self.p[name].requires_grad_()
            self.running[f"{path}.bn"] = tuple(torch.cat([v, v[outputs]]) for v in self.running[f"{path}.bn"])
        self.part //= 2


class Search:
    def __init__(self, case):
        self.case = case
        self.dirichlet = case["method"].startswith("drnas")
        self.mixture = Mixture(self.dirichlet, 4 if self.dirichlet else 1)
        self.a = [torch.tensor([0.5 * math.sin(1 + 5 * e + o) for o in range(5)], dtype=DOUBLE, requires_grad=True)
                  for e in range(6)]
        self.kept = [list(range(5)) for _ in EDGES]
        decay = SCALE if case["regulariser"] == "l2" else 0.0
        self.adam = torch.optim.Adam(self.a, lr=ARCH_LR, betas=(0.5, 0.999), eps=1e-8, weight_decay=decay)
        self.momenta = {name: torch.zeros_like(value) for name, value in self.mixture.p.items()}
        self.samples = []

    def draw_mixture(self):
        mixture = []
        for a, kept in zip(self.a, self.kept):
            if self.dirichlet:
                sample = _Dirichlet.apply(F.elu(a) + 1)
                self.samples.append(sample.detach().tolist())
                whole = len(kept) == 5
                total = 1.0 if whole else sum(sample[o] for o in kept)
                shares = [sample[o] / total if o in kept else 0.0 for o in range(5)]
            else:
                shares = list(torch.softmax(a, 0))
            mixture.append(shares)
        return mixture

    def loss(self, data):
        images, labels = data
        return F.cross_entropy(self.mixture.forward(self.draw_mixture(), images), labels)

    def regulariser(self):
        if self.case["regulariser"] != "kl":
            return 0.0
        return SCALE * sum(kl_divergence(Dirichlet(F.elu(a) + 1), Dirichlet(torch.ones(5, dtype=DOUBLE))) for a in self.a)

    def move_architecture(self, gradients):
        regulariser = self.regulariser()
        extra = torch.autograd.grad(regulariser, self.a) if self.case["regulariser"] == "kl" else [0.0] * 6
        for a, gradient, more, kept in zip(self.a, gradients, extra, self.kept):
            a.grad = gradient + more
            for o in range(5):
                if o not in kept:
                    a.grad[o] = 0.0
        self.adam.step()
        with torch.no_grad():
            for a, kept in zip(self.a, self.kept):
                for o in range(5):
                    if o not in kept:
                        a[o] = 0.0

    def sgd(self, loss, lr):
        names = list(self.mixture.p)
        gradients = dict(zip(names, torch.autograd.grad(loss, [self.mixture.p[n] for n in names], allow_unused=True)))
        if self.dirichlet and CLIP and self.case["clips"]:
            parameters = [v for v in self.mixture.p.values()]
            for name, value in self.mixture.p.items():
                value.grad = gradients[name]
            torch.nn.utils.clip_grad_norm_(parameters, CLIP)
            gradients = {name: value.grad for name, value in self.mixture.p.items()}
        nesterov, decay = not self.dirichlet, 3e-4 if self.dirichlet else 5e-4
        with torch.no_grad():
            for name, value in self.mixture.p.items():
                if gradients[name] is None:
                    continue
                d = gradients[name] + decay * value
                self.momenta[name].mul_(MOMENTUM).add_(d)
                value.sub_(lr * (d + MOMENTUM * self.momenta[name] if nesterov else self.momenta[name]))

    def weights_step(self, step, lr):
        loss = self.loss(batch(step))
        self.sgd(loss, lr)
        return loss.item()

    def validated_step(self, step, lr):
        if not self.dirichlet and self.case["order"] == 1:
            value = self.weights_step(step, lr)
            self.move_architecture(torch.autograd.grad(self.loss(batch(5000 + step)), self.a))
            return value
        if self.case["order"] == 1:
            self.move_architecture(torch.autograd.grad(self.loss(batch(5000 + step)), self.a))
        else:
            self.move_architecture(self.second_order(step, lr))
        return self.weights_step(step, lr)

    def second_order(self, step, lr):
        """Finite differences as in DARTS; and, to be held against, the exact derivative by autograd."""
        p = self.mixture.p
        names = list(p)
        start = {n: v.detach().clone() for n, v in p.items()}
        running = {n: (m.clone(), v.clone()) for n, (m, v) in self.mixture.running.items()}
        loss = self.loss(batch(step))
        gradients = torch.autograd.grad(loss, [p[n] for n in names], create_graph=True)
        moved = {n: p[n] - lr * (MOMENTUM * self.momenta[n] + g + 5e-4 * p[n]) for n, g in zip(names, gradients)}
        self.mixture.p = moved
        exact = torch.autograd.grad(self.loss(batch(5000 + step)), self.a)
        self.mixture.p = p
        with torch.no_grad():
            for n in names:
                p[n].copy_(moved[n])
        validation = self.loss(batch(5000 + step))
        found = torch.autograd.grad(validation, self.a + [p[n] for n in names])
        result, direction = [g.clone() for g in found[:6]], dict(zip(names, found[6:]))
        by = self.case["difference"] / math.sqrt(sum(v.norm().item() ** 2 for v in direction.values()))
        sides = []
        for sign in (1, -1):
            with torch.no_grad():
                for n in names:
                    p[n].copy_(start[n] + sign * by * direction[n])
            sides.append(torch.autograd.grad(self.loss(batch(step)), self.a))
        result = [g - lr * (above - below) / (2 * by) for g, above, below in zip(result, *sides)]
        with torch.no_grad():
            for n in names:
                p[n].copy_(start[n])
        self.mixture.running = running
        if self.case["difference"] < 1e-6:  # larger ones reach over the kinks of ReLUs
            assert all((g - e).norm() < 1e-5 * e.norm() for g, e in zip(result, exact)), "no derivative"
        return result

    def summed_steps(self, first, count, rate):
        def weight(k):
            return 1.0 if self.case["loss"] == "tse" else float(k >= count - 3)

        def ahead(second_pass):
            sums, losses = [torch.zeros(5, dtype=DOUBLE) for _ in EDGES], []
            for k in range(count):
                loss = self.loss(batch(first + k))
                losses.append(loss.item())
                if not second_pass:
                    for s, g in zip(sums, torch.autograd.grad(loss, self.a, retain_graph=True)):
                        s.add_(weight(k) * g)
                self.sgd(loss, rate(first + k))
            return sums, losses

        if self.case["mode"] == "inline":
            sums, losses = ahead(False)
            self.move_architecture(sums)
            return losses
        p = {n: v.detach().clone() for n, v in self.mixture.p.items()}
        momenta = {n: v.clone() for n, v in self.momenta.items()}
        running = {n: (m.clone(), v.clone()) for n, (m, v) in self.mixture.running.items()}
        sums, _ = ahead(False)
        self.move_architecture(sums)
        with torch.no_grad():
            for n, v in self.mixture.p.items():
                v.copy_(p[n])
        self.momenta, self.mixture.running = momenta, running
        return ahead(True)[1]

    def keep(self):
        for e, a in enumerate(self.a):
            order = sorted(range(5), key=lambda o: -a[o].item())
            self.kept[e] = sorted(order[:KEPT])
            with torch.no_grad():
                for o in order[KEPT:]:
                    a[o] = 0.0
        self.mixture.widen(self.momenta)

    def run(self):
        def rate(step):
            epoch = step // STEPS_PER_EPOCH if self.dirichlet else step / STEPS_PER_EPOCH
            return LR_MIN + (LR - LR_MIN) * (1 + math.cos(math.pi * min(1.0, epoch / EPOCHS))) / 2

        half, warmup = EPOCHS // 2 * STEPS_PER_EPOCH, self.case["warmup_epochs"] * STEPS_PER_EPOCH
        losses, numbers, step = [], [], 0
        while step < EPOCHS * STEPS_PER_EPOCH:
            if self.dirichlet and step == half:
                self.keep()
            since = step - half if self.dirichlet and step >= half else step
            if since < warmup:
                losses.append(self.weights_step(step, rate(step)))
            elif not self.case["method"].endswith("-tse"):
                losses.append(self.validated_step(step, rate(step)))
            else:
                left = STEPS_PER_EPOCH - step % STEPS_PER_EPOCH
                losses += self.summed_steps(step, min(self.case["steps"], left), rate)
            step = len(losses)
            numbers.append({"after": step, "values": [a.detach().tolist() for a in self.a]})
        best = [OPERATIONS[max(kept, key=lambda o: a[o].item())] for a, kept in zip(self.a, self.kept)]
        self.case.update({"losses": losses, "architecture": numbers, "kept": self.kept, "found": text(best),
                          "samples": self.samples, "parameters": summary({n: v.detach() for n, v in self.mixture.p.items()}),
                          "running": summary({f"{n}.running_{what}": pair[i] for n, pair in self.mixture.running.items()
                                              for i, what in enumerate(("mean", "var"))})})
        return self.case


def case(method, **more):
    return {"method": method, "order": 1, "mode": "rollback", "steps": 7, "loss": "tse", "warmup_epochs": 0,
            "regulariser": "l2", "difference": 0.01, "clips": method == "drnas", **more}


def dirichlet_derivatives():
    """D_i = (dp_i/dc_i)/(1 - p_i) with p_i's marginal Beta(c_i, c_0 - c_i) and c_0 - c_i as it is: minus the derivative
    of its distribution function by c_i, here a difference quotient of scipy's betainc, over its density."""
    rng, cases = np.random.default_rng(3), []
    for concentration in ([1.0, 1.0, 1.0, 1.0, 1.0], [0.3, 0.7, 1.4, 0.9, 2.0], [0.05, 0.4, 0.2, 0.1, 0.6],
                          [30.0, 11.0, 55.0, 8.0, 20.0], [900.0, 400.0, 700.0, 650.0, 800.0], [0.8, 40.0]):
        c = np.array(concentration)
        for sample in rng.dirichlet(c, 3):
            if sample.min() < 1e-6 or sample.max() > 1 - 1e-6:
                continue
            values = []
            for p, a in zip(sample, c):
                b, h = c.sum() - a, 1e-4 * a
                slope = sum(w * betainc(a + k * h, b, p) for k, w in ((-2, 1), (-1, -8), (1, 8), (2, -1))) / (12 * h)
                values.append(-slope / beta.pdf(p, a, b) / (1 - p))
            sums = torch.full((len(c),), c.sum(), dtype=DOUBLE)
            theirs = torch._dirichlet_grad(torch.tensor(sample), torch.tensor(c), sums).tolist()
            cases.append({"concentration": concentration, "sample": sample.tolist(), "derivatives": values,
                          "pytorch": theirs})
    return cases


def main():
    torch.manual_seed(1)
    cases = [case("darts"), case("darts", order=2),
             case("darts", order=2, difference=1e-8), case("darts-tse"), case("darts-tse", mode="inline"),
             case("darts-tse", loss="tse-e:epochs=3"), case("drnas", warmup_epochs=1),
             case("drnas", regulariser="kl"), case("drnas-tse", warmup_epochs=1),
             case("drnas-tse", mode="inline", clips=True)]
    expected = {"made_by": f"PyTorch {torch.__version__}", "space": f"nb201:channels={CHANNELS},cells=1", "size": SIZE,
                "images": IMAGES, "classes": CLASSES, "epochs": EPOCHS, "steps_per_epoch": STEPS_PER_EPOCH,
                "lr": ARCH_LR, "scale": SCALE, "kept": KEPT, "clip": CLIP, "dirichlet": dirichlet_derivatives(),
                "cases": [Search(each).run() for each in cases]}
    with open(os.path.join(os.path.dirname(__file__), "expected_relax.json"), "w") as file:
        json.dump(expected, file)
        file.write("\n")


if __name__ == "__main__":
    main()
