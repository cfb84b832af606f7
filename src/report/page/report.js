"use strict";
// The report's plots and its sortable table.
(() => {
  const { data, byId, style, short, count, ramp, oneOf, save } = parts;
  const axis = (title, extra, tick = (value) => short(value)) => parts.axis(title, extra, tick);
  const trials = data.ranking.trials;

  // --- Colours: by rank, best to worst over the finished trials.
  const ranked = trials.filter((_, i) => data.ranks[i] > 0).length;

  function colour(trial, alpha) {
    const rank = data.ranks[trial];
    const place = rank > 0 && ranked > 1 ? (rank - 1) / (ranked - 1) : 0;
    return ramp(place, alpha);
  }

  function name(trial) {
    const rank = data.ranks[trial];
    return (rank > 0 ? `${rank}. ` : "") + trials[trial].arch;
  }

  // --- Loss curves.
  let lit = -1;     // the trial under the pointer or of the chosen row
  let chosen = -1;  // the row that was clicked
  let scale = "linear";
  let lossChart = null;

  // Worst first, so that the best lie on top.
  const drawn = data.curves.slice().sort((a, b) => (data.ranks[b.trial] || 1e9) - (data.ranks[a.trial] || 1e9));

  function lossSets() {
    const faint = drawn.length > 60 ? 0.45 : 0.75;
    return drawn.map((curve) => {
      const own = () => colour(curve.trial, lit < 0 ? faint : lit === curve.trial ? 1 : 0.12);
      const diverged = trials[curve.trial].status === "diverged";
      return {
        trial: curve.trial,
        data: curve.points.map(([x, y]) => ({ x, y })),
        borderColor: own,
        backgroundColor: own,
        borderWidth: () => (lit === curve.trial ? 3 : drawn.length > 60 ? 1 : 1.5),
        borderDash: diverged ? [5, 4] : [],
        pointRadius: curve.points.length === 1 ? 3 : 0,
        pointHitRadius: 6,
        pointHoverRadius: 4,
        tension: 0,
      };
    });
  }

  // A diverging curve must not flatten all others: the axis ends at the highest loss of those that did well.
  function highest() {
    const top = (wanted) => Math.max(0, ...data.curves.filter((curve) => wanted(trials[curve.trial].status))
      .map((curve) => Math.max(...curve.points.map((point) => point[1]))));
    const healthy = top((status) => status === "ok");
    return healthy > 0 && top(() => true) > healthy * 1.1 ? Math.ceil(healthy * 20) / 20 : undefined;
  }

  function readLoss(trial, point) {
    const lines = [name(trial)];
    if (point) lines.push(`epoch ${short(point.x, 3)}: loss ${short(point.y)}`);
    const score = trials[trial].scores[data.ranking.estimator];
    lines.push(`score ${short(score)}`, `${count(trials[trial].params)} parameters`, trials[trial].status);
    byId("loss-readout").textContent = lines.join(" \u00b7 ");
  }

  function light(trial, point) {
    if (trial < 0 && chosen >= 0) trial = chosen;
    if (trial >= 0) readLoss(trial, point);
    if (trial === lit) return;
    lit = trial;
    for (const row of document.querySelectorAll("#ranking-table tbody tr"))
      row.classList.toggle("lit", Number(row.dataset.trial) === lit);
    if (lossChart) lossChart.update("none");
    if (scatterChart) scatterChart.update("none");
  }

  function drawLosses() {
    if (lossChart) lossChart.destroy();
    lossChart = new Chart(byId("loss-chart"), {
      type: "line",
      data: { datasets: lossSets() },
      options: {
        animation: false,
        parsing: false,
        normalized: true,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "nearest", intersect: false, axis: "xy" },
        onHover: (_, items) => {
          if (!items.length) return;
          const set = lossChart.data.datasets[items[0].datasetIndex];
          light(set.trial, set.data[items[0].index]);
        },
        scales: {
          x: axis("Training, epochs", { type: "linear", min: 0, max: data.last_epoch }),
          y: axis("Training loss, mean cross-entropy in nats", {
            type: scale,
            max: highest(),
          }),
        },
        plugins: { legend: { display: false }, tooltip: { enabled: false } },
      },
    });
  }

  byId("loss-chart").addEventListener("mouseleave", () => light(-1));
  const scales = [...document.querySelectorAll("[data-scale]")];
  oneOf(scales, (place) => {
    scale = scales[place].dataset.scale;
    drawLosses();
  });

  // --- Score against outcome.
  let scatterChart = null;
  const predictor = byId("predictor");

  function predicted(trial, by) {
    if (by === "params" || by === "macs") return trials[trial][by];
    const score = trials[trial].scores[by];
    return score === undefined ? null : score;
  }

  function predictorTitle(by) {
    return by === "params" ? "Parameters" : by === "macs" ? "Multiply-adds of one image" : `Score of ${by}, higher is better`;
  }

  const fixed = (value, digits) => (value === null ? "\u2013" : value.toFixed(digits));

  function agreementText(by) {
    const found = (data.ranking.correlation || {})[by];
    if (!found) return "";
    const interval = found.ci95.map((bound) => fixed(bound, 2)).join(", ");
    return `${by}: Spearman ${fixed(found.spearman, 3)}, 95 % interval [${interval}], Kendall ${fixed(found.kendall, 3)}, ` +
      `${found.n} architectures.`;
  }

  function drawScatter() {
    if (!predictor) return;
    const by = predictor.value;
    const points = [];
    for (let trial = 0; trial < trials.length; ++trial) {
      const x = predicted(trial, by);
      const y = data.truths[trial];
      if (x !== null && y !== null) points.push({ x, y, trial });
    }
    if (scatterChart) scatterChart.destroy();
    const own = (context) => colour(context.raw.trial, lit < 0 || lit === context.raw.trial ? 0.9 : 0.25);
    scatterChart = new Chart(byId("scatter-chart"), {
      type: "scatter",
      data: {
        datasets: [{
          data: points,
          backgroundColor: own,
          borderColor: own,
          pointRadius: (context) => (context.raw && lit === context.raw.trial ? 7 : 4.5),
          pointHoverRadius: 7,
        }],
      },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "nearest", intersect: false, axis: "xy" },
        onHover: (_, items) => {
          if (!items.length) return;
          const point = points[items[0].index];
          light(point.trial);
          byId("scatter-readout").textContent =
            `${name(point.trial)} \u00b7 ${by} ${short(point.x)} \u00b7 ${data.outcome} ${short(point.y)}`;
        },
        scales: {
          x: axis(predictorTitle(by), {}, by === "params" || by === "macs" ? count : undefined),
          y: axis(data.outcome + (data.outcome_lower ? ", lower is better" : ", higher is better")),
        },
        plugins: { legend: { display: false }, tooltip: { enabled: false } },
      },
    });
    byId("scatter-readout").textContent = agreementText(by);
  }

  if (predictor) {
    predictor.addEventListener("change", drawScatter);
    byId("scatter-chart").addEventListener("mouseleave", () => {
      light(-1);
      byId("scatter-readout").textContent = agreementText(predictor.value);
    });
  }

  // --- The table: headers sort, rows choose a curve.
  const table = byId("ranking-table");
  parts.sortable(table);

  for (const row of table.tBodies[0].rows) {
    row.addEventListener("click", () => {
      chosen = chosen === Number(row.dataset.trial) ? -1 : Number(row.dataset.trial);
      lit = -2;  // redraw even if the pointer had lit the same one
      light(chosen);
    });
  }

  // --- Taking the numbers along.
  byId("save-json").addEventListener("click", () =>
    parts.saveJson("ranking.json", data.ranking));

  byId("save-csv").addEventListener("click", () => {
    const quote = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
    const estimators = Object.keys(trials[0] ? trials[0].scores : {});
    const lines = [["arch", "rank", "params", "macs", "status", ...estimators, ...(data.outcome ? [data.outcome] : [])]];
    trials.forEach((trial, i) => lines.push([
      trial.arch, data.ranks[i] || "", trial.params, trial.macs, trial.status,
      ...estimators.map((by) => trial.scores[by]), ...(data.outcome ? [data.truths[i]] : []),
    ]));
    save("ranking.csv", "text/csv", lines.map((line) => line.map(quote).join(",")).join("\r\n") + "\r\n");
  });

  function drawDots() {
    for (const row of table.tBodies[0].rows) {
      const cell = row.cells[0];
      const dot = cell.querySelector(".dot") || cell.insertBefore(document.createElement("span"), cell.firstChild);
      dot.className = "dot";
      dot.style.background = colour(Number(row.dataset.trial), 1);
    }
  }

  parts.keepDrawn(() => {
    drawDots();
    drawLosses();
    drawScatter();
  });
})();
