// Plays the story in Chromium, as the JSON on standard input says, and checks
// every page with axe-core. Prints what it saw, as JSON.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { chromium } from 'playwright-core';

const { base, person, width, shots, download } = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: false });
const page = await context.newPage();
const axe = await readFile(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const seen = { violations: [], foreign: [], sideways: [], problems: [] };
page.on('request', (r) => { if (!r.url().startsWith(base) && !r.url().startsWith('data:')) seen.foreign.push(r.url()); });
page.on('console', (m) => { if (m.type() === 'error') seen.problems.push(m.text()); });

async function look(name) {
  // evaluate() runs outside the page's policy: the page itself has no script
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  for (const v of result.violations) seen.violations.push(`${name}: ${v.id}: ${v.nodes[0].html}`);
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) seen.sideways.push(name);
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
}

await page.goto(base);
await look('welcome');
await page.click('a[href^="/login"]');
await look('sign-in');
await page.click(`button[name=person][value="${person}"]`);
await page.waitForURL(`${base}/`);
await page.goto(`${base}/offer`);
seen.preticked = await page.locator('input:checked').count();
await look('offer');
// card-offers: no; account-alerts: yes, with the optional data
const question = (title) => page.locator('section.offer', { hasText: title });
await question('Answer me in Parley Messenger').locator('input[value=yes]').check();
await question('Answer me in Parley Messenger').locator('input[value=card-transactions]').check();
await question('Offers from Parley').locator('input[value=no]').check();
await page.locator('main form button').last().click();
await page.waitForURL(/receipts\/1/);
await look('receipt');
const [file] = await Promise.all([page.waitForEvent('download'), page.click('a[href$="/download"]')]);
await file.saveAs(download);
await page.click('a[href$="/print"]');
await look('receipt-print');
await page.goto(base);
await look('standing');
await page.click('a[href$="/narrow"]');
await page.locator('input[name=data][value=card-transactions]').uncheck();
await look('narrow');
await page.locator('main form button').first().click();
await page.waitForURL(/receipts\/2/);
await page.goto(base);
await page.click('a[href$="/withdraw"]');
await look('withdraw');
await page.locator('main form button').first().click();
await page.waitForURL(/receipts\/3/);
await page.goto(`${base}/requests`);
await page.selectOption('#type', 'erasure');
await look('requests');
await page.locator('main form').last().locator('button').click();
await page.waitForURL(/receipts\/4/);
await page.goto(base);
await look('end');
seen.end = await page.locator('main').innerText();
seen.cookies = (await context.cookies()).map((c) => `${c.name} ${c.httpOnly} ${c.secure} ${c.sameSite}`);
await browser.close();
process.stdout.write(JSON.stringify(seen));
