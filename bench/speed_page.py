#!/usr/bin/env python3
"""Writes docs/results/speed.md and its picture from the JSON of `tse bench train --json`, and a section each from that of
`tse bench ops`, of `tse bench precision`, and of `tse bench train --contestants fp32,fp32-threads,bf16,bf16-threads`,
and of `bench/profile.py`, where they are given too, in any order. What stands in the page below the line HAND stays.

    bench/speed_page.py BENCH.json [MORE.json ...] docs/results

Needs Debian's python3-matplotlib.
"""

import json
import statistics
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "tse"  # the same picture for the same numbers
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plt  # noqa: E402

HAND = "<!-- From here on by hand: bench/speed_page.py keeps it. -->"
OPERATIONS = {"nor_conv_3x3": "3", "nor_conv_1x1": "1", "avg_pool_3x3": "p", "skip_connect": "s", "none": "-"}


def short(arch):
    """A cell's edges by letter, node by node: 3 33 333."""
    nodes = [[edge.split("~")[0] for edge in node.split("|") if edge] for node in arch.split("+")]
    return " ".join("".join(OPERATIONS[edge] for edge in node) for node in nodes)


def network(cell):
    return f"{short(cell['arch'])}, {'8 channels, 1 cell' if 'channels=8' in cell['space'] else '16 channels, 5 cells'}"


def picture(result, file):
    cells = result["cells"]
    names = [network(cell) for cell in cells]
    places = range(len(cells))
    figure, (speed, share) = plt.subplots(1, 2, figsize=(11, 6), sharey=True, layout="constrained")
    bars = [("tuned", "tuned", "#b0b0b0"), ("fp32", "tse, fp32", "#4878a8"), ("bf16", "tse, bf16", "#d08030")]
    for number, (key, label, colour) in enumerate(bars):
        speed.barh([p + (number - 1) * 0.27 for p in places], [c[key] / c["eager"] for c in cells], 0.25, label=label,
                   color=colour)
    speed.axvline(1, color="black", linewidth=1)
    speed.set_xscale("log")
    ticks = [1, 2, 5, 10, 20]
    speed.set_xticks(ticks, [f"{tick}×" for tick in ticks])
    speed.minorticks_off()
    speed.set_xlabel("images per second over those of eager PyTorch")
    speed.set_yticks(list(places), names)
    speed.invert_yaxis()
    speed.legend(loc="lower right")
    for number, (key, label, colour) in enumerate([("roofline_share", "tse, fp32", "#4878a8"),
                                                   ("roofline_share_bf16", "tse, bf16", "#d08030")]):
        share.barh([p + (number - 0.5) * 0.35 for p in places], [100 * c[key] for c in cells], 0.33, label=label,
                   color=colour)
    share.axvline(100, color="black", linewidth=1)
    share.set_xlabel("of the roofline, %")
    figure.savefig(file, metadata={"Date": None})


def table(result):
    lines = ["| network | eager | tuned | fp32 | bf16 | fp32 / eager | bf16 / eager | bf16 / tuned | of the roofline, fp32 "
             "| bf16 |", "|---|---|---|---|---|---|---|---|---|---|"]
    for cell in result["cells"]:
        speeds = " | ".join(f"{cell[key]:.0f}" for key in ("eager", "tuned", "fp32", "bf16"))
        lines.append(f"| `{network(cell)}` | {speeds} | {cell['fp32'] / cell['eager']:.2f} | "
                     f"{cell['bf16'] / cell['eager']:.2f} | {cell['bf16'] / cell['tuned']:.2f} | "
                     f"{100 * cell['roofline_share']:.0f} % | {100 * cell['roofline_share_bf16']:.0f} % |")
    return "\n".join(lines)


def memory(result):
    lines = ["| network | eager | channels-last bf16 | fp32 worker | bf16 worker |", "|---|---|---|---|---|"]
    for cell in result["cells"]:
        who = [cell["contestants"][name] for name in ("eager", "channels-last-bf16", "fp32", "bf16")]
        lines.append(f"| `{network(cell)}` | " + " | ".join(f"{w['peak_memory'] / 2**20:.0f}" for w in who) + " |")
    return "\n".join(lines)


def spread(result):
    """The largest distance of a round from its median, over all contests."""
    return max(abs(rate / who["images_per_second"] - 1)
               for cell in result["cells"] for who in cell["contestants"].values() for rate in who["rounds"])


def limits(result):
    mean, cells = result["geomean"], result["cells"]
    product = {"fp32": 1.0, "bf16": 1.0}
    for cell in cells:
        for precision in product:
            product[precision] *= cell["roofline"][precision] / cell["eager"]
    at_roofline = {precision: value ** (1 / len(cells)) for precision, value in product.items()}
    return mean, at_roofline


def figure_of(op, side, key):
    """Three significant digits, or a whole number; - where the op has no such side."""
    if side not in op["sides"]:
        return "-"
    value = op["sides"][side][key]
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def kernels(ops):
    """The section of `tse bench ops`; its machine is said again, as it may have run on another day."""
    machine = ops["machine"]
    lines = ["| op | on | fp32 | bf16 | plain | channels-last | fp32 / plain | fp32 / best | bf16 / best | rate in fp32 "
             "| in bf16 | of plain | unit | spread |", "|---|---|" + "---|" * 12]
    for op in ops["ops"]:
        times = " | ".join(figure_of(op, side, "microseconds") for side in ("fp32", "bf16", "plain", "channels-last"))
        ratios = " | ".join("-" if op[key] is None else f"{op[key]:.2f}"
                            for key in ("fp32_to_plain", "fp32_to_best", "bf16_to_best"))
        rates = " | ".join(figure_of(op, side, "rate") for side in ("fp32", "bf16", "plain"))
        lines.append(f"| {op['op']} | {op['on']} | {times} | {ratios} | {rates} | {op['unit']} | "
                     f"{100 * op['spread']:.0f} % |")
    table_text = "\n".join(lines)
    return f"""
## Kernel against plain ops

From the JSON of `tse bench ops --json`, on {machine['cores']} cores of {machine['cpu']}, libtorch {machine['engine']['libtorch']}, oneDNN
{machine['engine']['onednn']}; one thread. Microseconds of a call over a batch of {ops['batch']}, the median of {ops['rounds']} turns of at least
{ops['seconds']} s; the sides take turns in one process. Spread is the largest distance of a turn from its side's median.

- `fp32`, `bf16`: the kernels of the fast path, block by block of images as the passes call them, on tensors of the whole
  batch: what one finds in the cache that another left there is not counted for them.
- `plain`, `channels-last`: the ops of libtorch that one writes for the same, in fp32, NCHW or channels-last, on the whole
  batch at once. They allocate their results, as they do in an eager loop. `best` is the faster of the two.
- GB/s count each tensor that must be read or written once, however often a side does; a multiply-add is two operations.

{table_text}
"""


def layouts(result):
    """The section of one process per core against one with all cores."""
    lines = ["| network | fp32, workers | fp32, threads | bf16, workers | bf16, threads |", "|---|---|---|---|---|"]
    ratios = []
    for cell in result["cells"]:
        who = [cell["contestants"][name]["images_per_second"] for name in ("fp32", "fp32-threads", "bf16", "bf16-threads")]
        ratios += [who[0] / who[1], who[2] / who[3]]
        lines.append(f"| `{network(cell)}` | " + " | ".join(f"{speed:.0f}" for speed in who) + " |")
    table_text = "\n".join(lines)
    mean = statistics.geometric_mean(ratios)
    return f"""
## Workers or threads

Images per second of the whole machine with one worker of one thread per core, and with one worker that has a thread per
core; {result['rounds']} turns of at least {result['seconds']} s. Workers have {min(ratios):.2f} to {max(ratios):.2f} times the speed of threads, {mean:.2f} in the
mean, most for the smallest networks. They are the default, whatever the network's size; their results do not depend on how
many there are, while sums of several threads do on their number. Threads take less memory: `--workers 1 --threads N`.

{table_text}
"""


def profiles(result):
    """The section of `bench/profile.py`."""
    kinds = list(result["profile"][0]["shares"])
    lines = ["| network | precision | " + " | ".join(kinds) + " |", "|---|---|" + "---|" * len(kinds)]
    for cell in result["profile"]:
        lines.append(f"| `{network(cell)}` | {cell['precision']} | "
                     + " | ".join(f"{100 * share:.0f} %" for share in cell["shares"].values()) + " |")
    table_text = "\n".join(lines)
    fewest = min(cell["samples"] for cell in result["profile"])
    return f"""
## Where the time goes

Shares of the samples that `perf` took of one worker of one thread, by `bench/profile.py`; at least {fewest} samples each.

{table_text}
"""


def precision(result):
    """The paragraph of one `tse bench precision`."""
    options = [option for option in result["data"].split(":", 1)[1].split(",") if not option.startswith("dir=")]
    data = result["data"].split(":")[0] + (":" + ",".join(options) if options else "")

    def said(key):
        found = result[key]
        return f"{found['spearman']:.3f} [{found['ci95'][0]:.3f}, {found['ci95'][1]:.3f}]"

    return f"""
`tse bench precision --space {result['space']} --data {data}
--recipe {result['recipe']} --archs {len(result['mean_losses'])} --steps {result['steps']}`, batch {result['batch']}:

- fp32 and bf16: {said('fp32_to_bf16')}
- the control, fp32 and fp32 with noise on its initial weights: {said('fp32_to_noise')}
"""


def precisions(results):
    return """
## Rankings in bf16

Spearman's correlation of the mean training losses of random connected cells, trained in fp32 and in bf16 with the same
batches, with its 95 % bootstrap interval. Rounding alone drives trainings apart: the control, in which each initial weight
changes by up to 2^-24 of itself, says how near to 1 a correlation can come.
""" + "".join(precision(result) for result in results)


def page(result, sections):
    machine, (mean, at_roofline) = result["machine"], limits(result)
    return f"""# Training speed

Written by `bench/speed_page.py` from the JSON of `tse bench train --json`. [The fast path](../design/cpu.md) says how
it works; what was tried is at the end.

{machine['cpu']}, {machine['cores']} cores, {machine['system']}, {machine['compiler']}, libtorch
{machine['engine']['libtorch']}, oneDNN {machine['engine']['onednn']}. Batch {result['batch']}, 3x32x32, ten classes; images per
second of the whole machine, the median of {result['rounds']} turns of at least {result['seconds']} s; the contestants take turns.
No turn was further than {100 * spread(result):.0f} % from its contestant's median.

- `eager`: the network in plain `torch::nn` modules, NCHW, fp32, all cores in one process, on a batch that is ready made.
- `tuned`: the better of channels-last and channels-last with bf16 autocast, as `eager` otherwise.
- `fp32`, `bf16`: `tse`, one worker of one thread per core, its whole loop from augmentation to update.
- the roofline: a training that does its convolutions alone, each at the best rate of its shape and direction that was
  measured for oneDNN on all cores at once, and moves each one's input, output and their gradients once at the rate of a
  copy ({result['rates']['copy_gbytes_per_second']:.1f} GB/s, read and written).

A network is written by the letters of its cell's edges: 3 and 1 convolutions, p average pooling, s skip, - none.

![Speed over eager PyTorch, and share of the roofline](speed.svg)

{table(result)}

Geometric means: fp32 **{mean['fp32']:.2f}** times eager, bf16 **{mean['bf16']:.2f}** times eager, bf16 **{mean['bf16_to_tuned']:.2f}**
times tuned. At the roofline they would be {at_roofline['fp32']:.2f} times eager in fp32 and {at_roofline['bf16']:.2f} in bf16.

## Peak memory of a process, MiB

{memory(result)}

libtorch alone takes about 190 of these.
""" + sections


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    results = [json.loads(Path(file).read_text()) for file in sys.argv[1:-1]]
    folder = Path(sys.argv[-1])
    is_panel = [bool(r.get("cells")) and r["cells"][0]["eager"] is not None for r in results]
    if sum(is_panel) != 1:
        sys.exit("expected one result of `tse bench train` with the eager loop in it")
    result = results[is_panel.index(True)]
    sections = "".join(layouts(r) for r in results if r.get("cells") and r is not result)
    sections += "".join(profiles(r) for r in results if "profile" in r)
    sections += "".join(kernels(r) for r in results if "ops" in r)
    rankings = [r for r in results if "mean_losses" in r]
    sections += precisions(rankings) if rankings else ""
    picture(result, folder / "speed.svg")
    file = folder / "speed.md"
    _, _, by_hand = file.read_text().partition(HAND) if file.exists() else ("", "", "")
    file.write_text(page(result, sections) + f"\n{HAND}{by_hand}")


if __name__ == "__main__":
    main()
