"use strict";
// The plots of a comparison of estimators.
(() => {
  const { data, byId, style, axis, colour, dash, fewTicks, nameButton } = parts;
  const fixed = (value) => (value === null ? "–" : value.toFixed(3));
  const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(3);

  function bar(pen, x, scale, [low, high], ink) {
    pen.save();
    pen.strokeStyle = ink;
    pen.beginPath();
    pen.moveTo(x, scale.getPixelForValue(low));
    pen.lineTo(x, scale.getPixelForValue(high));
    pen.stroke();
    pen.restore();
  }

  function show(study, index) {
    const names = [...new Set(study.rows.map((row) => row.estimator))];
    const end = study.schedule_epochs || 1;
    const rows = names.map((name) => study.rows.filter((row) => row.estimator === name && row.spearman !== null));
    const hidden = new Set();
    let lit = -1;
    let chart = null;

    const kManyBands = 4; // more of them hide one another: then only that of the curve pointed at is drawn
    const hasBands = () => names.length - hidden.size <= kManyBands;
    const band = (i) => (lit === i ? 0.25 : lit < 0 && hasBands() ? 0.08 : 0);
    const faded = (i) => (lit < 0 || lit === i ? 1 : 0.15);

    // A band is two invisible curves, the upper filled down to the lower; then comes the curve itself.
    function sets() {
      const list = [];
      names.forEach((name, i) => {
        const points = (pick) => rows[i].map((row) => ({ x: row.epochs / end, y: pick(row), row }));
        const common = { estimator: i, hidden: hidden.has(i), parsing: false, tension: 0 };
        const edge = { ...common, borderWidth: 0, pointRadius: 0, pointHitRadius: 0, pointHoverRadius: 0 };
        list.push({ ...edge, data: points((row) => row.ci95[0]), fill: false });
        list.push({ ...edge, data: points((row) => row.ci95[1]), fill: "-1", backgroundColor: () => colour(i, band(i)) });
        list.push({
          ...common,
          data: points((row) => row.spearman),
          fill: false,
          borderColor: () => colour(i, faded(i)),
          backgroundColor: () => colour(i, faded(i)),
          borderDash: dash(i),
          borderWidth: () => (lit === i ? 3 : 1.75),
          pointRadius: rows[i].length > 40 ? 0 : 2.5,
          pointHitRadius: 8,
          pointHoverRadius: 5,
        });
      });
      return list;
    }

    // With a single budget there is no band: bars show the intervals.
    const intervals = {
      id: "intervals",
      afterDatasetsDraw(drawn) {
        if (new Set(study.rows.map((row) => row.epochs)).size > 1) return;
        const pen = drawn.ctx;
        drawn.data.datasets.forEach((set, i) => {
          const row = set.data[0] && set.data[0].row;
          if (!set.fill && row && row.ci95[0] !== null && drawn.isDatasetVisible(i) && set.pointRadius > 0)
            bar(pen, drawn.getDatasetMeta(i).data[0].x, drawn.scales.y, row.ci95, colour(set.estimator, faded(set.estimator)));
        });
      },
    };

    const effective = {
      id: "effective",
      afterDatasetsDraw(drawn) {
        const T = study.effective && study.effective.effective;
        if (!T) return;
        const x = drawn.scales.x.getPixelForValue(T / end);
        const { top, bottom, left, right } = drawn.chartArea;
        if (x < left || x > right) return;
        const pen = drawn.ctx;
        pen.save();
        pen.strokeStyle = style("--ink");
        pen.setLineDash([4, 4]);
        pen.beginPath();
        pen.moveTo(x, top);
        pen.lineTo(x, bottom);
        pen.stroke();
        pen.restore();
      },
    };

    function read(point) {
      const row = point && point.row;
      const reference = study.against === "best" ? "the best" : study.against;
      const apart = row && row.difference_ci95[0] !== null && row.difference !== 0;
      byId(`readout-${index}`).textContent = !row ? "Point at a curve to read its numbers." :
        `${row.estimator} after ${row.epochs} of ${end} epochs: Spearman ${fixed(row.spearman)} ` +
        `[${row.ci95.map(fixed).join(", ")}], Kendall ${fixed(row.kendall)}, ${row.n} trainings` +
        (row.diverged ? `, ${row.diverged} diverged` : "") +
        (apart ? `; ${signed(row.difference)} [${row.difference_ci95.map(signed).join(", ")}] to ${reference} at T` : "");
    }

    function light(i, point) {
      read(point);
      if (i === lit) return;
      lit = i;
      chart.update("none");
    }

    function draw() {
      if (chart) chart.destroy();
      const budgets = [...new Set(study.rows.map((row) => row.epochs / end))];
      const shown = rows.filter((_, i) => !hidden.has(i)).flat();
      const lowest = Math.min(0.6, ...shown.map((row) => row.spearman ?? 1), ...(hasBands() ? shown.map((row) => row.ci95[0] ?? 1) : []));
      const line = study.effective ? study.effective.effective / end : 0;
      chart = new Chart(byId(`chart-${index}`), {
        type: "line",
        data: { datasets: sets() },
        plugins: [effective, intervals],
        options: {
          animation: false,
          responsive: true,
          maintainAspectRatio: false,
          interaction: { mode: "nearest", intersect: false, axis: "xy" },
          onHover: (_, items) => {
            const item = items[0]; // an edge of a band tells as much as its curve
            if (item) light(chart.data.datasets[item.datasetIndex].estimator, chart.data.datasets[item.datasetIndex].data[item.index]);
          },
          scales: {
            x: axis("Training, as a share of the whole schedule (log)", {
              type: "logarithmic",
              min: Math.min(...budgets) / (budgets.length > 1 ? 1 : 2),
              max: Math.max(...budgets, line) * (budgets.length > 1 ? 1 : 2),
              afterBuildTicks: fewTicks,
              ticks: { color: style("--soft"), maxRotation: 0, autoSkipPadding: 14, callback: (value) => String(+value.toPrecision(2)) },
            }),
            y: axis("Spearman's rank correlation", { max: 1, min: Math.max(-1, Math.floor(5 * lowest) / 5) }),
          },
          plugins: {
            legend: { display: false },
            tooltip: {
              displayColors: false,
              filter: (_, place) => place === 0, // a curve and the edges of its band may lie in one place
              callbacks: {
                title: (items) => items.map((item) => item.raw.row.estimator),
                label: ({ raw: { row } }) => `T = ${row.epochs}: ${fixed(row.spearman)} [${row.ci95.map(fixed).join(", ")}]`,
              },
            },
          },
        },
      });
    }

    names.forEach((name, i) => {
      const button = nameButton(name, i, () => {
        const shows = hidden.delete(i);
        if (!shows) hidden.add(i);
        draw();
        return shows;
      });
      button.addEventListener("mouseenter", () => { if (!hidden.has(i)) light(i); });
      button.addEventListener("mouseleave", () => light(-1));
      byId(`names-${index}`).append(button);
    });
    byId(`chart-${index}`).addEventListener("mouseleave", () => light(-1));
    read();
    return draw;
  }

  // Means by group (Fig. 12 of arXiv 2006.04492): scores against the left axis, outcomes against the right one.
  function showGroups(study, index) {
    const names = [...new Set(study.group_rows.map((row) => row.estimator))];
    const select = byId(`groups-names-${index}`);
    let chart = null;

    // At most six budgets, the first and the last among them.
    function drawnRows() {
      const rows = study.group_rows.filter((row) => row.estimator === select.value);
      const places = Array.from({ length: 6 }, (_, i) => Math.round((i / 5) * (rows.length - 1)));
      return [...new Set(places)].map((place) => rows[place]);
    }

    const number = (value) => (value === null ? "–" : String(+value.toPrecision(4)));

    const errorBars = {
      id: "errors",
      afterDatasetsDraw(drawn) {
        drawn.data.datasets.forEach((set, i) => {
          if (!drawn.isDatasetVisible(i)) return;
          drawn.getDatasetMeta(i).data.forEach(({ x }, k) => {
            const { y, error } = set.data[k];
            if (y !== null && error !== null)
              bar(drawn.ctx, x, drawn.scales[set.yAxisID], [y - error, y + error], set.borderColor);
          });
        });
      },
    };

    function draw() {
      if (chart) chart.destroy();
      const rows = drawnRows();
      const widest = rows.reduce((most, row) => (row.groups.length > most.groups.length ? row : most));
      const sign = study.outcome_lower_is_better ? -1 : 1;
      const groups = widest.groups.slice().sort((a, b) => sign * (a.outcome_mean - b.outcome_mean));
      const points = (list, mean, error) => groups.map(({ group }) => {
        const found = list.find((one) => one.group === group);
        return { x: group, y: found ? found[mean] : null, error: found ? found[error] : null };
      });
      // axes hold the whole bars
      const reach = (list) => {
        const ends = list.flat().filter(({ y }) => y !== null).flatMap(({ y, error }) => [y - (error ?? 0), y + (error ?? 0)]);
        return { suggestedMin: Math.min(...ends), suggestedMax: Math.max(...ends) };
      };
      const common = { borderWidth: 1.75, pointRadius: 2.5, pointHitRadius: 8, tension: 0 };
      const sets = rows.map((row, i) => ({
        ...common,
        label: `T = ${row.epochs}`,
        yAxisID: "y",
        data: points(row.groups, "score_mean", "score_se"),
        borderColor: colour(i, 1),
        backgroundColor: colour(i, 1),
      }));
      sets.push({
        ...common,
        label: study.outcome,
        yAxisID: "outcome",
        data: points(widest.groups, "outcome_mean", "outcome_se"),
        borderColor: style("--ink"),
        backgroundColor: style("--ink"),
        borderDash: [6, 4],
      });
      chart = new Chart(byId(`groups-chart-${index}`), {
        type: "line",
        data: { labels: groups.map(({ group }) => group), datasets: sets },
        plugins: [errorBars],
        options: {
          animation: false,
          responsive: true,
          maintainAspectRatio: false,
          interaction: { mode: "nearest", intersect: false, axis: "xy" },
          scales: {
            x: axis(`${study.group}, by mean outcome`, { type: "category" }),
            y: axis(`score of ${select.value}`, reach(sets.slice(0, -1).map((set) => set.data))),
            outcome: axis(study.outcome, { position: "right", grid: { display: false }, ...reach([sets.at(-1).data]) }),
          },
          plugins: {
            legend: { labels: { color: style("--ink"), boxWidth: 16, boxHeight: 1 } },
            tooltip: {
              displayColors: false,
              callbacks: { label: ({ dataset, raw }) => `${dataset.label}: ${number(raw.y)} ± ${number(raw.error)}` },
            },
          },
        },
      });
    }

    for (const name of names) select.add(new Option(name, name));
    select.addEventListener("change", draw);
    return draw;
  }

  const draws = data.studies.map(show);
  data.studies.forEach((study, index) => {
    if (study.group_rows) draws.push(showGroups(study, index));
  });
  byId("save-json").addEventListener("click", () =>
    parts.saveJson("evaluate.json", data.studies.length === 1 ? data.studies[0] : data));
  parts.keepDrawn(() => draws.forEach((draw) => draw()));
})();
