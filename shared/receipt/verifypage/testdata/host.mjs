// Starts Chromium once, and does in it what the lines of standard input ask, one after the
// other: {script, task}. A script's default export gets what is below, and the task. Each answer
// is a line: {answer}, or {error}.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const patience = 5 * 60_000; // milliseconds: for a machine that is busy
// Playwright is CommonJS: an import would read its 7 MB a second time, for their names.
const { chromium } = createRequire(import.meta.url)('playwright-core');
const axe = await readFile(new URL('../../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium', timeout: patience,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

// Opens a profile of its own, which ends with the task.
async function open(options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience);
  return context;
}

async function answer({ script, task }) {
  try {
    const { default: run } = await import(`./${script}`);
    return { answer: await run({ open, axe }, task) };
  } catch (e) {
    return { error: e.stack };
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
await browser.close();
