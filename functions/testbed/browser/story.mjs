// Plays a person's story: a yes and a no, a part shown, a narrowing, a withdrawal, a
// request for erasure, one for some data that is taken back.
import { choose, context, end, fill, go, look, page, press, save, seen, task, walked, weigh } from './visit.mjs';

const { base, person, language, receipt, part } = task;

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

// took tells how many pages a decision took, from the first page to its receipt.
const took = {};
async function home() {
  await go('a.brand', '/');
  walked.pages = 0;
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
walked.pages = 0;

// yes to account-alerts with both data, no to card-offers
await go('nav a[href="/offer"]', '/offer');
seen.preticked = await page.locator('input:checked').count();
await look('offer');
await alike();
await choose('input[name=answer-0][value=yes]');
await choose('input[name=data-0][value=card-transactions]');
await choose('input[name=answer-1][value=no]');
await go(send, /receipts\/1/);
took.consenting = walked.pages;
await look('receipt');
await press('main details summary');
await save('a[href$="format=sd-jwt"]', receipt);
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
took.narrowing = walked.pages;

await home();
await go('a[href$="/withdraw"]', /withdraw/);
await look('withdraw');
await go(send, /receipts\/3/);
took.withdrawing = walked.pages;
for (const [what, n] of Object.entries(took)) if (n > took.consenting) seen.problems.push(`${what} takes ${n} pages`);

await go('nav a[href="/requests"]', '/requests');
await choose('input[name=type][value=erasure]');
await look('requests');
await go(send, /receipts\/4/);

// some data, and no longer
await go('nav a[href="/requests"]', '/requests');
await choose('input[name=type][value=access-specific]');
await press(send);
await page.locator('.summary').waitFor();
await look('requests-error');
await choose('input[name=data][value=balances]');
await fill('#details', 'Since May.');
await go(send, /receipts\/5/);
await look('receipt-access');
if (await page.locator('main a[href="/receipts/bundle"]').count() === 0) seen.problems.push('the receipt of a request for data does not lead to them');
await go('nav a[href="/requests"]', '/requests');
await look('requests-open');
await go('main article form button', /receipts\/6/);
await go('nav a[href="/requests"]', '/requests');
await look('requests-answered');
await go('nav a[href="/receipts"]', '/receipts');
await look('timeline');
await home();
await look('end');
await go('header form button', /signed-out/);
await look('signed-out');
await go('footer a[href="/trust"]', '/trust');
await look('trust');
await end();
