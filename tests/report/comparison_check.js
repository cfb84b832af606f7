'use strict';
// Runs inside a comparison of estimators that the browser test has opened, as page_check.js does inside a ranking.
addEventListener('load', async () => {
  await frame();
  expectToFit();
  const canvas = document.getElementById('chart-0');
  const chart = Chart.getChart(canvas);
  expect(canvas.getBoundingClientRect().width > 200, 'the plot is too narrow');

  // ticks that are drawn do not run into each other
  for (const scale of Object.values(chart.scales)) {
    expect(scale.ticks.some((tick) => tick.label !== ''), `${scale.id}: no labels`);
    if (!scale.isHorizontal()) continue;
    const places = scale.ticks.map((tick, i) => ({ label: String(tick.label ?? ''), x: scale.getPixelForTick(i) }))
                       .filter((tick) => tick.label !== '');
    const pen = canvas.getContext('2d');
    pen.font = Chart.helpers ? Chart.helpers.toFont(scale.options.ticks.font).string : '12px sans-serif';
    for (let i = 1; i < places.length; ++i) {
      const apart = places[i].x - places[i - 1].x;
      const wide = (pen.measureText(places[i].label).width + pen.measureText(places[i - 1].label).width) / 2;
      expect(apart >= wide + 3, `${scale.id}: ${places[i - 1].label} runs into ${places[i].label}`);
    }
  }

  // names can be read, and lie beside each other
  const names = [...document.querySelectorAll('#names-0 button')];
  const boxes = names.map((name) => name.getBoundingClientRect());
  boxes.forEach((box, i) => {
    expect(box.left >= 0 && box.right <= innerWidth, `${names[i].textContent} leaves the window`);
    for (const other of boxes.slice(i + 1))
      expect(
          box.right <= other.left || other.right <= box.left || box.bottom <= other.top || other.bottom <= box.top,
          `${names[i].textContent} lies under another name`);
  });

  // the pointer on a curve shows what is there, beside it and below the plot
  const curve = 2; // of the first estimator, behind the two edges of its band
  const last = chart.getDatasetMeta(curve).data.at(-1);
  const readout = document.getElementById('readout-0');
  const box = canvas.getBoundingClientRect();
  const pointer = { clientX: box.left + last.x, clientY: box.top + last.y, bubbles: true };
  for (let look = 0; look < 20 && readout.textContent.startsWith('Point at'); ++look) {
    canvas.dispatchEvent(new MouseEvent('mousemove', pointer));
    await frame();
  }
  const there = chart.data.datasets.flatMap((set, i) => set.data.filter((_, k) => {
    const { x, y } = chart.getDatasetMeta(i).data[k];
    return Math.hypot(x - last.x, y - last.y) < 2; // curves may lie that close
  })).map(({ row }) => row);
  expect(there.some((row) => readout.textContent.startsWith(`${row.estimator} after ${row.epochs} of`)), `below the plot: "${readout.textContent}"`);
  const lines = chart.tooltip.body?.[0]?.lines ?? [];
  expect(chart.tooltip.opacity > 0, 'no tooltip');
  expect(there.some((row) => lines[0]?.startsWith(`T = ${row.epochs}: ${row.spearman.toFixed(3)} `)), `the tooltip says "${lines}"`);
  expect(chart.tooltip.x >= 0 && chart.tooltip.x + chart.tooltip.width <= chart.width, 'the tooltip leaves the plot');

  // pressing a name hides its curve
  names[0].click();
  await frame();
  expect(!Chart.getChart(canvas).isDatasetVisible(2), 'a name that was pressed does not hide its curve');
  expect(names[0].getAttribute('aria-pressed') === 'false', 'a name that was pressed does not say so');

  // means by group: a curve for each of a few budgets, and the outcomes, over the groups
  const select = document.getElementById('groups-names-0');
  select.selectedIndex = 1;
  select.dispatchEvent(new Event('change'));
  await frame();
  const chosen = Chart.getChart(document.getElementById('groups-chart-0'));
  expect(chosen.options.scales.y.title.text === `score of ${select.value}`, 'its scores are not drawn');
  expect(chosen.scales.outcome.max > chosen.scales.outcome.min, 'outcomes have no axis');
  for (const set of chosen.data.datasets)
    expect(set.data.every(({ y, error }) => y !== null && error > 0), `${set.label}: means without errors`);

  tell({
    groups: chosen.data.labels.length,
    curves: chosen.data.datasets.map((set) => set.label),
    names: names.map((name) => name.textContent),
    titles: ['x', 'y'].map((axis) => chart.options.scales[axis].title.text),
  });
});
