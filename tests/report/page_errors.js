'use strict';
// The first script of a page under test: from here on every error is noted. What all kinds of page check is here too.
const problems = [];
addEventListener('error', (event) => problems.push(`error: ${event.message}`));
addEventListener('unhandledrejection', (event) => {
  problems.push(`rejected: ${event.reason}`);
  tell({}); // what the checks would have found, they do not tell any more
});
addEventListener(
    'securitypolicyviolation', (event) => problems.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
console.error = (...words) => problems.push(`console.error: ${words.join(' ')}`);
console.warn = (...words) => problems.push(`console.warn: ${words.join(' ')}`);
window.alert = (text) => problems.push(`alert: ${text}`);

// The virtual time of a headless browser runs ahead of its frames, and may be over before there is one.
window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 16);
window.cancelAnimationFrame = clearTimeout;
const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
const expect = (holds, what) => {
  if (!holds) problems.push(what);
};
const expectToFit = () => {
  const width = document.documentElement.scrollWidth;
  expect(width <= innerWidth, `the page is ${width} px wide in a window of ${innerWidth}`);
};
// every plot is as wide as a reader needs, and has something drawn on it
const inked = (canvas) => {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 3; i < pixels.length; i += 4)
    if (pixels[i] > 0) ++count;
  return count / (pixels.length / 4);
};
const expectPlots = () => {
  for (const canvas of document.querySelectorAll('canvas')) {
    expect(canvas.getBoundingClientRect().width > 200, `${canvas.id} is too narrow`);
    expect(inked(canvas) > 0.005, `${canvas.id} is empty`);
  }
};
const chartOf = (id) => Chart.getChart(document.getElementById(id));
// what the plot says where the pointer is on the last point of a line or cloud
const pointAtLast = async (chart, set) => {
  const {canvas} = chart;
  canvas.scrollIntoView();
  const point = chart.getDatasetMeta(set).data.at(-1);
  const box = canvas.getBoundingClientRect();
  const pointer = {clientX: box.left + point.x, clientY: box.top + point.y, bubbles: true};
  for (let look = 0; look < 20 && !chart.tooltip.body; ++look) {
    canvas.dispatchEvent(new MouseEvent('mousemove', pointer));
    await frame();
  }
  expect(chart.tooltip.x >= 0 && chart.tooltip.x + chart.tooltip.width <= chart.width, 'the tooltip leaves the plot');
  return {title: chart.tooltip.title?.[0], lines: chart.tooltip.body?.[0]?.lines};
};
const expectSorts = (table) => {
  for (const [column, header] of [...table.tHead.rows[0].cells].entries()) {
    if (header.offsetParent === null || header.classList.contains('text')) continue;
    header.querySelector('button').click();
    const keys = [...table.tBodies[0].rows].map((row) => row.cells[column].dataset.value);
    const numbers = keys.filter((key) => key !== '').map(Number);
    if (header.getAttribute('aria-sort') === 'descending') numbers.reverse();
    expect(numbers.every((value, i) => i === 0 || numbers[i - 1] <= value), `column ${column} is not sorted`);
    expect(keys.lastIndexOf('') < 0 || keys.at(-1) === '', `column ${column}: what is missing is not last`);
  }
};
const tell = (found) =>
    parent.postMessage(JSON.stringify({problems, width: innerWidth, scripts: document.scripts.length, ...found}), '*');
