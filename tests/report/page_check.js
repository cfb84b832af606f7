'use strict';
// Runs inside a report that the browser test has opened: checks the page as a reader would use it and tells
// the page around it what it found. `problems` was started by page_errors.js before anything else ran.
addEventListener('load', async () => {
  await frame();
  expectToFit();
  for (const box of document.querySelectorAll('.scroll'))
    expect(
        box.scrollWidth <= box.clientWidth, `${box.firstChild.className}: ${box.scrollWidth} px in ${box.clientWidth}`);

  expectPlots();

  const table = document.getElementById('ranking-table');
  const keys = (column) => [...table.tBodies[0].rows].map((row) => row.cells[column].dataset.value);
  const numbers = (column) => keys(column).filter((key) => key !== '').map(Number);
  const rising = (list) => list.every((value, i) => i === 0 || list[i - 1] <= value);
  const falling = (list) => rising(list.slice().reverse());
  const shown = [...table.tHead.rows[0].cells]
                    .map((cell, column) => column)
                    .filter((column) => table.tHead.rows[0].cells[column].offsetParent !== null);
  for (const column of shown) {
    const header = table.tHead.rows[0].cells[column];
    const button = header.querySelector('button');
    button.focus();
    expect(document.activeElement === button, `header ${column} cannot be focused`);
    if (header.classList.contains('text')) continue;
    for (let click = 0; click < 2; ++click) {
      button.click();
      const sorted = header.getAttribute('aria-sort') === 'ascending' ? rising : falling;
      expect(sorted(numbers(column)), `column ${column} is not ${header.getAttribute('aria-sort')}`);
      expect(
          keys(column).lastIndexOf('') < 0 || keys(column).at(-1) === '',
          `column ${column}: what is missing is not last`);
    }
  }

  const row = table.tBodies[0].rows[0];
  row.click();
  expect(row.classList.contains('lit'), 'a chosen row is not lit');
  const arch = row.cells[1].textContent;
  expect(document.getElementById('loss-readout').textContent.includes(arch), 'the chosen architecture is not named');

  const predictor = document.getElementById('predictor');
  if (predictor) {
    predictor.value = 'params';
    predictor.dispatchEvent(new Event('change'));
    await frame();
    expect(
        document.getElementById('scatter-readout').textContent.startsWith('params: Spearman'),
        'no correlation is named');
    expect(inked(document.getElementById('scatter-chart')) > 0.005, 'no scatter of params');
  }

  const log = document.querySelector('[data-scale="logarithmic"]');
  log.click();
  await frame();
  expect(
      log.getAttribute('aria-pressed') === 'true' && inked(document.getElementById('loss-chart')) > 0.005,
      'no log scale');

  tell({
    rows: table.tBodies[0].rows.length,
    archs: [...table.tBodies[0].rows].map((r) => r.cells[1].textContent),
    cells: document.querySelectorAll('svg.cell').length,
  });
});
