'use strict';
// Runs inside a one-shot search that the browser test has opened, as page_check.js does inside a ranking.
addEventListener('load', async () => {
  await frame();
  expectToFit();
  expectPlots();
  for (const box of document.querySelectorAll('.card, .command, .facts dd'))
    expect(box.scrollWidth <= box.clientWidth + 1, `${box.className || box.textContent} holds ${box.scrollWidth} px in ${box.clientWidth}`);
  const found = {canvases: [...document.querySelectorAll('canvas')].map((canvas) => canvas.id)};

  // a line for each score and reference; a name hides its own
  if (document.getElementById('agreement-chart')) {
    const lines = () => chartOf('agreement-chart').data.datasets.filter(({borderWidth}) => borderWidth > 0);
    found.lines = Object.fromEntries(lines().map(({name, data}) => [name, data.map(({x, y, spread}) => [x, y, spread])]));
    found.said = await pointAtLast(chartOf('agreement-chart'), 2);
    const names = [...document.querySelectorAll('#score-names button')];
    found.names = names.map((name) => name.textContent);
    names[0].click();
    await frame();
    expect(lines()[0].hidden, 'a name that was pressed does not hide its line');
    expect(names[0].getAttribute('aria-pressed') === 'false', 'a name that was pressed does not say so');
    names[0].click();
    await frame();
    expect(!lines()[0].hidden, 'a name that was pressed again does not show its line');
  }

  // every super-network's scores
  if (document.getElementById('scatter-chart')) {
    const points = () => chartOf('scatter-chart').data.datasets[0].data.map(({x, y}) => [x, y]);
    found.candidate = await pointAtLast(chartOf('scatter-chart'), 0);
    const select = document.getElementById('scatter-by');
    found.places = [...select.options].map((option) => option.text);
    found.clouds = [];
    for (let i = 0; i < select.options.length; ++i) {
      select.selectedIndex = i;
      select.dispatchEvent(new Event('change'));
      await frame();
      found.clouds.push(points());
    }
  }

  const table = document.getElementById('candidates-table');
  expectSorts(table);
  tell({...found, rows: table.tBodies[0].rows.length, archs: [...table.tBodies[0].rows].map((r) => r.cells[1].textContent)});
});
