// Opens receipts' pages from the disk, as the task says: {pages: [path], folder, width, dark}.
// Looks at each, prints it on A4 and on Letter, and saves it into the folder in the ways that a
// person can. Returns what it saw.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export default async function keep({ open, axe }, { pages, folder, width, dark }) {
  const context = await open({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light', offline: true });
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
  return seen;
}
