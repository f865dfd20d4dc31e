// Plays the desk's story: somebody of the staff finds a person, takes their request for
// erasure to its end and says no for them; an auditor reads; the person sees it all.
import { begin, choose, end, fill, finished, go, inLanguage, look, page, pick, press, seen, skip, task, turn } from './visit.mjs';

const { base, operator, auditor, person, pseudonym, last, files } = task;
const at = `/desk/people/${pseudonym}`;
const send = 'main form p button.button:not(.quiet)';
// receipt matches the page of one that is made here.
const receipt = (n) => new RegExp(`/receipts/${last + n}\\b`);
const most = 30; // keys
const expect = (ok, what) => { if (!ok) seen.problems.push(what); };

// signIn goes through the issuer, from a page that leads there.
async function signIn(who, back) {
  await go('main a[href*="/login"]', /dev-issuer/);
  await go(`button[name=person][value="${who}"]`, back);
}

// decide records a step that ends a request, after it was shown.
async function decide(to) {
  await turn(send, 'button[value=record]');
  await go('button[value=record]', to);
}

// find begins on the first page of the desk.
async function find(reference) {
  await fill('#customer', person);
  await fill('#case', reference);
  await look('desk-find');
  await go(send, at);
}

await page.goto(`${base}/desk`);
await inLanguage();
await look('desk-welcome');
await signIn(operator, '/desk');

// a mistyped number opens nothing
await fill('#customer', `${person}9`);
await press(send);
await page.locator('main [role=alert]').waitFor();
expect(new URL(page.url()).pathname === '/desk' && await page.locator('main a').count() === 0, 'a mistyped number leads somewhere');
await look('desk-find-nothing');

// what stands, the receipt as the person reads it
await find('CASE-2026-0117');
await look('desk-person');
await go(`nav a[href="${at}/receipts"]`, `${at}/receipts`);
await look('desk-receipts');
await go(`main h2 a[href="${at}/receipts/1"]`, `${at}/receipts/1`);
await look('desk-receipt');

// what is due first is on top, and overdue in words; the person's request is taken on
await go('nav a[href="/desk/requests"]', '/desk/requests');
expect(await page.locator('.queue tbody tr').first().locator('.tag.bad').count() === 1, 'what is overdue is not on top, or not marked');
await look('desk-requests');
await go('.filters li:nth-child(2) a', /state=overdue/);
expect(await page.locator('.queue tbody tr').count() === 1, 'the list of what is late has something else');
await go('.filters li:first-child a', /state=open/);
await press('details.fold summary');
await pick('#type', 'erasure');
await go('form.filter button', /type=erasure/);
await go(`main a[href^="${at}/requests/"]`, /requests\/[0-9a-f-]{36}$/);
const request = new URL(page.url()).pathname;
await look('desk-request');
await pick('#identity-why', 'call-back');
await press('form[action$="/identity"] button');
await page.locator('main [role=status]').waitFor();
expect((await page.locator('main [role=status]').innerText()).includes(person), 'it is not said whose request it is');
await look('desk-identity');
await page.goto(base + request);
await choose('input[name=act][value=acknowledge]');
await go(send, receipt(1));
await page.goto(base + request);
await press(send);
await page.locator('.summary').waitFor();
await look('desk-request-error');
// from the queue to the answer: a template of the words, the preview in the person's language, and
// one press to record it
await page.goto(`${base}/desk/requests?state=open&type=erasure`);
begin();
await skip('#queue');
await go(`main a[href^="${at}/requests/"]`, request);
await skip('#step');
await pick('#answer', 'deletion');
await turn('button[name=go][value=use]', '#note:focus');
expect(await page.locator('input[name=act][value=complete]').isChecked(), 'the template chose no act');
await fill('#case', 'C-117');
await turn(send, '.as-read');
await look('desk-preview');
expect(await page.locator('.as-read .seal').count() === 0, 'what nobody signed looks like a receipt');
await go('button[name=go][value=record]', receipt(2));
finished('from the queue to an answer');
const [answered] = seen.tasks;
expect(answered.keys < most, `${answered.keys} keys from the queue to an answer`);
await look('desk-done');

// a request that came by letter
await go(`nav a[href="${at}"]`, at);
await go(`main a[href="${at}/ask"]`, `${at}/ask`);
await press(send);
await page.locator('.summary').waitFor();
await look('desk-ask');
await choose('input[name=type][value=access]');
await fill('#details', 'My name is spelt with a K.');
await go(send, receipt(3));
await look('desk-asked');

// the answer has a file, or says that there is none
await page.goto(`${base}/desk/requests?state=open&type=access`);
await go(`main a[href^="${at}/requests/"]`, /requests\/[0-9a-f-]{36}$/);
const copy = new URL(page.url()).pathname;
await choose('input[name=act][value=complete]');
await turn(send, '.summary');
expect(await page.locator('.summary a[href="#nothing_held"]').count() === 1, 'an answer without contents is not refused');
if (files) {
  await fill('#name', 'cards.csv');
  await go('form[action$="/files"] button', `${copy}/files`);
  await look('desk-upload');
  await page.locator('#file').setInputFiles({ name: 'export.csv', mimeType: 'text/csv', buffer: Buffer.from('date,amount\n') });
  await go(send, /files\/[0-9a-f-]{36}$/);
  await look('desk-uploaded');
  await go(send, /#files$/);
  expect(await page.locator('a[href*="/attachments/sha256:"]').count() === 1, 'the file is not part of the answer');
  await look('desk-files');
} else {
  await choose('#nothing_held');
}
await choose('input[name=act][value=complete]');
await decide(receipt(files ? 5 : 4));

// a no on their behalf
await go(`nav a[href="${at}"]`, at);
await go(`main a[href="${at}/opt-out"]`, `${at}/opt-out`);
await choose('input[name=consent]');
await fill('#reason', 'They called us.');
await look('desk-opt-out');
await go(send, receipt(files ? 6 : 5));

// which was another customer's form
await go('main a[href$="/annul"]', /receipts\/\d+\/annul$/);
await fill('#reason', 'Entered from the form of another customer.');
await look('desk-annul');
await go(send, receipt(files ? 7 : 6));
await look('desk-annulled');
await go(`nav a[href="${at}/looked"]`, `${at}/looked`);
await look('desk-looked');
await go('nav a[href="/desk/report"]', '/desk/report');
await look('desk-report');
await fill('#from', '2026-13');
await press('form.filter button');
await page.locator('.summary').waitFor();
await look('desk-report-error');
await go('header form button', /signed-out/);

// an auditor reads the same, and is shown nothing that writes
await signIn(auditor, '/desk');
await find('AUDIT-7');
expect(await page.locator('a[href$="/opt-out"]').count() === 0, 'an auditor is shown the way to an opt-out');
await go(`main a[href^="${at}/requests/"]`, request);
await look('desk-auditor');
expect(await page.locator('main form').count() === 0, 'an auditor is shown a form');

// the person sees the result, and who looked; the auditor's session is another
await page.goto(base);
await signIn(person, '/');
await look('desk-person-home');
await press('.menu summary');
await go('.menu a[href="/looked"]', '/looked');
await look('looked');
const told = await page.locator('main').innerText();
expect(told.includes('CASE-2026-0117') && told.includes('AUDIT-7'), 'the person does not see for which case');
await end();
