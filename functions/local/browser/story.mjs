// Plays the story in Chromium, as the JSON on standard input says, by mouse or by
// keyboard, and looks at every page on the way. Prints what it saw, as JSON.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { chromium } from 'playwright-core';

const { base, person, width, language, keyboard, script, dark, shots, receipt, part } = JSON.parse(await text(process.stdin));
const height = width < 600 ? 780 : 900;
const narrowest = 320; // CSS pixels: WCAG 2.2, 1.4.10
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: script, colorScheme: dark ? 'dark' : 'light' });
const page = await context.newPage();
const axe = await readFile(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const seen = { violations: [], foreign: [], sideways: [], problems: [], unfocused: [], looked: 0 };
page.on('request', (r) => { if (!r.url().startsWith(base) && !r.url().startsWith('data:')) seen.foreign.push(r.url()); });
page.on('console', (m) => { if (m.type() === 'error') seen.problems.push(m.text()); });
page.on('pageerror', (e) => seen.problems.push(String(e)));

// look judges a page, at its width and at the narrowest. Neither is done again where
// the point is the keyboard, nor without scripts: axe-core needs timers.
async function look(name) {
  seen.looked++;
  const lang = await page.locator('html').getAttribute('lang');
  if (lang !== language) seen.problems.push(`${name}: in ${lang}`);
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
  if (keyboard || !script) return;
  // evaluate() runs outside the page's policy: the page itself has no script
  await page.evaluate(axe);
  const result = await page.evaluate((values) => axe.run(document, { runOnly: { type: 'tag', values } }), rules);
  for (const v of result.violations) seen.violations.push(`${name}: ${v.id}: ${v.nodes[0].html}`);
  for (const w of [narrowest, width]) {
    await page.setViewportSize({ width: w, height });
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) seen.sideways.push(`${name} at ${w}`);
  }
}

// alike compares how yes and no look: no may be no harder to find than yes.
async function alike() {
  const differ = await page.evaluate(() => [...document.querySelectorAll('.answers')].filter((pair) => {
    const [yes, no] = [...pair.children].map((label) => {
      const box = label.getBoundingClientRect(), style = getComputedStyle(label);
      return [box.width, box.height, box.top, style.font, style.color, style.backgroundColor, style.borderColor].join();
    });
    return yes !== no;
  }).length);
  if (differ > 0) seen.problems.push(`${differ} questions whose yes and no look different`);
}

// reach moves the focus by Tab alone until it is on one of the elements, and looks
// at whether it can be seen wherever it comes by.
async function reach(selector) {
  for (let i = 0; i < 150; i++) {
    const at = await page.evaluate((wanted) => {
      const e = document.activeElement;
      if (!e || e === document.body) return { found: false, visible: true };
      const style = getComputedStyle(e), box = e.getBoundingClientRect();
      const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      return { found: e.matches(wanted), visible: ring && inside, html: e.outerHTML.slice(0, 120) };
    }, selector);
    const ours = !page.url().includes('/dev-issuer/') && !page.url().endsWith('/print');
    if (!at.visible && ours) seen.unfocused.push(`${page.url()}: ${at.html}`);
    if (at.found) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${page.url()}: no way to ${selector} by Tab`);
}

async function press(selector) {
  if (!keyboard) return page.locator(selector).first().click();
  await reach(selector);
  await page.keyboard.press('Enter');
}

// go leads to another page.
async function go(selector, to) {
  pages++;
  await press(selector);
  await page.waitForURL(typeof to === 'string' ? base + to : to);
  await page.waitForLoadState();
}

// choose ticks or unticks a box, or picks a radio button: Tab leads to the group and
// the arrows within.
async function choose(selector) {
  const field = page.locator(selector);
  if (!keyboard) return field.click();
  const name = await field.getAttribute('name');
  if (await field.getAttribute('type') !== 'radio') {
    await reach(selector);
    return page.keyboard.press('Space');
  }
  await reach(`input[name="${name}"]`);
  await page.keyboard.press('Space');
  for (let i = 0; i < 20 && !(await field.isChecked()); i++) await page.keyboard.press('ArrowDown');
}

async function save(selector, path) {
  const [file] = await Promise.all([page.waitForEvent('download'), press(selector)]);
  await file.saveAs(path);
}

// weigh measures the first page for somebody who was never here: all that is
// transferred, headers included, and when something is to be seen, as if a phone loaded
// it: a delay of 150 ms, 1.6 Mbit/s, and a processor four times slower.
async function weigh() {
  const first = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: script });
  const tab = await first.newPage();
  const tools = await first.newCDPSession(tab);
  const weight = { bytes: 0, requests: 0 };
  await tools.send('Network.enable');
  await tools.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 });
  await tools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  tools.on('Network.requestWillBeSent', () => { weight.requests++; });
  tools.on('Network.loadingFinished', (e) => { weight.bytes += e.encodedDataLength; });
  await tab.goto(base, { waitUntil: 'networkidle' });
  seen.first = await tab.evaluate((w) => ({
    ...w,
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    parsed: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
  }), weight);
  await first.close();
}

// walked tells how many pages a decision took, from the first page to its receipt.
let pages = 0;
const walked = {};
async function home() {
  await go('a.brand', '/');
  pages = 0;
}

const send = 'main form p button:not(.quiet)';

await weigh();
await page.goto(base);
await go(`nav a[hreflang=${language}]`, /language=/);
await look('welcome');
await go('a[href^="/login"]', /dev-issuer/);
await look('sign-in');
await go(`button[name=person][value="${person}"]`, '/');
await look('start');
pages = 0;

// yes to account-alerts with both data, no to card-offers
await go('nav a[href="/offer"]', '/offer');
seen.preticked = await page.locator('input:checked').count();
await look('offer');
await alike();
await choose('input[name=answer-0][value=yes]');
await choose('input[name=data-0][value=card-transactions]');
await choose('input[name=answer-1][value=no]');
await go(send, /receipts\/1/);
walked.consenting = pages;
await look('receipt');
await save('a[href$="/download"]', receipt);
await go('a[href$="/print"]', /print/);
await look('receipt-print');
await page.goBack();

// show the yes alone
await go('a[href$="/part"]', /part/);
await look('parts');
await choose('input[value="changes[1]"]');
await press('button[value=link]');
await page.locator('#link').waitFor();
await look('shown');
seen.link = await page.locator('#link').inputValue();
await save('button[value=file]', part);

await home();
await look('home');
await go('a[href$="/narrow"]', /narrow/);
await choose('input[name=data][value=card-transactions]');
await look('narrow');
await go(send, /receipts\/2/);
walked.narrowing = pages;

await home();
await go('a[href$="/withdraw"]', /withdraw/);
await look('withdraw');
await go(send, /receipts\/3/);
walked.withdrawing = pages;
for (const [what, n] of Object.entries(walked)) if (n > walked.consenting) seen.problems.push(`${what} takes ${n} pages`);

await go('nav a[href="/requests"]', '/requests');
await choose('input[name=type][value=erasure]');
await look('requests');
await go(send, /receipts\/4/);
await go('nav a[href="/receipts"]', '/receipts');
await look('timeline');
await home();
await look('end');
seen.cookies = (await context.cookies()).map((c) => `${c.name} ${c.httpOnly} ${c.secure} ${c.sameSite}`);
await go('header form button', /signed-out/);
await look('signed-out');
await browser.close();
process.stdout.write(JSON.stringify(seen));
