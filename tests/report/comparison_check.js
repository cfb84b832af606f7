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
      expect(apart >= wide, `${scale.id}: ${places[i - 1].label} runs into ${places[i].label}`);
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

  // pressing a name hides its curve
  names[0].click();
  await frame();
  expect(!Chart.getChart(canvas).isDatasetVisible(2), 'a name that was pressed does not hide its curve');
  expect(names[0].getAttribute('aria-pressed') === 'false', 'a name that was pressed does not say so');

  tell({
    names: names.map((name) => name.textContent),
    titles: ['x', 'y'].map((axis) => chart.options.scales[axis].title.text),
  });
});
