// Plays a visit to a page of another origin that shows <consent-offer>: a no that had data
// ticked, a question skipped, an answer changed, a lost answer sent again, the receipt; then an
// offer that grows stale, and a page that has no token left.
import { readFile } from 'node:fs/promises';
import { choose, end, fill, look, page, press, seen, task } from './visit.mjs';

const { base, path, api, token, language, width } = task;
const tallest = 1500; // CSS pixels of a question, on a phone
const expect = (ok, what) => { if (!ok) seen.problems.push(what); };
const at = (name) => page.locator(`consent-offer ${name}`);
const buttons = at('button');
const next = '.main';
const answered = (value) => choose(`input[name=answer][value=${value}]`);

// What the page is told, in the order in which it is told.
await page.addInitScript(() => {
  globalThis.events = [];
  for (const name of ['receipt', 'expired', 'error', 'closed']) {
    addEventListener(`consent-${name}`, ({ detail }) => globalThis.events.push({ name, ...detail }));
  }
});
const told = () => page.evaluate(() => globalThis.events);
// shows waits until a view stands whose heading matches, and says whether the focus is on it.
async function shows(heading, what) {
  await at('h2').filter({ hasText: heading }).waitFor();
  const focused = await page.evaluate(() => document.querySelector('consent-offer').shadowRoot.activeElement?.localName);
  expect(what === 'first' ? focused === undefined : focused === 'h2', `${heading}: the focus is on ${focused}`);
}

const titles = language === 'es'
  ? [/Responderme/, /Mejorar/, /Ofertas/] : [/Answer me/, /Improve/, /Offers/];
const words = language === 'es'
  ? { asked: /Ha dicho que no/, review: /esto lo que quiere/, failed: /No ha funcionado/, unsure: /no se sabe/, nothing: /No se ha registrado nada/, stands: /Hoy: usted/, done: /han quedado/, open: /Sin responder/, fresh: /son nuevas/ }
  : { asked: /You said no/, review: /what you want to say/, failed: /did not work/, unsure: /not known yet/, nothing: /Nothing was recorded/, stands: /Today: you/, done: /are recorded/, open: /Not answered/, fresh: /are new/ };

await page.goto(`${base}${path}?lang=${language}`);
// The order of the questions is the catalogue's business.
const first = await at('h2').innerText();
const order = [first];
const title = (i) => titles.find((t) => t.test(order[i]));
await shows(title(0), 'first');
expect(await at('input:checked').count() === 0, 'something was ticked');
const [yes, no] = await at('.pair .choice').evaluateAll((all) => all.map((e) => {
  const { width, height } = e.getBoundingClientRect(), { color, backgroundColor, borderColor, fontWeight } = getComputedStyle(e);
  return JSON.stringify([width, height, color, backgroundColor, borderColor, fontWeight]);
}));
expect(yes === no, `yes and no differ: ${yes} ${no}`);
const high = await at('section').evaluate((e) => e.getBoundingClientRect().height);
expect(width > 600 || high < tallest, `a question is ${high} px high`);
await look('embedded-question');
expect(/202\u00a0555/.test(await at('dl').innerText()), 'a line may break within the number to call');
await press('summary');
expect(await at('.notice').getByText(language === 'es' ? /recibo firmado/ : /signed receipt/).isVisible(), 'the notice lacks its end');
await look('embedded-notice');

// account-alerts has optional data: a no to it with data ticked is asked about.
let accounts;
for (let i = 0; i < titles.length; i++) {
  if (i > 0) {
    await at('.progress').getByText(`${i + 1}`).first().waitFor();
    order.push(await at('h2').innerText());
    await shows(title(i));
  }
  if (await at('input[name=data]').count()) {
    accounts = order[i];
    await answered('no');
    await choose('input[name=data]');
    await press(next);
    await shows(words.asked);
    await look('embedded-asked');
    await choose('input[name=meant][value=yes]');
    await press(next);
  } else if (titles[1].test(order[i])) {
    await press(next);
    expect((await at('.error').innerText()).length > 0, 'a question without an answer passes');
    await look('embedded-unanswered');
    await press('.main + button'); // skip
  } else {
    await answered('no');
    await press(next);
  }
}
expect(accounts, 'no question has optional data');

await shows(words.review);
expect(await at('h3').filter({ hasText: words.open }).count() === 1, 'the skipped question is not shown as open');
await look('embedded-review');
expect((language === 'es' ? /: «.+»/ : /: “.+”/).test(await at('.rows').innerText()), 'the labels of data are not in quotation marks');
await press('summary');
await fill('input[type=date]', language === 'es' && task.keyboard ? '' : '2001-01-01');
if (!task.keyboard) {
  await press(next);
  expect((await at('.error').innerText()).includes('20'), 'a day in the past passes');
  await fill('input[type=date]', '');
}
// The page changes its language, on the overview and amid a question. No answer is lost.
const speak = async (lang, heading) => {
  await page.evaluate((lang) => { document.documentElement.lang = lang; }, lang);
  await shows(heading);
};
const [theirs, ours] = language === 'es' ? [{ lang: 'en', review: /what you want to say/ }, 'es'] : [{ lang: 'es', review: /esto lo que quiere/ }, 'en'];
const said = () => at('.rows h3').evaluateAll((all) => all.map((e) => /^(Yes|Sí)/.test(e.textContent) ? 'yes' : /^No:/.test(e.textContent) ? 'no' : 'open').join());
const before = await said();
await speak(theirs.lang, theirs.review);
expect(await said() === before, `in the other language the answers are ${await said()}, not ${before}`);
await speak(ours, words.review);
// It changes again while the questions load: the last language counts.
let load;
const loading = new Promise((resolve) => { load = resolve; });
await page.route('**/v1/offers?*', async (route) => { await loading; await route.continue(); });
await page.evaluate((lang) => { document.documentElement.lang = lang; }, theirs.lang);
await at('[role=status]').waitFor();
await page.evaluate((lang) => { document.documentElement.lang = lang; }, ours);
load();
await shows(words.review);
await page.unroute('**/v1/offers?*');
await press('.rows button'); // change the first answer, and come back to the overview with it
await shows(title(0));
expect(await at('input:checked').count() > 0, 'the answer is lost on the way back');
await press(next);
await shows(words.review);

await press(next); // the answer to this is lost
await shows(words.unsure);
expect(await at('p').filter({ hasText: words.nothing }).count() === 0, 'a lost answer is said not to be recorded');
await look('embedded-unsure');
await press('.main + button'); // back to the overview
await shows(words.review);
expect(await at('p').filter({ hasText: words.unsure }).count() === 1, 'the overview says that nothing was sent');
await press(next);
await shows(words.done);
await look('embedded-done');
const [file] = await Promise.all([page.waitForEvent('download'), press(next)]);
expect((await readFile(await file.path())).subarray(0, 5).toString() === '%PDF-', 'the receipt is no PDF');
await press('.main + button');
await page.locator('#told').filter({ hasText: '1' }).waitFor();
expect(await buttons.count() === 0, 'the element is still there');
const story = await told();
expect(story.map((e) => e.name).join() === 'error,receipt,closed', `the page was told ${JSON.stringify(story)}`);
expect(story[0]?.status === 0 && story[1]?.seq === 1 && story[1]?.receipt.endsWith('~') && story[2]?.sent === true, `the page was told ${JSON.stringify(story)}`);

// Somebody answers elsewhere while the questions are here: a yes to them is out of date.
await page.goto(`${base}${path}?lang=${language}`);
await at('h2').first().waitFor();
expect(await at('.hint').filter({ hasText: words.stands }).count() === 1, 'what stands today is not said');
const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
const elsewhere = await (await fetch(`${api}/v1/offers`, { headers })).json();
const choices = elsewhere.items.map(({ purpose, recipient }) => ({ purpose, recipient, answer: 'no' }));
const other = await fetch(`${api}/v1/opt-in`, { method: 'POST', headers, body: JSON.stringify({ offer: elsewhere.offer, choices }) });
expect(other.status === 201 && (await other.json()).seq === 2, 'the answer from elsewhere is refused');
const many = Number(/(\d+)\D*$/.exec(await at('.progress span').innerText())[1]);
for (let i = 0; i < many; i++) {
  await at('.progress').getByText(`${i + 1}`).first().waitFor();
  await answered('yes');
  await press(next);
}
await shows(words.review);
await press(next);
await at('.note').filter({ hasText: words.fresh }).waitFor();
await look('embedded-replaced');
expect((await told()).some((e) => e.name === 'expired' && e.type === 'offer-stale'), `the page was told ${JSON.stringify(await told())}`);
expect(await at('input:checked').count() === 0, 'the old answers were kept for other questions');

// The page has no token for the person any more, and then has one again. Nothing is lost.
await answered('yes');
for (let i = 1; i < Number(/(\d+)\D*$/.exec(await at('.progress span').innerText())[1]); i++) {
  await press(next);
  await at('.progress').getByText(`${i + 1}`).first().waitFor();
  await answered('yes');
}
await press(next);
await shows(words.review);
await page.route('**/token', (route) => route.fulfill({ status: 204 }));
await press(next);
await shows(words.failed);
await at('[role=alert]').filter({ hasText: words.nothing }).waitFor();
await look('embedded-failed');
expect((await told()).some((e) => e.name === 'error' && e.status === 401), `the page was told ${JSON.stringify(await told())}`);
await page.unroute('**/token');
await press(next);
await shows(words.done);
expect((await told()).at(-1).seq === 3, `the page was told ${JSON.stringify(await told())}`);

// What a lost answer and a refused token leave in the console is no problem of the page.
seen.problems = seen.problems.filter((p) => !/status of (401|409)|ERR_CONTENT_LENGTH_MISMATCH/.test(p));
await end();
