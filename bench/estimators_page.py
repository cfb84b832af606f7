#!/usr/bin/env python3
"""Writes docs/results/estimators.md and its pictures from `tse evaluate --json`, which it runs on each study.

    bench/estimators_page.py build/release/bin/tse docs/results NAME=STUDY[,OPTION...] [NAME=STUDY...]

Each study becomes a section NAME and the picture estimators-NAME.svg. OPTIONs are further ones of `tse evaluate`, as
--scores=STUDY or --curve=train_error. Needs Debian's python3-matplotlib.
"""

import json
import subprocess
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "tse"  # the same picture for the same numbers
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plt  # noqa: E402

SUMS = ["tse", "tse-e", "tse-ema", "tse-ema-paper", "tse-ema-naslib"]
RIVALS = ["valid-loss-sum", "valid-loss", "valid-accuracy", "lcsvr", "synflow", "snip", "jaccov"]
COUNTS = ["params", "macs"]
STYLES = {"tse": "#4878a8", "tse-e": "#d08030", "tse-ema": "#a03030", "valid-loss-sum": "#808080", "valid-loss": "#404040",
          "valid-accuracy": "#308050", "lcsvr": "#8050a0", "train-loss-minibatch": "#b09030", "params": "#000000",
          "synflow": "#40a0a0", "snip": "#a06090", "jaccov": "#60a040"}
SOURCES = {
    "own": "[Made by `tse`](../../tables/README.md).",
    "own-other-seed": "Trainings of the same networks with another seed, against the outcomes of those with the first: no "
                      "luck is shared. [Made by `tse`](../../tables/README.md).",
    "nasbench-nlp": "Recurrent networks on WikiText-2, one recipe, from NAS-Bench-NLP (Klyuchnikov et al. 2020, "
                    "arXiv 2006.07116; files of fmsnew/nas-bench-nlp-release, Apache-2.0).",
    "nb201-accuracy": "Random cells of NAS-Bench-201, accuracies as means over seeds (files of "
                      "SamuelMintal/Masters_Thesis, Apache-2.0). Training losses are not there. The curves are of "
                      "networks trained on one half of the training set, the outcomes of the same cells trained on all "
                      "of it.",
    "nb201-error": "Cells of NAS-Bench-201, errors of Syne Tune's table (files of ErlisLushtaku's multi-fidelity study). "
                   "Not a random sample: a search chose them. Training losses are not there.",
}
IMPORTS = {  # of the published tables: the metrics there are, and the outcome
    "nasbench-nlp": (["train_loss", "valid_loss", "test_loss"], "test_loss"),
    "nb201-accuracy": (["train_accuracy", "valid_accuracy"], "test_accuracy"),
    "nb201-error": (["train_error", "test_error"], "test_accuracy"),
}
SAME = 0.05  # correlations nearer than this count as the same


class Study:
    def __init__(self, tse, name, file, options):
        self.tse, self.name, self.file, self.options = tse, name, file, options
        self.all = self.evaluate()
        self.end = self.all["schedule_epochs"]
        self.budgets = sorted({row["epochs"] for row in self.all["rows"]})
        self.estimators = list(dict.fromkeys(row["estimator"] for row in self.all["rows"]))
        if "valid-accuracy" in self.estimators:  # LcSVR learns from half of the trainings, and is measured on the rest
            name = f"lcsvr:train={self.all['trainings'] // 2}"
            fitted = self.evaluate("--estimators", name, "--epochs", ",".join(map(str, self.budgets)))
            self.all["rows"] += fitted["rows"]
            self.estimators.append(name)

    def evaluate(self, *options):
        command = [self.tse, "evaluate", self.file, *self.options, *options, "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise ValueError(done.stderr.strip())
        return json.loads(done.stdout)

    def row(self, estimator, epochs):
        return next(r for r in self.all["rows"] if r["estimator"] == estimator and r["epochs"] == epochs)

    def differences(self, against, estimators, budgets):
        """Rows of `estimators` with their distance to `against`; none where the study lacks what one needs."""
        if not budgets or not estimators:
            return []
        try:
            result = self.evaluate("--against", against, "--epochs", ",".join(map(str, budgets)),
                                   *[part for one in [against, *estimators] for part in ("--estimators", one)])
        except ValueError as error:
            print(f"{self.name}: {against} against {estimators}: {error}", file=sys.stderr)
            return []
        return [r for r in result["rows"] if r["estimator"] != against and None not in r["difference_ci95"]]


def base(estimator):
    return estimator.split(":")[0]


def number(value, digits=3):
    return "-" if value is None else f"{value:.{digits}f}".replace("-0.", "−0.")


def picture(study, file):
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    x = [t / study.end for t in study.budgets]
    for estimator in study.estimators:
        if base(estimator) not in STYLES:
            continue
        rows = [study.row(estimator, t) for t in study.budgets]
        if all(r["spearman"] is None for r in rows):
            continue
        y = [float("nan") if r["spearman"] is None else r["spearman"] for r in rows]
        low = [float("nan") if r["ci95"][0] is None else r["ci95"][0] for r in rows]
        high = [float("nan") if r["ci95"][1] is None else r["ci95"][1] for r in rows]
        axes.plot(x, y, color=STYLES[base(estimator)], label=estimator, linewidth=1.6, marker="o", markersize=2.5,
                  linestyle=":" if estimator in COUNTS else "-")
        if estimator in ("tse-ema", "valid-accuracy"):
            axes.fill_between(x, low, high, color=STYLES[estimator], alpha=0.15, linewidth=0)
    axes.set_xscale("log")
    axes.set_xticks(x, [f"{value:.2g}" for value in x])
    axes.minorticks_off()
    axes.set_xlabel(f"epochs trained, as a share of the schedule's {study.end}")
    axes.set_ylabel("Spearman's correlation with the outcome")
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def table(study):
    lines = ["| estimator | " + " | ".join(f"T = {t} ({t / study.end:.2g})" for t in study.budgets) + " |",
             "|---|" + "---|" * len(study.budgets)]
    for estimator in study.estimators:
        cells = []
        for t in study.budgets:
            r = study.row(estimator, t)
            text = number(r["spearman"])
            cells.append(f"**{text}**" if r["best"] else text)
        lines.append(f"| `{estimator}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def leaders(study):
    lines = ["| T | best | Spearman | its top-10's mean outcome | not clearly behind it |", "|---|---|---|---|---|"]
    for t in study.budgets:
        rows = [r for r in study.all["rows"] if r["epochs"] == t and base(r["estimator"]) != "lcsvr"]
        best = next((r for r in rows if r["best"]), None)
        if best is None:
            continue
        near = [f"`{r['estimator']}`" for r in rows
                if r is not best and r["difference_ci95"][1] is not None and r["difference_ci95"][1] >= 0]
        low, high = best["ci95"]
        lines.append(f"| {t} | `{best['estimator']}` | {number(best['spearman'])} [{number(low)}, {number(high)}], n = {best['n']} "
                     f"| {number(best['top10_mean_outcome'])} | {', '.join(near) or '-'} |")
    return "\n".join(lines)


def beats(rows):
    """Whether the reference is ahead of all the rows, with how it stands to them."""
    if not rows:
        return "not measured"
    ahead = sum(r["difference_ci95"][1] < 0 for r in rows)
    behind = sum(r["difference_ci95"][0] > 0 for r in rows)
    verdict = "upheld" if ahead == len(rows) else "not upheld" if behind else "undecided"
    return f"**{verdict}**: of {len(rows)} comparisons ahead in {ahead}, behind in {behind}"


def equals(rows):
    if not rows:
        return "not measured"
    inside = sum(-SAME < r["difference_ci95"][0] and r["difference_ci95"][1] < SAME for r in rows)
    outside = sum(r["difference_ci95"][0] > SAME or r["difference_ci95"][1] < -SAME for r in rows)
    verdict = "upheld" if inside == len(rows) else "not upheld" if outside else "undecided"
    most = max(rows, key=lambda r: abs(r["difference"]))
    return (f"**{verdict}**: of {len(rows)} comparisons surely within {SAME} in {inside}, surely beyond in {outside}; "
            f"farthest {number(most['difference'])} (`{most['estimator']}`, T = {most['epochs']})")


def claims(study):
    """(claim, verdict) for each claim of the paper that such a study can speak to."""
    has = study.estimators
    half = [t for t in study.budgets if t <= study.end / 2]
    early = [t for t in study.budgets if t <= study.end / 10]
    rivals = [e for e in has if base(e) in RIVALS]
    counts = [e for e in COUNTS if e in has][:1]
    late = [t for t in half if t >= 20 or t >= study.end / 3]
    steps = study.differences("tse-e", ["train-loss-minibatch:step=all"], half) if "train-loss-minibatch" in has else []
    found = [
        ("TSE-E is ahead of all baselines for T up to half of the schedule", beats(study.differences("tse-e", rivals, half))),
        ("TSE-EMA is ahead of all baselines for T up to half of the schedule",
         beats(study.differences("tse-ema", rivals, half))),
        ("TSE-EMA is ahead of the number of parameters there (not the paper's claim)",
         beats(study.differences("tse-ema", counts, half))),
        ("TSE-EMA is the strongest for T up to a tenth of the schedule (from 2 on): ahead of TSE and TSE-E too",
         beats(study.differences("tse-ema", ["tse", "tse-e"] + rivals, [t for t in early if t > 1]))),
        ("the sum over an epoch is ahead of a single mini-batch", beats(steps)),
        ("training loss is ahead of validation loss: TSE ahead of the sum of validation losses",
         beats(study.differences("tse", ["valid-loss-sum"] if "valid-loss-sum" in has else [], half))),
        ("the same of the newest epoch: TSE-E ahead of the validation loss",
         beats(study.differences("tse-e", ["valid-loss"] if "valid-loss" in has else [], half))),
        ("E = 1 is the best window of TSE-E, ahead of 5, 10 and 20 (Fig. 10; T from 20, or a third of the schedule, on)",
         beats(study.differences("tse-e", ["tse-e:epochs=5", "tse-e:epochs=10", "tse-e:epochs=20"], late))),
        ("the decay of TSE-EMA hardly matters (T from 2 on): 0.95, 0.99 and 0.999 as 0.9 (Fig. 11)",
         equals(study.differences("tse-ema", ["tse-ema:mu=0.95", "tse-ema:mu=0.99", "tse-ema:mu=0.999"],
                                  [t for t in half if t > 1]))),
    ]
    zero_cost = [e for e in has if base(e) in ("synflow", "snip", "jaccov")]
    found += [
        ("zero-cost scores are inconsistent over spaces, and blind to the recipe",
         "**undecided**: not measured, one space and one recipe; [the space in larger networks](zero-cost.md)" if zero_cost
         else "not measured"),
        ("estimators hold only among trainings of one recipe", "**undecided**: not measured, one recipe"),
    ]
    if steps:
        fractions = [f"tse-e:epochs={e}" for e in (0.3, 0.5, 0.7)]
        found.append(("a window of 0.3 of an epoch or more ranks about as TSE-E with a whole one",
                      equals(study.differences("tse-e", fractions, half))))
    return found


def commands(study):
    lines = []
    if study.name in IMPORTS:
        metrics, outcome = IMPORTS[study.name]
        lines.append(f"tse import --study {study.name}.tse " + " ".join(f"{m}={m}.csv" for m in metrics)
                     + f" --outcome final.csv:{outcome}")
    words = [study.file] + [word for one in study.options for word in one.split("=", 1)]
    lines.append("tse evaluate " + " ".join(Path(word).name for word in words))
    return "\n".join(lines)


def page(studies):
    names = list(studies)
    verdicts = {name: dict(claims(study)) for name, study in studies.items()}
    order = list(dict.fromkeys(claim for of in verdicts.values() for claim in of))
    lines = ["| claim | " + " | ".join(f"[{name}](#{name})" for name in names) + " |", "|---|" + "---|" * len(names)]
    for claim in order:
        lines.append(f"| {claim} | " + " | ".join(verdicts[name].get(claim, "not measured") for name in names) + " |")
    claims_table = "\n".join(lines)
    text = f"""# Which estimator ranks best, and when

Written by `bench/estimators_page.py` from `tse evaluate --json` on each study. Spearman's correlation of the score after T
epochs with the outcome named; intervals are 95 % bootstrap intervals over architectures, differences paired on the same
resamples. Names are those of `tse list`; `tse-ema` is the released code's recursion, `tse-ema-paper` the paper's formula.

## The paper's claims

An estimator is *ahead* where the whole interval of the difference is on its side. A claim is upheld where that holds in
every comparison (budget and rival), not upheld where the rival is ahead in any, and undecided otherwise: then these
trainings are too few to tell. The intervals are not widened for their number, so a single one of dozens may be luck.
"About as" means that the difference is surely less than {SAME}.

{claims_table}
"""
    for name, study in studies.items():
        facts = study.all
        curve = "" if facts["curve"] == "train_loss" else f" In the place of the training loss: {facts['curve']}."
        lcsvr = ""
        if any(base(e) == "lcsvr" for e in study.estimators):
            lcsvr = ("\nLcSVR learns from a random half of the trainings, whole, and is measured on the others alone: its"
                     "\ncorrelation stands beside the rest, and cannot lead.\n")
        lower = ", lower is better" if facts["outcome_lower_is_better"] else ""
        text += f"""
## {name}

{SOURCES.get(name, "")} {facts['trainings']} trainings: {facts['facts']}. Outcome: {facts['outcome']} ({facts['outcome_source']}{lower}).{curve}

![Spearman's correlation over the budget](estimators-{name}.svg)

```text
{commands(study)}
```

{table(study)}
{lcsvr}
{leaders(study)}
"""
        if facts["notes"]:
            text += "\n" + "\n".join(f"- {note}" for note in facts["notes"]) + "\n"
    return text


def main():
    if len(sys.argv) < 4 or not all("=" in one for one in sys.argv[3:]):
        sys.exit(__doc__)
    tse, folder = sys.argv[1], Path(sys.argv[2])
    studies = {}
    for one in sys.argv[3:]:
        name, file = one.split("=", 1)
        file, *options = file.split(",")
        studies[name] = Study(tse, name, file, options)
        picture(studies[name], folder / f"estimators-{name}.svg")
    (folder / "estimators.md").write_text(page(studies))


if __name__ == "__main__":
    main()
