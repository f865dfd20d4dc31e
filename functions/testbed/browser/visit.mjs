// A visit to the pages in Chromium, as the JSON on standard input says, by mouse or by
// keyboard, that looks at every page on the way.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

// Playwright is CommonJS: an import would read its 7 MB a second time, for their names.
const { chromium } = createRequire(import.meta.url)('playwright-core');
export const task = JSON.parse(await text(process.stdin));
const { base, api = base, width, language, dir, script, dark, shots, looks } = task;
const height = width < 600 ? 780 : 900;
const narrowest = 320; // CSS pixels: WCAG 2.2, 1.4.10
const phone = 360;
const highest = 1500; // of a question on a phone
const patience = 5 * 60_000; // milliseconds: for a machine that is busy
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Without the limit, Chromium keeps a spare renderer, and starts another whenever the next page is in
// another visitor's window.
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium', timeout: patience,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--renderer-process-limit=1'],
});
const axe = await readFile(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
export const seen = { violations: [], foreign: [], sideways: [], problems: [], unfocused: [], looked: 0, tasks: [], highest: 0 };
const cookies = new Set();
let { keyboard } = task;
export let page = await arrive();

// arrive opens the window of a visitor, who has cookies of their own. A form that was not filled in as
// it should be is no error of the page; a story may expect other refusals, by their status.
export async function arrive(...refusals) {
  const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: script, colorScheme: dark ? 'dark' : 'light' });
  context.setDefaultTimeout(patience);
  const at = await context.newPage();
  at.on('request', (r) => { if (!r.url().startsWith(base) && !r.url().startsWith(api) && !r.url().startsWith('data:')) seen.foreign.push(r.url()); });
  at.on('console', (m) => { if (m.type() === 'error' && ![422, ...refusals].some((n) => m.text().includes(`status of ${n}`))) seen.problems.push(m.text()); });
  at.on('pageerror', (e) => seen.problems.push(String(e)));
  return at;
}

// sit goes on in the window of another visitor, by mouse or by keyboard.
export function sit(at, byKeyboard = false) {
  page = at;
  keyboard = byKeyboard;
}

// picture takes screenshots of the whole page at three widths, if they are wanted. The viewport is
// as high as the page, and two frames are drawn: on a busy machine Chromium now and then leaves blank
// what it has not drawn yet. Without scripts no frame can be waited for.
export async function picture(name) {
  if (!looks) return;
  for (const w of [phone, 768, 1280]) {
    await page.setViewportSize({ width: w, height });
    await page.setViewportSize({ width: w, height: await page.evaluate(() => document.documentElement.scrollHeight) });
    if (script) await page.evaluate(() => new Promise((drawn) => { requestAnimationFrame(() => requestAnimationFrame(drawn)); }));
    await page.screenshot({ path: `${looks}/${name}-${w}.png` });
  }
  await page.setViewportSize({ width, height });
  await page.evaluate(() => document.activeElement.scrollIntoView({ block: 'nearest' })); // as it was
}

// check goes to the page that checks receipts, and back. If screenshots are wanted, it keeps the
// PDF of the receipt that is shown, from which the test makes pictures, and gives it to that page.
export async function check() {
  const shown = page.url(), paper = `${looks}/receipt.pdf`;
  if (looks) await save('.side a.button[href$="/download"]', paper);
  await go('footer a[href^="/verify"]', `/verify?language=${language}`);
  await picture('verify');
  if (looks && script) {
    await page.setInputFiles('#file', paper);
    await page.waitForFunction(() => document.getElementById('verdict-place').dataset.verdict);
    await picture('verify-checked');
  }
  await page.goto(shown);
}

// look judges a page, at its width and at the narrowest. Neither is done again where
// the point is the keyboard, nor without scripts: axe-core needs timers.
export async function look(name) {
  seen.looked++;
  for (const c of await page.context().cookies()) cookies.add(`${c.name} ${c.httpOnly} ${c.secure} ${c.sameSite}`);
  const root = await page.locator('html').evaluate((e) => ({ lang: e.lang, dir: e.dir || 'ltr' }));
  if (root.lang !== language || root.dir !== dir) seen.problems.push(`${name}: in ${root.lang}, ${root.dir}`);
  const twice = await page.evaluate(() => [...document.querySelectorAll('[id]')].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i));
  if (twice.length > 0) seen.problems.push(`${name}: more than one element is ${twice}`);
  const shot = `${shots}/${name}.png`;
  if (shots && existsSync(shot)) await page.screenshot({ path: shot }); // those that are there are what the documents show
  await picture(name);
  if (keyboard || !script) return;
  // evaluate() runs outside the page's policy: the page itself has no script
  await page.evaluate(axe);
  const result = await page.evaluate((values) => axe.run(document, { runOnly: { type: 'tag', values } }), rules);
  for (const v of result.violations) seen.violations.push(`${name}: ${v.id}: ${v.nodes[0].html}`);
  for (const w of [narrowest, width]) {
    await page.setViewportSize({ width: w, height });
    const wide = await page.evaluate(tooWide);
    if (wide) seen.sideways.push(`${name} at ${w}: ${wide}`);
  }
}

// tooWide names the innermost element that makes the page wider than its window, or nothing.
function tooWide() {
  if (document.documentElement.scrollWidth <= innerWidth) return '';
  const beyond = [...document.body.querySelectorAll('*:not(thead, thead *)')].filter((e) => e.getBoundingClientRect().right > innerWidth || e.getBoundingClientRect().left < 0);
  return beyond.at(-1)?.outerHTML.slice(0, 200) ?? 'something';
}

// measure says how high a question is on a phone.
export async function measure(name) {
  await page.setViewportSize({ width: phone, height });
  const high = await page.evaluate(() => document.documentElement.scrollHeight);
  seen.highest = Math.max(seen.highest, high);
  if (high >= highest) seen.problems.push(`${name} is ${high} pixels high`);
  await page.setViewportSize({ width, height });
}

// reach moves the focus by Tab alone until it is on one of the elements, and looks
// at whether it can be seen wherever it comes by.
async function reach(selector) {
  for (let i = 0; i < 150; i++) {
    const at = await page.evaluate((wanted) => {
      let e = document.activeElement;
      while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
      if (!e || e === document.body) return { found: false, visible: true };
      const style = getComputedStyle(e), box = e.getBoundingClientRect();
      const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      return { found: e.matches(wanted), visible: ring && inside, html: e.outerHTML.slice(0, 120) };
    }, selector);
    const ours = !page.url().includes('/dev-issuer/') && !page.url().endsWith('/print');
    if (!at.visible && ours) seen.unfocused.push(`${page.url()}: ${at.html}`);
    if (at.found) return;
    await key('Tab');
  }
  throw new Error(`${page.url()}: no way to ${selector} by Tab`);
}

// key presses a key.
async function key(name) {
  walked.keys++;
  await page.keyboard.press(name);
}

export async function press(selector) {
  walked.actions++;
  if (!keyboard) return page.locator(selector).first().click();
  await reach(selector);
  await key('Enter');
}

// skip uses the link at the top of a page that leads to a part of it. Only the keyboard needs it.
export async function skip(to) {
  if (keyboard) await press(`a.skip[href="${to}"]`);
}

// walked counts what a task takes: presses, ticks and texts, and the pages that they led to; and the
// keys, where somebody has the keyboard alone.
export const walked = { actions: 0, pages: 0, keys: 0 };

// begin starts to count, and finished says what a task took.
export const begin = () => { Object.assign(walked, { actions: 0, pages: 0, keys: 0 }); };
export const finished = (name) => { seen.tasks.push({ name, ...walked }); begin(); };

// arrived waits for a page. Where it sets the focus it does so with its first frame, and a key that is
// pressed before goes elsewhere.
async function arrived() {
  await page.waitForLoadState();
  if (keyboard) await page.locator('body:has(:focus), body:not(:has([autofocus]))').waitFor();
}

// go leads to another page.
export async function go(selector, to) {
  walked.pages++;
  await press(selector);
  await page.waitForURL(typeof to === 'string' ? base + to : to).catch(async (e) => {
    throw new Error(`${page.url()}: ${await page.locator('main').innerText()}`, { cause: e });
  });
  await arrived();
}

// choose ticks or unticks a box, or picks a radio button: Tab leads to the group and
// the arrows within.
export async function choose(selector) {
  walked.actions++;
  const field = page.locator(selector);
  if (!keyboard) return field.click();
  const name = await field.getAttribute('name');
  if (await field.getAttribute('type') !== 'radio') {
    await reach(selector);
    return key('Space');
  }
  await reach(`input[name="${name}"]`);
  await key('Space');
  for (let i = 0; i < 20 && !(await field.isChecked()); i++) await key('ArrowDown');
}

// turn presses a button of a form whose next page has the same address, and waits for an element
// of that page.
export async function turn(selector, to) {
  walked.pages++;
  await press(selector);
  await page.locator(to).first().waitFor().catch(async (why) => { throw new Error(`${page.url()} says: ${await page.locator('main').innerText()}`, { cause: why }); });
  await arrived();
}

// atDesk signs somebody of the staff in at the desk, in the language of the pages.
export async function atDesk(who) {
  await page.goto(`${base}/desk`);
  await inLanguage();
  await go('main a[href*="/login"]', /dev-issuer/);
  await go(`button[name=person][value="${who}"]`, '/desk');
}

// inLanguage chooses the language of the pages by its link, unless they have it already.
export async function inLanguage() {
  if (await page.locator(`header a[hreflang=${language}]`).count()) await go(`header a[hreflang=${language}]`, /language=/);
}

export async function save(selector, path) {
  const [file] = await Promise.all([page.waitForEvent('download'), press(selector)]);
  await file.saveAs(path);
}

// fill types into a field.
export async function fill(selector, value) {
  walked.actions++;
  if (!keyboard) return page.locator(selector).fill(value);
  await reach(selector);
  await key('Control+A');
  walked.keys += value.length;
  await page.keyboard.type(value);
}

// pick selects one of a list.
export async function pick(selector, value) {
  const field = page.locator(selector);
  if (!keyboard) return field.selectOption(value);
  await reach(selector);
  for (let i = 0; i < 20 && (await field.inputValue()) !== value; i++) await key('ArrowDown');
}

// weigh measures the first page for somebody who was never here: all that is
// transferred, headers included, and when something is to be seen, as if a phone loaded
// it: a delay of 150 ms, 1.6 Mbit/s, and a processor four times slower.
export async function weigh() {
  const first = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: script });
  first.setDefaultTimeout(patience);
  const tab = await first.newPage();
  const tools = await first.newCDPSession(tab);
  const weight = { bytes: 0, requests: 0 };
  await tools.send('Network.enable');
  await tools.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 });
  await tools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  tools.on('Network.requestWillBeSent', () => { weight.requests++; });
  tools.on('Network.loadingFinished', (e) => { weight.bytes += e.encodedDataLength; });
  await tab.goto(base, { waitUntil: 'networkidle' });
  const painted = () => tab.evaluate(() => performance.getEntriesByName('first-contentful-paint').length);
  // A screenshot has the page painted, if it was not yet. A busy browser may refuse one.
  for (const end = Date.now() + patience; !await painted() && Date.now() < end;) await tab.screenshot().catch(() => {});
  seen.first = await tab.evaluate((w) => ({
    ...w,
    paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    parsed: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
  }), weight);
  await first.close();
}

// end prints what was seen.
export async function end() {
  seen.cookies = [...cookies];
  await browser.close();
  process.stdout.write(JSON.stringify(seen));
}
