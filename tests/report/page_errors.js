'use strict';
// The first script of a page under test: from here on every error is noted. What both kinds of page check is here too.
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
const tell = (found) =>
    parent.postMessage(JSON.stringify({problems, width: innerWidth, scripts: document.scripts.length, ...found}), '*');
