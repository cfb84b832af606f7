"use strict";
// The plots of a search.
(() => {
  const { byId, style, short, count, axis, ramp, colour, dash, fewTicks, nameButton, oneOf, plot, charts, inLines } = parts;
  const { search, objectives, accuracy_of } = parts.data;
  const history = search.history;
  const outcome = search.outcome ? search.outcome.name : "";

  const valueOf = (trial, k) => (objectives.length > 1 ? trial.objectives[objectives[k].name] : trial.objective) ?? null;
  const isCount = (name) => name === "params" || name === "macs";
  const sense = (name, lower) => `${name}, ${lower ? "lower" : "higher"} is better`;

  // A few very bad trials would flatten all others: then the axis ends before the worst twentieth.
  function reach(values, lower) {
    const sorted = values.slice().sort((a, b) => (lower ? b - a : a - b));
    const from = sorted[Math.floor(sorted.length / 20)];
    const [worst, best] = [sorted[0], sorted.at(-1)];
    if (sorted.length < 20 || Math.abs(best - from) > Math.abs(best - worst) / 2) return {};
    return lower ? { max: from } : { min: from };
  }

  const reachNote = (range) => (Object.keys(range).length > 0 ? "The axis leaves out the worst twentieth." : "");

  function about(trial) {
    const lines = [trial.arch];
    objectives.forEach(({ name }, k) => lines.push(`${name} ${isCount(name) ? count(valueOf(trial, k)) : short(valueOf(trial, k))}`));
    if (trial.params !== undefined && !objectives.some(({ name }) => name === "params")) lines.push(`${count(trial.params)} parameters`);
    if (outcome && !objectives.some(({ name }) => name === outcome)) lines.push(`${outcome} ${short(trial.outcome)}`);
    lines.push(trial.same_as === undefined ? trial.status : `${trial.status}, the result of trial ${trial.same_as}`);
    return lines.flatMap((line) => inLines(line, 24)); // a phone's plot has room for so many wide letters
  }

  const trialTooltip = {
    displayColors: false,
    callbacks: {
      title: (items) => (items.length > 0 ? `Trial ${items[0].raw.trial.number}` : ""),
      label: ({ raw }) => about(raw.trial),
    },
    filter: ({ raw }, place) => place === 0 && raw.trial !== undefined,
  };

  // --- Best so far, over what the search has cost.
  const timeUnit = (seconds) =>
    seconds >= 7200 ? ["hours", 3600] : seconds >= 180 ? ["minutes", 60] : ["seconds", 1];

  // Costs never fall; those of a search with several workers are told in the order of its trials.
  function costBy(name, title, of) {
    const at = [];
    for (const [i, trial] of history.entries()) at.push(Math.max(at.at(-1) ?? 0, of(trial, i) ?? NaN));
    return { name, title, at, known: at.at(-1) > 0 };
  }

  function costs() {
    const [unit, size] = timeUnit(Math.max(0, ...history.map((trial) => trial.cost_seconds ?? 0)));
    const known = [
      costBy("epochs", "Training of all trials, epochs", (trial) => trial.cost_epochs),
      costBy(unit, `${search.replay ? "Simulated clock" : "Training of all trials"}, ${unit}`,
        (trial) => (trial.cost_seconds === null ? null : trial.cost_seconds / size)),
    ].filter((cost) => cost.known);
    return known.length > 0 ? known : [costBy("trials", "Trials", (_, i) => i + 1)];
  }

  const known = costs();
  let cost = known[0];

  // After each trial the best of all so far, by what `pick` says of one.
  function leaders(pick, lower) {
    let found = null;
    return history.map((trial) => {
      const value = pick(trial);
      if (value !== null && (found === null || (lower ? value < pick(found) : value > pick(found)))) found = trial;
      return found;
    });
  }

  const byObjective = (trial) => valueOf(trial, 0);
  const byOutcome = (trial) => trial.outcome ?? null;
  const best = leaders(byObjective, objectives[0].lower);

  const steps = (trials, pick, look) => ({
    type: "line",
    stepped: true,
    data: trials.map((trial, i) => ({ x: cost.at[i], y: trial && pick(trial), trial })).filter(({ y }) => y !== null),
    pointRadius: 0,
    pointHoverRadius: 0,
    borderWidth: 2,
    ...look,
  });

  function drawBest(id, title, lower, pick, lines) {
    const dots = history.map((trial, i) => ({ x: cost.at[i], y: pick(trial), trial })).filter(({ y }) => y !== null);
    const range = reach(dots.map(({ y }) => y), lower);
    const faint = style("--soft") + "80";
    plot(id, {
      type: "scatter",
      data: {
        datasets: [
          ...lines,
          { label: "trial", data: dots, backgroundColor: faint, borderColor: faint, borderWidth: 0, pointRadius: 2.5, pointHoverRadius: 5 },
        ],
      },
      options: {
        scales: { x: axis(cost.title, { min: 0, max: cost.at.at(-1) }), y: axis(sense(title, lower), range) },
        plugins: {
          tooltip: trialTooltip,
          legend: { display: lines.length > 1, labels: { color: style("--ink"), usePointStyle: true, pointStyle: "line", filter: ({ text }) => text !== "trial" } },
        },
      },
    });
    return range;
  }

  function drawBests() {
    if (!byId("best-chart")) return;
    const { name, lower } = objectives[0];
    const range = drawBest("best-chart", name, lower, byObjective, [
      steps(best, byObjective, { borderColor: style("--accent"), label: "best so far" }),
    ]);
    byId("best-note").textContent = reachNote(range);
    if (!byId("outcome-chart")) return;
    const outcomeLower = search.outcome.lower_is_better;
    drawBest("outcome-chart", outcome, outcomeLower, byOutcome, [
      steps(best, byOutcome, { borderColor: style("--accent"), label: `of the best by ${name}` }),
      steps(leaders(byOutcome, outcomeLower), byOutcome, { borderColor: style("--worst"), borderDash: [6, 4], label: "the best tried" }),
    ]);
  }

  if (byId("best-chart") && known.length > 1) {
    const buttons = known.map(({ name }, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.setAttribute("aria-pressed", String(i === 0));
      return button;
    });
    byId("costs").append(...buttons);
    oneOf(buttons, (place) => {
      cost = known[place];
      drawBests();
    });
  }

  // --- All trials.
  const front = new Set(search.front ?? []);
  let lit = -1; // the trial of the chosen row

  function places() {
    const list = objectives.slice(1).map(({ name, lower }, k) =>
      ({ name, title: sense(name, lower), of: (trial) => valueOf(trial, k + 1), objective: k + 1 }));
    const names = objectives.map(({ name }) => name);
    if (history.some(({ params }) => params !== undefined) && !names.includes("params"))
      list.push({ name: "parameters", title: "Parameters", of: ({ params }) => params ?? null, tick: count });
    if (outcome && !names.includes(outcome))
      list.push({ name: outcome, title: sense(outcome, search.outcome.lower_is_better), of: byOutcome });
    list.push({ name: "trial number", title: "Trial", of: ({ number }) => number });
    return list.map((place) => (isCount(place.name) ? { ...place, tick: count } : place));
  }

  function drawScatter() {
    if (!byId("scatter-chart")) return;
    const by = places()[byId("scatter-by").selectedIndex];
    const points = history.map((trial, i) => ({ x: by.of(trial), y: valueOf(trial, 0), trial, i }))
      .filter(({ x, y }) => x !== null && y !== null);
    const isFront = ({ trial }) => front.has(trial.number);
    const own = ({ raw }) => ramp(history.length > 1 ? 1 - raw.i / (history.length - 1) : 0, 0.85);
    const { name, lower } = objectives[0];
    const range = reach(points.map(({ y }) => y), lower);
    const sets = [{
      data: points,
      backgroundColor: (context) => (context.raw?.trial.same_as === undefined ? context.raw && own(context) : "transparent"),
      borderColor: (context) => context.raw && (context.raw.i === lit || isFront(context.raw) ? style("--ink") : own(context)),
      borderWidth: (context) => (context.raw && (context.raw.i === lit || isFront(context.raw)) ? 2 : 1.2),
      pointRadius: ({ raw }) => (!raw ? 0 : raw.i === lit ? 8 : raw.trial.same_as !== undefined ? 6.5 : isFront(raw) ? 5.5 : 4),
      pointHoverRadius: 8,
    }];
    if (by.objective && objectives.length === 2) {
      sets.push({
        type: "line",
        data: points.filter(isFront).sort((a, b) => a.x - b.x),
        stepped: objectives[1].lower ? "before" : "after",
        borderColor: style("--ink"),
        borderWidth: 1.2,
        borderDash: [4, 3],
        pointRadius: 0,
        pointHitRadius: 0,
      });
    }
    plot("scatter-chart", {
      type: "scatter",
      data: { datasets: sets },
      options: {
        scales: { x: axis(by.title, {}, by.tick), y: axis(sense(name, lower), range, isCount(name) ? count : undefined) },
        plugins: { tooltip: trialTooltip },
      },
    });
    byId("scatter-note").textContent = reachNote(range);
  }

  if (byId("scatter-chart")) {
    for (const { name } of places()) byId("scatter-by").add(new Option(name, name));
    byId("scatter-by").addEventListener("change", drawScatter);
  }

  // --- Ways to search against each other.
  const ways = search.compare ?? [];
  const hidden = new Set();
  let curve = "incumbent";
  let pointed = -1;

  // Where an outcome is an accuracy, its error is drawn, as the papers do.
  const shown = (value) => (accuracy_of === null || value === null ? value : accuracy_of - value);
  const shownName = accuracy_of === null ? outcome : `${accuracy_of} − ${outcome}`;
  const severalObjectives = new Set(ways.map((way) => way.objective)).size > 1;
  const wayName = (way) => (severalObjectives ? `${way.algo} by ${way.objective}` : way.algo);
  const wayCosts = {
    seconds: { size: 3600, unit: "h", title: "Simulated clock, hours (log)" },
    epochs: { size: 1, unit: "epochs", title: "Training of all trials, epochs (log)" },
    trials: { size: 1, unit: "trials", title: "Trials (log)" },
  };
  const wayCost = wayCosts[ways[0]?.curve_by]; // of one study: of all the same

  function curvePoints(way) {
    const [mean, error] = curve === "incumbent" ? [1, 2] : [3, 4];
    return way.curve.filter((point) => point[mean] !== null).map((point) => {
      const y = shown(point[mean]);
      return { x: point[0] / wayCost.size, y, mean: y, error: point[error] ?? 0 };
    });
  }

  function curveSets() {
    const faded = (i) => (pointed < 0 || pointed === i ? 1 : 0.2);
    return ways.flatMap((way, i) => {
      const points = curvePoints(way);
      const common = { way: i, label: wayName(way), hidden: hidden.has(i), parsing: false, tension: 0 };
      const edge = { ...common, edge: true, borderWidth: 0, pointRadius: 0, pointHitRadius: 0, pointHoverRadius: 0 };
      return [
        { ...edge, data: points.map((at) => ({ ...at, y: at.mean - at.error })), fill: false },
        {
          ...edge,
          data: points.map((at) => ({ ...at, y: at.mean + at.error })),
          fill: "-1",
          backgroundColor: () => colour(i, pointed === i ? 0.25 : 0.12 * faded(i)),
        },
        {
          ...common,
          data: points,
          fill: false,
          borderColor: () => colour(i, faded(i)),
          backgroundColor: () => colour(i, faded(i)),
          borderDash: dash(i),
          borderWidth: () => (pointed === i ? 3 : 1.75),
          pointRadius: points.length > 1 ? 0 : 4,
          pointHitRadius: 8,
          pointHoverRadius: 4,
        },
      ];
    });
  }

  function point(i) {
    if (i === pointed) return;
    pointed = i;
    charts["compare-chart"].update("none");
  }

  function drawCompare() {
    if (!byId("compare-chart")) return;
    const points = ways.flatMap(curvePoints);
    const all = points.map(({ x }) => x);
    const ys = points.map(({ y, error }) => y - error);
    // the first errors of a search are many times its last
    const wide = accuracy_of !== null && Math.min(...ys) > 0 && Math.max(...ys) > 2 * Math.min(...ys);
    const plain = (value) => String(+value.toPrecision(2));
    const lower = accuracy_of !== null || search.outcome.lower_is_better;
    plot("compare-chart", {
      type: "line",
      data: { datasets: curveSets() },
      options: {
        onHover: (_, items, chart) => {
          if (items.length > 0) point(chart.data.datasets[items[0].datasetIndex].way);
        },
        scales: {
          x: axis(wayCost.title,
            { type: "logarithmic", min: Math.min(...all), max: Math.max(...all), afterBuildTicks: fewTicks },
            plain),
          y: wide ? axis(`${sense(shownName, lower)} (log)`, { type: "logarithmic", min: 0.97 * Math.min(...ys), afterBuildTicks: fewTicks }, plain)
            : axis(sense(shownName, lower)),
        },
        plugins: {
          tooltip: {
            displayColors: false,
            filter: (_, place) => place === 0, // a curve and the edges of its band may lie in one place
            callbacks: {
              title: ([item]) => (item ? inLines(item.dataset.label, 24) : ""),
              label: ({ raw }) => [
                `after ${short(raw.x, 3)} ${wayCost.unit}`,
                ...inLines(`${shownName} ${short(raw.mean)} ± ${short(raw.error, 2)}`, 24),
              ],
            },
          },
        },
      },
    });
  }

  if (byId("compare-chart")) {
    ways.forEach((way, i) => {
      const button = nameButton(wayName(way), i, () => {
        const shows = hidden.delete(i);
        if (!shows) hidden.add(i);
        drawCompare();
        return shows;
      });
      button.addEventListener("mouseenter", () => { if (!hidden.has(i)) point(i); });
      button.addEventListener("mouseleave", () => point(-1));
      byId("compare-names").append(button);
    });
    byId("compare-chart").addEventListener("mouseleave", () => point(-1));
    const buttons = [...document.querySelectorAll("[data-curve]")];
    oneOf(buttons, (place) => {
      curve = buttons[place].dataset.curve;
      drawCompare();
    });
  }

  // --- The table: headers sort, a row shows its trial among all.
  const table = byId("history-table");
  parts.sortable(table);
  for (const row of table.tBodies[0].rows) {
    row.addEventListener("click", () => {
      const trial = Number(row.dataset.trial);
      lit = lit === trial ? -1 : trial;
      for (const other of table.tBodies[0].rows) other.classList.toggle("lit", Number(other.dataset.trial) === lit);
      drawScatter();
    });
  }

  byId("save-json").addEventListener("click", () => parts.saveJson("search.json", search));

  parts.keepDrawn(() => {
    drawBests();
    drawScatter();
    drawCompare();
  });
})();
