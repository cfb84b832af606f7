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
const tell = (found) =>
    parent.postMessage(JSON.stringify({problems, width: innerWidth, scripts: document.scripts.length, ...found}), '*');
