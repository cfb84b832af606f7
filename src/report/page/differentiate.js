"use strict";
// The plots of a differentiable search.
(() => {
  const { byId, short, axis, colour, dash, nameButton, oneOf, plot, inLines } = parts;
  const search = parts.data;
  const outcome = search.outcome ? search.outcome.name : "";
  const lower = search.outcome ? search.outcome.lower_is_better : false;
  const epochs = Math.max(1, search.epochs, ...search.methods.flatMap(({ runs }) => runs.map(({ found }) => found.at(-1)?.epoch ?? 0)));

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = (values) => {
    const centre = mean(values);
    return values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
  };

  const epochAxis = () => {
    const made = axis("Epoch", { type: "linear", min: 1, max: Math.max(2, epochs) });
    made.ticks.precision = 0;
    return made;
  };
  const dots = (count) => (count > 25 ? 0 : 3);

  // --- By epoch, the mean over seeds of one of the lists of their runs.
  function meansOf(method, list) {
    const byEpoch = new Map();
    for (const run of method.runs) {
      run.found.forEach(({ epoch }, i) => {
        const value = run[list][i] ?? null;
        if (value !== null) byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), value]);
      });
    }
    return [...byEpoch].sort(([a], [b]) => a - b)
      .map(([epoch, values]) => ({ x: epoch, y: mean(values), spread: deviation(values), seeds: values.length }));
  }

  const levels = search.outcome ? [
    { name: "random", y: search.references.random },
    { name: "the largest network", y: search.references.largest },
    { name: "the best there is", y: search.references.best },
  ].filter(({ y }) => y !== null) : [];

  const methodNames = search.methods.map(({ name }) => name);
  const hidden = new Set(); // methods, then levels

  function methodSets(list) {
    return search.methods.flatMap((method, i) => {
      const points = meansOf(method, list);
      const common = { name: method.name, hidden: hidden.has(i), parsing: false, tension: 0 };
      const edge = { ...common, borderWidth: 0, pointRadius: 0, pointHitRadius: 0, pointHoverRadius: 0 };
      return [
        { ...edge, data: points.map((at) => ({ ...at, y: at.y - at.spread })), fill: false },
        { ...edge, data: points.map((at) => ({ ...at, y: at.y + at.spread })), fill: "-1", backgroundColor: colour(i, 0.12) },
        {
          ...common,
          data: points,
          fill: false,
          borderColor: colour(i, 1),
          backgroundColor: colour(i, 1),
          borderDash: dash(i),
          borderWidth: 1.75,
          pointRadius: dots(points.length),
          pointHitRadius: 8,
        },
      ];
    });
  }

  function levelSets() {
    return levels.map(({ name, y }, k) => {
      const i = methodNames.length + k;
      return {
        name,
        hidden: hidden.has(i),
        parsing: false,
        data: [1, Math.max(2, epochs)].map((x) => ({ x, y, level: true })),
        fill: false,
        borderColor: colour(i, 1),
        backgroundColor: colour(i, 1),
        borderDash: [6, 4],
        borderWidth: 1.75,
        pointRadius: 0,
        pointHitRadius: 8,
      };
    });
  }

  function drawEpochs(id, sets, title, range, what) {
    if (!byId(id)) return;
    plot(id, {
      type: "line",
      data: { datasets: sets },
      options: {
        scales: { x: epochAxis(), y: axis(title, range) },
        plugins: {
          tooltip: {
            displayColors: false,
            filter: (_, place) => place === 0, // a curve and the edges of its band may lie in one place
            callbacks: {
              title: ([item]) => (item ? inLines(item.dataset.name, 24) : ""),
              label: ({ raw }) => (raw.level ? inLines(`${what} ${short(raw.y)}`, 24) : [
                `after epoch ${raw.x}`,
                ...inLines(`${what} ${short(raw.y)} ± ${short(raw.spread, 2)}`, 24),
                `${raw.seeds} ${raw.seeds === 1 ? "seed" : "seeds"}`,
              ]),
            },
          },
        },
      },
    });
  }

  const drawOutcome = () => drawEpochs("outcome-chart", [...methodSets("outcomes"), ...levelSets()],
    `${outcome}, ${lower ? "lower" : "higher"} is better`, {}, outcome);

  let curve = "skips";
  const curves = {
    skips: { title: `Skip connections, of ${search.places.length} places`, what: "skip connections" },
    entropies: { title: "Entropy of the shares, nats", what: "entropy" },
  };
  const drawSkips = () => drawEpochs("skips-chart", methodSets(curve), curves[curve].title, { min: 0 }, curves[curve].what);

  if (byId("skips-chart")) {
    [...methodNames, ...levels.map(({ name }) => name)].forEach((name, i) => byId("method-names").append(nameButton(name, i, () => {
      const shows = hidden.delete(i);
      if (!shows) hidden.add(i);
      drawOutcome();
      drawSkips();
      return shows;
    })));
    const buttons = [...document.querySelectorAll("[data-curve]")];
    oneOf(buttons, (place) => {
      curve = buttons[place].dataset.curve;
      drawSkips();
    });
  }

  // --- The shares of the options of one place, of one search.
  const runs = search.methods.flatMap(({ name, runs: ofMethod }, method) =>
    ofMethod.map((run, number) => ({ name: `${name}, seed ${run.seed}`, method, number, found: run.found })))
    .filter(({ found }) => found.length > 0);
  const hiddenOptions = new Set(); // by name: places have most of them in common

  function drawShares() {
    if (!byId("shares-chart")) return;
    const run = runs[byId("shares-run").selectedIndex];
    const place = byId("shares-place").selectedIndex;
    if (!search.places[place]) return;
    plot("shares-chart", {
      type: "line",
      data: {
        datasets: search.places[place].options.map((name, i) => ({
          name,
          hidden: hiddenOptions.has(name),
          parsing: false,
          tension: 0,
          data: run.found.map(({ epoch, shares }) => ({ x: epoch, y: shares[place]?.[i] ?? null })).filter(({ y }) => y !== null),
          fill: false,
          borderColor: colour(i, 1),
          backgroundColor: colour(i, 1),
          borderDash: dash(i),
          borderWidth: 1.75,
          pointRadius: dots(run.found.length),
          pointHitRadius: 8,
        })),
      },
      options: {
        scales: { x: epochAxis(), y: axis("Share", { min: 0 }) },
        plugins: {
          tooltip: {
            displayColors: false,
            filter: (_, at) => at === 0,
            callbacks: {
              title: ([item]) => (item ? inLines(item.dataset.name, 24) : ""),
              label: ({ raw }) => [`after epoch ${raw.x}`, `share ${short(raw.y, 3)}`],
            },
          },
        },
      },
    });
  }

  function nameOptions() {
    byId("option-names").replaceChildren(...(search.places[byId("shares-place").selectedIndex]?.options ?? []).map((name, i) => {
      const button = nameButton(name, i, () => {
        const shows = hiddenOptions.delete(name);
        if (!shows) hiddenOptions.add(name);
        drawShares();
        return shows;
      });
      button.setAttribute("aria-pressed", String(!hiddenOptions.has(name)));
      return button;
    }));
  }

  const rows = [...byId("searches-table").tBodies[0].rows];

  function showRun() {
    const { method, number } = runs[byId("shares-run").selectedIndex];
    for (const row of rows) row.classList.toggle("lit", Number(row.dataset.method) === method && Number(row.dataset.run) === number);
    drawShares();
  }

  if (byId("shares-chart")) {
    for (const { name } of runs) byId("shares-run").add(new Option(name));
    for (const { name } of search.places) byId("shares-place").add(new Option(name));
    byId("shares-run").addEventListener("change", showRun);
    byId("shares-place").addEventListener("change", () => {
      nameOptions();
      drawShares();
    });
    for (const row of rows) {
      const place = runs.findIndex(({ method, number }) => method === Number(row.dataset.method) && number === Number(row.dataset.run));
      if (place < 0) continue;
      row.addEventListener("click", () => {
        byId("shares-run").selectedIndex = place;
        showRun();
      });
    }
    nameOptions();
  }

  parts.sortable(byId("searches-table"));
  byId("save-json").addEventListener("click", () => parts.saveJson("differentiate.json", search));
  parts.keepDrawn(() => {
    drawOutcome();
    drawSkips();
    if (byId("shares-chart")) showRun();
  });
})();
