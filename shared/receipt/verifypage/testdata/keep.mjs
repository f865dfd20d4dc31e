// Opens receipts' pages from the disk in Chromium, as the JSON on standard input says:
// {pages: [path], folder, width, dark}. Looks at each, prints it on A4 and on Letter, and saves
// it into the folder in the ways that a person can. Prints what it saw, as JSON.
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const { pages, folder, width, dark } = JSON.parse(await text(process.stdin));
const patience = 5 * 60_000; // milliseconds: for a machine that is busy
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium', timeout: patience,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light', offline: true });
context.setDefaultTimeout(patience);
const axe = await readFile(new URL('../../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const seen = [];
for (const path of pages) {
  const page = await context.newPage();
  const address = pathToFileURL(path).href;
  const saw = { requests: [], problems: [] };
  page.on('request', (r) => { if (r.url() !== address) saw.requests.push(r.url()); });
  page.on('console', (m) => saw.problems.push(m.text()));
  page.on('pageerror', (e) => saw.problems.push(`${e}`));
  await page.goto(address);

  // saved before anything is added to it: as the document that the browser has, and whole
  const save = (extension, content) => writeFile(join(folder, basename(path, '.html') + extension), content);
  await save('.saved.html', await page.content());
  const network = await context.newCDPSession(page);
  await save('.mhtml', (await network.send('Page.captureSnapshot', { format: 'mhtml' })).data);

  saw.sheets = {};
  for (const format of ['A4', 'Letter']) {
    const paper = await page.pdf({ format });
    await save(`.${format}.pdf`, paper);
    saw.sheets[format] = paper.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  }
  saw.sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await page.evaluate(axe); // outside the page's policy
  saw.violations = await page.evaluate(async () => (await axe.run(document)).violations.map((v) => `${v.id}: ${v.nodes[0].html}`));
  seen.push(saw);
  await page.close();
}
await browser.close();
process.stdout.write(JSON.stringify(seen));
