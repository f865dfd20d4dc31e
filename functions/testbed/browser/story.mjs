// Plays a person's story: a yes and a no, a part shown, a narrowing, a withdrawal, a
// request for erasure, one for some data that is taken back.
import { begin, check, choose, end, fill, finished, go, inLanguage, look, measure, page, press, save, seen, task, turn, weigh } from './visit.mjs';

const { base, person, receipt, part } = task;

// alike compares how yes and no look: no may be no harder to find than yes.
async function alike() {
  const differ = await page.evaluate(() => [...document.querySelectorAll('.pair')].filter((pair) => {
    const [yes, no] = [...pair.children].map((label) => {
      const box = label.getBoundingClientRect(), style = getComputedStyle(label);
      return [box.width, box.height, box.top, style.font, style.color, style.backgroundColor, style.borderColor].join();
    });
    return yes !== no;
  }).length);
  if (differ > 0) seen.problems.push(`${differ} questions whose yes and no look different`);
}

// home goes to the first page, from which the actions and pages of a task are counted.
async function home() {
  await go('a.brand', '/');
  begin();
}

const send = 'main form p button.button:not(.quiet)';
const question = (n) => `input[name=answer-${n}][type=radio]`;

await weigh();
await page.goto(base);
await inLanguage();
await look('welcome');
await go('a[href^="/login"]', /dev-issuer/);
await look('sign-in');
await go(`button[name=person][value="${person}"]`, '/');
await look('start');
begin();

// yes to account-alerts with both data, no to card-offers
await go('nav a[href="/offer"]', '/offer');
seen.preticked = await page.locator('input:checked').count();
await look('offer');
await alike();
await measure('question 1');
await choose('input[name=answer-0][value=yes]');
await choose('input[name=data-0][value=card-transactions]');
await turn(send, question(1));
await measure('question 2');
await choose('input[name=answer-1][value=no]');
await turn(send, question(2));
await measure('question 3');
await turn('button[value=skip]', 'button[value=send]');
await look('review');
await go('button[value=send]', /receipts\/1/);
finished('a yes and a no');
await look('receipt');
await check();
begin();
await save('.side a.button[href$="/download"]', `${receipt}.pdf`);
finished('download');
await press('.side details summary');
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
finished('allow less');

await home();
await go('a[href$="/withdraw"]', /withdraw/);
await look('withdraw');
await go(send, /receipts\/3/);
finished('withdraw');
const [consenting, , ...stopping] = seen.tasks;
for (const n of stopping) {
  if (n.pages > consenting.pages || n.actions > consenting.actions) seen.problems.push(`to ${n.name} takes ${n.pages} pages and ${n.actions} actions`);
}

await go('nav a[href="/requests"]', '/requests');
await choose('input[name=type][value=erasure]');
await look('requests');
await go(send, /receipts\/4/);
finished('ask');

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
await go('main li form button', /receipts\/6/);
await go('nav a[href="/requests"]', '/requests');
await look('requests-answered');
await go('nav a[href="/receipts"]', '/receipts');
await look('timeline');
await home();
await look('end');
await press('.menu summary');
await go('header form button', /signed-out/);
await look('signed-out');
await go('footer a[href="/trust"]', '/trust');
await look('trust');
await end();
