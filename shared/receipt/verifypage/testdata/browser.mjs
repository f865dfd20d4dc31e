// Opens verify.html from the disk and gives it files, as the task says: {page, shots, width,
// language, cases: [{name, files, keyboard, drop, paste, fragment, roots, from, fingerprint,
// signatures, timed, all, shot, axe}]}; page may also be an address on this machine. Returns what it
// said of each.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export default async function browse({ open, axe }, { page: file, shots, width, language, cases }) {
  const served = file.startsWith('http:');
  const context = await open({ viewport: { width, height: 900 }, locale: language, offline: !served });
  // Signatures and digests are counted. The page's clock runs by how often it is asked, so
  // that the page draws, and says how far it is, as often on a fast machine as on a slow one. What
  // is timed has the real clock, because each pause costs.
  await context.addInitScript(() => {
    let now = 0;
    const real = performance.now.bind(performance);
    performance.now = () => (globalThis.timed ? real() : (now += 50));
    globalThis.counted = { verify: 0, digest: 0 };
    for (const name of Object.keys(globalThis.counted)) {
      const real = SubtleCrypto.prototype[name];
      SubtleCrypto.prototype[name] = function count(...args) {
        globalThis.counted[name]++;
        return real.apply(this, args);
      };
    }
  });
  const page = await context.newPage();
  const address = served ? file : pathToFileURL(file).href;
  const seen = { requests: [], problems: [], said: [] };
  page.on('request', (r) => { if (r.url().split('#')[0] !== address) seen.requests.push(r.url()); });
  page.on('console', (m) => seen.problems.push(m.text()));
  page.on('pageerror', (e) => seen.problems.push(`${e}`));
  page.on('filechooser', () => {}); // dialogs are caught from the start: asked for only with a key press, that can overtake it

  // The processor's time that the page has taken, on all cores, in milliseconds.
  const metrics = await context.newCDPSession(page);
  await metrics.send('Performance.enable');
  async function processor() {
    const { metrics: all } = await metrics.send('Performance.getMetrics');
    return all.find((m) => m.name === 'ProcessTime').value * 1000;
  }

  // Does something, waits for the verdict that comes of it, and notes how long it took,
  // what the processor worked for it, how often the page said how far it is, and what it
  // asked of the browser.
  let took = 0, cpu = 0, steps = 0, counted = {};
  async function judged(act) {
    await page.evaluate(() => {
      document.getElementById('verdict-place').dataset.verdict = '';
      const bar = document.getElementById('bar');
      globalThis.steps = 0;
      Object.assign(globalThis.counted ?? {}, { verify: 0, digest: 0 });
      globalThis.watch?.disconnect();
      globalThis.watch = new MutationObserver(() => { if (bar.checkVisibility()) globalThis.steps++; });
      globalThis.watch.observe(bar, { attributeFilter: ['value'] });
    });
    const started = performance.now(), worked = await processor();
    await act();
    await page.waitForFunction(() => document.getElementById('verdict-place').dataset.verdict !== '');
    took = performance.now() - started;
    cpu = (await processor()) - worked;
    ({ steps, counted } = await page.evaluate(() => ({ steps: globalThis.steps, counted: globalThis.counted ?? {} })));
  }

  // What the processor works for so many signatures alone, verified by the browser.
  async function signatures(n) {
    const worked = await processor();
    await page.evaluate(async (count) => {
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
      const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
      const bytes = new Uint8Array(4096);
      const signature = await crypto.subtle.sign(algorithm, privateKey, bytes);
      for (let i = 0; i < count; i++) await crypto.subtle.verify(algorithm, publicKey, signature, bytes);
    }, n);
    return (await processor()) - worked;
  }
  // Chooses a file with the keyboard alone.
  async function byKeyboard(id) {
    const focused = () => page.evaluate(() => document.activeElement?.id);
    for (let i = 0; i < 60 && (await focused()) !== id; i++) await page.keyboard.press('Tab');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Space')]);
    return chooser;
  }
  // Unfolds everything, and waits until the page has made what is in it.
  const show = () => page.evaluate(() => Promise.all([...document.querySelectorAll('details:not([open])')].map((d) => new Promise((done) => {
    d.addEventListener('toggle', () => done(), { once: true });
    d.open = true;
  }))));

  await page.goto(address);
  for (const c of cases) {
    await page.evaluate((timed) => { globalThis.timed = timed; }, c.timed);
    // Files given, ticks, texts, and presses.
    const actions = [c.files, c.keyboard, c.drop, c.roots, c.from].filter(Boolean).length + 2 * [c.paste, c.fingerprint].filter(Boolean).length;
    if (c.fragment) await judged(() => page.goto(`${address}#r=${c.fragment}`));
    if (c.paste) {
      await show();
      await page.fill('#paste', c.paste);
      await judged(() => page.click('#paste-form button'));
    }
    if (c.drop) {
      await judged(() => page.evaluate((text) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([text], 'dropped.sd-jwt'));
        document.querySelector('h1').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      }, c.drop));
    }
    if (c.keyboard) await judged(async () => (await byKeyboard('file')).setFiles(c.keyboard));
    if (c.files) await judged(() => page.setInputFiles('#file', c.files));
    if (c.from) await page.check(`input[value=${c.from}]`);
    if (c.roots) await judged(() => page.setInputFiles('#root-file', c.roots));
    if (c.fingerprint) {
      await page.fill('#fingerprint', c.fingerprint);
      await judged(() => page.keyboard.press('Enter'));
    }
    const shot = `${shots}/${c.shot}.png`;
    if (shots && c.shot && existsSync(shot)) await page.screenshot({ path: shot, fullPage: true }); // those that are there are what the documents show
    if (c.all) await show();
    const said = await page.evaluate(() => {
      const { verdict, code } = document.getElementById('verdict-place').dataset;
      const sideways = document.documentElement.scrollWidth > innerWidth;
      const links = document.querySelectorAll('#contents a[href]').length;
      return { verdict, code, text: document.body.innerText, sideways, links };
    });
    said.violations = [];
    if (c.axe) {
      // evaluate() runs outside the page's policy
      await page.evaluate(axe);
      const result = await page.evaluate(() => axe.run(document));
      said.violations = result.violations.map((v) => `${v.id}: ${v.nodes[0].html}`);
    }
    if (c.signatures) said.floor = await signatures(c.signatures);
    seen.said.push({ name: c.name, actions, took, cpu, steps, verified: counted.verify, digested: counted.digest, ...said });
  }
  return seen;
}
