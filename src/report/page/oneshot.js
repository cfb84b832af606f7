"use strict";
// The plots of a one-shot search.
(() => {
  const { byId, short, count, axis, colour, dash, nameButton, plot, inLines } = parts;
  const search = parts.data;
  const outcome = search.outcome ? search.outcome.name : "";
  const lower = search.outcome ? search.outcome.lower_is_better : false;

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = (values) => {
    const centre = mean(values);
    return values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
  };

  // --- Correlation over mini-batches: a line for each score, a level one for each reference.
  const names = [...new Set(search.agreements.map(({ score }) => score))];
  const hidden = new Set();
  const known = (each) => each.spearman.filter((value) => value !== null);

  function lines() {
    const ends = [search.batches[0], search.batches.at(-1)];
    const scores = names.map((name) => search.agreements.filter((each) => each.score === name && known(each).length > 0)
      .map((each) => ({ x: each.batches, y: mean(known(each)), spread: deviation(known(each)) })));
    const references = search.references.map((each) =>
      (known(each).length > 0 ? ends.map((x) => ({ x, y: mean(known(each)), spread: 0 })) : []));
    return [...scores, ...references];
  }

  const allNames = [...names, ...search.references.map(({ score }) => score)];

  function drawAgreement() {
    if (!byId("agreement-chart")) return;
    const sets = lines().flatMap((points, i) => {
      const common = { name: allNames[i], hidden: hidden.has(i), parsing: false, tension: 0 };
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
          borderDash: i < names.length ? dash(i) : [6, 4],
          borderWidth: 1.75,
          pointRadius: i < names.length ? 3 : 0,
          pointHitRadius: 8,
        },
      ];
    });
    plot("agreement-chart", {
      type: "line",
      data: { datasets: sets },
      options: {
        scales: {
          x: axis("Mini-batches from the inherited weights", { type: "linear" }),
          y: axis(`Spearman with ${outcome}`),
        },
        plugins: {
          tooltip: {
            displayColors: false,
            filter: (_, place) => place === 0,
            callbacks: {
              title: ([item]) => (item ? inLines(item.dataset.name, 24) : ""),
              label: ({ raw }) => [`after ${raw.x} mini-batches`, `${short(raw.y, 3)} ± ${short(raw.spread, 2)}`],
            },
          },
        },
      },
    });
  }

  if (byId("agreement-chart")) {
    allNames.forEach((name, i) => byId("score-names").append(nameButton(name, i, () => {
      const shows = hidden.delete(i);
      if (!shows) hidden.add(i);
      drawAgreement();
      return shows;
    })));
  }

  // --- Scores of one super-network, or their mean, against the outcomes.
  function drawScatter() {
    if (!byId("scatter-chart")) return;
    const which = byId("scatter-by").selectedIndex - 1;
    const score = (each) => (which < 0 ? each.score : each.scores[which]);
    const points = search.ranking.map((each) => ({ x: score(each), y: each.outcome, each }))
      .filter(({ x, y }) => x !== null && y !== null);
    plot("scatter-chart", {
      type: "scatter",
      data: {
        datasets: [{
          data: points,
          backgroundColor: colour(0, 0.55),
          borderWidth: 0,
          pointRadius: 3.5,
          pointHoverRadius: 6,
        }],
      },
      options: {
        scales: {
          x: axis(`${search.estimators[0]} after ${search.batches.at(-1)} mini-batches, higher is better`),
          y: axis(`${outcome}, ${lower ? "lower" : "higher"} is better`),
        },
        plugins: {
          tooltip: {
            displayColors: false,
            callbacks: {
              label: ({ raw }) => [
                ...inLines(raw.each.arch),
                `score ${short(raw.x)}`,
                ...inLines(`${outcome} ${short(raw.y)}`),
                `${count(raw.each.params)} parameters`,
              ],
            },
          },
        },
      },
    });
  }

  if (byId("scatter-chart")) {
    byId("scatter-by").add(new Option("mean of all", "mean"));
    for (let i = 0; i < search.supernets; ++i) byId("scatter-by").add(new Option(`super-network ${i}`, String(i)));
    byId("scatter-by").addEventListener("change", drawScatter);
  }

  parts.sortable(byId("candidates-table"));
  byId("save-json").addEventListener("click", () => parts.saveJson("oneshot.json", search));
  parts.keepDrawn(() => {
    drawAgreement();
    drawScatter();
  });
})();
