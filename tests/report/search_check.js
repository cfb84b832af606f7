'use strict';
// Runs inside a search that the browser test has opened, as page_check.js does inside a ranking.
addEventListener('load', async () => {
  await frame();
  expectToFit();
  const found = {canvases: [...document.querySelectorAll('canvas')].map((canvas) => canvas.id)};
  expectPlots();
  for (const box of document.querySelectorAll('.card, .command, .facts dd'))
    expect(box.scrollWidth <= box.clientWidth + 1, `${box.className || box.textContent} holds ${box.scrollWidth} px in ${box.clientWidth}`);

  // the pointer on a trial tells of it inside the plot
  if (document.getElementById('scatter-chart')) {
    const chart = chartOf('scatter-chart');
    found.points = chart.data.datasets[0].data.length;
    found.axes = ['x', 'y'].map((axis) => chart.options.scales[axis].title.text);
    const said = await pointAtLast(chart, 0);
    found.title = said.title;
    found.tooltip = said.lines;
    // every place to draw them over
    const select = document.getElementById('scatter-by');
    found.places = [...select.options].map((option) => option.text);
    for (let i = 0; i < select.options.length; ++i) {
      select.selectedIndex = i;
      select.dispatchEvent(new Event('change'));
      await frame();
      expect(chartOf('scatter-chart').data.datasets[0].data.length > 0, `nothing over ${select.value}`);
    }
  }

  // the incumbent never gets worse; both costs
  if (document.getElementById('best-chart')) {
    const steps = () => chartOf('best-chart').data.datasets[0].data;
    found.best = steps().map(({y}) => y);
    found.costs = [...document.querySelectorAll('#costs button')].map((button) => button.textContent);
    const before = steps().map(({x}) => x);
    found.by = [before];
    for (const button of [...document.querySelectorAll('#costs button')].slice(1)) {
      button.click();
      await frame();
      expect(button.getAttribute('aria-pressed') === 'true', 'a cost that was chosen does not say so');
      found.by.push(steps().map(({x}) => x));
    }
  }

  // what is handed back, and what was tried
  if (document.getElementById('compare-chart')) {
    const ends = () => chartOf('compare-chart').data.datasets.filter((set) => !set.edge).map((set) => set.data.at(-1).y);
    found.incumbents = ends();
    document.querySelector('[data-curve="oracle"]').click();
    await frame();
    found.oracles = ends();
    found.hours = chartOf('compare-chart').data.datasets[2].data.map(({x}) => x);
    found.error = chartOf('compare-chart').options.scales.y.title.text;
    const names = [...document.querySelectorAll('#compare-names button')];
    found.names = names.map((name) => name.textContent);
    names[0].click();
    await frame();
    expect(!chartOf('compare-chart').isDatasetVisible(2), 'a name that was pressed does not hide its curve');
    expect(names[0].getAttribute('aria-pressed') === 'false', 'a name that was pressed does not say so');
  }

  // the table sorts, and a row shows its trial
  const table = document.getElementById('history-table');
  expectSorts(table);
  const row = table.tBodies[0].rows[0];
  if (row) {
    row.click();
    expect(row.classList.contains('lit'), 'a chosen row is not lit');
  }
  tell({...found, rows: table.tBodies[0].rows.length, archs: [...table.tBodies[0].rows].map((r) => r.cells[1].textContent)});
});
