"use strict";
// The report's plots and its sortable table. All texts reach the page through textContent, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const trials = data.ranking.trials;
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  root.classList.add("scripted");

  // --- Colours: by rank, best to worst over the finished trials.
  const ranked = trials.filter((_, i) => data.ranks[i] > 0).length;

  const hexToRgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  function colour(trial, alpha) {
    const rank = data.ranks[trial];
    const place = rank > 0 && ranked > 1 ? (rank - 1) / (ranked - 1) : 0;
    const stops = ["--best", "--middle", "--worst"].map((name) => hexToRgb(style(name)));
    const [from, to, share] = place < 0.5 ? [stops[0], stops[1], place * 2] : [stops[1], stops[2], place * 2 - 1];
    const mixed = from.map((value, i) => Math.round(value + (to[i] - value) * share));
    return `rgba(${mixed.join(",")},${alpha})`;
  }

  const short = (value, digits = 4) => (value === null || value === undefined ? "\u2013" : String(+value.toPrecision(digits)));

  function count(value) {
    for (const [size, suffix] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
      if (value >= size) return short(value / size, 3) + suffix;
    return String(value);
  }

  function name(trial) {
    const rank = data.ranks[trial];
    return (rank > 0 ? `${rank}. ` : "") + trials[trial].arch;
  }

  const axis = (title, extra, tick = (value) => short(value)) => ({
    title: { display: true, text: title, color: style("--ink") },
    ticks: { color: style("--soft"), maxRotation: 0, autoSkipPadding: 12, callback: tick },
    grid: { color: style("--grid") },
    ...extra,
  });

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
  for (const button of document.querySelectorAll("[data-scale]")) {
    button.addEventListener("click", () => {
      scale = button.dataset.scale;
      for (const other of document.querySelectorAll("[data-scale]"))
        other.setAttribute("aria-pressed", String(other === button));
      drawLosses();
    });
  }

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
  const headers = [...table.tHead.rows[0].cells];

  function sortBy(column, direction) {
    const text = headers[column].classList.contains("text");
    const key = (row) => row.cells[column].dataset.value;
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => {
      const [left, right] = [key(a), key(b)];
      if (left === "" || right === "") return (left === "") - (right === "");  // what is missing stays last
      const order = text ? left.localeCompare(right) : Number(left) - Number(right);
      return direction === "ascending" ? order : -order;
    });
    table.tBodies[0].append(...rows);
    for (const header of headers) header.removeAttribute("aria-sort");
    headers[column].setAttribute("aria-sort", direction);
  }

  headers.forEach((header, column) => {
    const button = header.querySelector("button");
    button.addEventListener("click", () => {
      const now = header.getAttribute("aria-sort");
      // the first click brings the best to the top
      const first = header.dataset.first || "ascending";
      sortBy(column, now === null ? first : now === "ascending" ? "descending" : "ascending");
    });
  });

  for (const row of table.tBodies[0].rows) {
    row.addEventListener("click", () => {
      chosen = chosen === Number(row.dataset.trial) ? -1 : Number(row.dataset.trial);
      lit = -2;  // redraw even if the pointer had lit the same one
      light(chosen);
    });
  }

  // --- Taking the numbers along.
  function save(file, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  byId("save-json").addEventListener("click", () =>
    save("ranking.json", "application/json", JSON.stringify(data.ranking, null, 1) + "\n"));

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

  function drawAll() {
    drawDots();
    drawLosses();
    drawScatter();
  }
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("beforeprint", drawAll);
  addEventListener("afterprint", drawAll);
})();
