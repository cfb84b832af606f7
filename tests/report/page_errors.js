'use strict';
// The first script of the page under test: from here on every error is noted.
const problems = [];
addEventListener('error', (event) => problems.push(`error: ${event.message}`));
addEventListener('unhandledrejection', (event) => problems.push(`rejected: ${event.reason}`));
addEventListener(
    'securitypolicyviolation', (event) => problems.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
console.error = (...words) => problems.push(`console.error: ${words.join(' ')}`);
console.warn = (...words) => problems.push(`console.warn: ${words.join(' ')}`);
window.alert = (text) => problems.push(`alert: ${text}`);
