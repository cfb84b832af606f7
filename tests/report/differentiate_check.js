'use strict';
// Runs inside a differentiable search that the browser test has opened, as page_check.js does inside a ranking.
addEventListener('load', async () => {
  await frame();
  expectToFit();
  expectPlots();
  for (const box of document.querySelectorAll('.card, .command, .facts dd, .names'))
    expect(box.scrollWidth <= box.clientWidth + 1, `${box.className || box.textContent} holds ${box.scrollWidth} px in ${box.clientWidth}`);
  const found = {canvases: [...document.querySelectorAll('canvas')].map((canvas) => canvas.id), cells: document.querySelectorAll('svg.cell').length};
  const methods = document.querySelector('#found .scroll');
  found.cut_off = methods.scrollWidth - methods.clientWidth;
  const curves = (id) => chartOf(id).data.datasets.filter(({borderWidth}) => borderWidth > 0);
  const points = (id) => Object.fromEntries(curves(id).map(({name, data}) => [name, data.map(({x, y, spread}) => [x, y, spread ?? null])]));

  if (document.getElementById('outcome-chart')) {
    found.outcomes = points('outcome-chart');
    found.said = await pointAtLast(chartOf('outcome-chart'), 2);
  }

  // a name hides its curve in every chart of the methods
  if (document.getElementById('skips-chart')) {
    found.skips = points('skips-chart');
    const drawn = ['outcome-chart', 'skips-chart'].filter((id) => document.getElementById(id));
    const names = [...document.querySelectorAll('#method-names button')];
    found.names = names.map((name) => name.textContent);
    names[0].click();
    await frame();
    for (const id of drawn) {
      const first = chartOf(id).data.datasets.filter(({name}) => name === found.names[0]);
      expect(first.length === 3 && first.every(({hidden}) => hidden), `a name that was pressed does not hide its curve in ${id}`);
      expect(!curves(id)[1].hidden, `a name that was pressed hides another curve in ${id}`);
    }
    expect(names[0].getAttribute('aria-pressed') === 'false', 'a name that was pressed does not say so');
    names[0].click();
    await frame();
    for (const id of drawn) expect(!curves(id)[0].hidden, `a name that was pressed again does not show its curve in ${id}`);

    const entropy = document.querySelector('[data-curve="entropies"]');
    entropy.click();
    await frame();
    expect(entropy.getAttribute('aria-pressed') === 'true', 'what was chosen does not say so');
    found.entropies = points('skips-chart');
  }

  const table = document.getElementById('searches-table');

  // every search and place
  if (document.getElementById('shares-chart')) {
    const search = document.getElementById('shares-run');
    const place = document.getElementById('shares-place');
    const texts = (select) => [...select.options].map((option) => option.text);
    const lines = () => curves('shares-chart').map(({data}) => data.map(({x, y}) => [x, y]));
    const choose = async (select, which) => {
      select.selectedIndex = which;
      select.dispatchEvent(new Event('change'));
      await frame();
    };
    found.searches = texts(search);
    found.places = texts(place);
    const options = () => [...document.querySelectorAll('#option-names button')];
    found.options = options().map((button) => button.textContent);
    found.shares = []; // of the first search, by place and option
    for (let i = 0; i < place.options.length; ++i) {
      await choose(place, i);
      found.shares.push(lines());
    }
    await pointAtLast(chartOf('shares-chart'), 0);
    options()[1].click();
    await frame();
    expect(curves('shares-chart')[1].hidden, 'an option that was pressed is not hidden');
    await choose(place, 0);
    expect(curves('shares-chart')[1].hidden, 'an option that was hidden comes back at another place');
    expect(options()[1].getAttribute('aria-pressed') === 'false', 'an option that is hidden does not say so');
    options()[1].click();
    await choose(search, search.options.length - 1);
    found.of_last = lines()[0];
    // a row of the table chooses its search
    table.tBodies[0].rows[2].click();
    await frame();
    expect(search.selectedIndex === 2, 'a row that was chosen does not choose its search');
    found.lit = [...table.querySelectorAll('.lit')].map((row) => row.cells[0].textContent);
  }

  expectSorts(table);
  tell({...found, rows: table.tBodies[0].rows.length, archs: [...table.tBodies[0].rows].map((r) => r.querySelector('.arch').textContent)});
});
