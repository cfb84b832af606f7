"use strict";
// What the pages' scripts share. All texts reach a page through textContent, never as markup.
const parts = (() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  const short = (value, digits = 4) => (value === null || value === undefined ? "–" : String(+value.toPrecision(digits)));

  function count(value) {
    for (const [size, suffix] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
      if (value >= size) return short(value / size, 3) + suffix;
    return String(value);
  }

  const axis = (title, extra, tick) => ({
    title: { display: true, text: title, color: style("--ink") },
    ticks: { color: style("--soft"), maxRotation: 0, autoSkipPadding: 12, ...(tick ? { callback: tick } : {}) },
    grid: { color: style("--grid") },
    ...extra,
  });

  const hexToRgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  // From best (0) to worst (1).
  function ramp(place, alpha) {
    const stops = ["--best", "--middle", "--worst"].map((name) => hexToRgb(style(name)));
    const [from, to, share] = place < 0.5 ? [stops[0], stops[1], place * 2] : [stops[1], stops[2], place * 2 - 1];
    return `rgba(${from.map((value, i) => Math.round(value + (to[i] - value) * share)).join(",")},${alpha})`;
  }

  // Okabe and Ito's colours, told apart by people who see few; then the same dashed.
  const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a00", "#7f7f7f"];
  const dashes = [[], [6, 4], [2, 3], [8, 3, 2, 3]];
  const colour = (i, alpha) => palette[i % palette.length] + Math.round(255 * alpha).toString(16).padStart(2, "0");
  const dash = (i) => dashes[Math.floor(i / palette.length) % dashes.length];

  // The ticks of a logarithmic axis that are 1, 2 or 5 times a power of ten.
  function fewTicks(scale) {
    const leading = ({ value }) => [1, 2, 5].includes(+(value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(6));
    const few = scale.ticks.filter(leading);
    if (few.length > 1) scale.ticks = few;
  }

  const charts = {}; // by the place that they are drawn in

  // Draws a chart there, in place of the one before.
  function plot(id, config) {
    if (charts[id]) charts[id].destroy();
    const { plugins, ...options } = config.options;
    for (const scale of Object.values(options.scales)) scale.ticks.includeBounds = false; // ends need not be round
    charts[id] = new Chart(byId(id), {
      ...config,
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "nearest", intersect: false, axis: "xy" },
        ...options,
        plugins: { legend: { display: false }, ...plugins },
      },
    });
  }

  // A button with the look of curve `i`; pressed, it calls `toggle`, which says whether the curve is shown now.
  function nameButton(name, i, toggle) {
    const button = document.createElement("button");
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.style.background = dash(i).length === 0 ? colour(i, 1) :
      `repeating-linear-gradient(90deg, ${colour(i, 1)} 0 3px, transparent 3px 5px)`;
    button.type = "button";
    button.append(dot, name);
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => button.setAttribute("aria-pressed", String(toggle())));
    return button;
  }

  // A group of buttons of which one is pressed, the first at the beginning; `choose` is told its place.
  function oneOf(buttons, choose) {
    buttons.forEach((button, place) => button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      choose(place);
    }));
  }

  // Headers sort the rows of a table by what its cells hold as data-value.
  function sortable(table) {
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

    headers.forEach((header, column) => header.querySelector("button").addEventListener("click", () => {
      const now = header.getAttribute("aria-sort");
      // the first click brings the best to the top
      const first = header.dataset.first || "ascending";
      sortBy(column, now === null ? first : now === "ascending" ? "descending" : "ascending");
    }));
  }

  function save(file, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const saveJson = (file, value) => save(file, "application/json", JSON.stringify(value, null, 1) + "\n");

  // Draws now, and again where the page's colours or width become others.
  function keepDrawn(draw) {
    root.classList.add("scripted");
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    addEventListener("beforeprint", draw);
    addEventListener("afterprint", draw);
  }

  // A text in lines that a tooltip has room for, broken after "+", "|", "," or "~" where it can be.
  function inLines(text, width = 36, most = 8) {
    const lines = [];
    let rest = text;
    while (rest.length > width && lines.length + 1 < most) {
      const at = Math.max(...["+", "|", ",", "~"].map((mark) => rest.lastIndexOf(mark, width - 1)));
      const end = at > width / 3 ? at + 1 : width;
      lines.push(rest.slice(0, end));
      rest = rest.slice(end);
    }
    return [...lines, rest.length > width ? rest.slice(0, width - 1) + "…" : rest];
  }

  const data = JSON.parse(byId("report-data").textContent);
  return {
    data, byId, style, short, count, axis, ramp, colour, dash, fewTicks, charts, plot, nameButton, oneOf, sortable, save,
    saveJson, keepDrawn, inLines,
  };
})();
