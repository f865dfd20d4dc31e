// Plays a day of the staff: two clerks who work on the same queue at once, and an auditor. It keeps a
// list of what each of them looked at and did, to which the list of each person has to be equal.
import { arrive, begin, choose, end, fill, finished, go, look, pick, seen, sit, skip, task, turn } from './visit.mjs';

const { base, clerks, auditor, requests } = task;
const most = 30; // keys from the queue to an answer
seen.did = [];
seen.answers = []; // ids of requests, once for each page that said that an answer was recorded

const [robin, kim, sam] = [
  { who: clerks[0], reference: 'C-201', at: await arrive(403, 409) },
  { who: clerks[1], reference: 'C-202', at: await arrive(403, 409) },
  { who: auditor, role: 'auditor', at: await arrive(403, 409) },
];
const both = [robin, kim];
const byID = Object.fromEntries(requests.map((r) => [r.id, r]));

// some takes the first requests of a type for which there is no plan yet.
const planned = new Set();
function some(type, number = 1) {
  const list = requests.filter((r) => r.type === type && !planned.has(r.id)).slice(0, number);
  if (list.length < number) throw new Error(`there are ${list.length} requests for ${type}, and the day wants ${number}`);
  list.forEach((r) => planned.add(r.id));
  return list;
}

// note adds to the list what somebody is about to look at, or to do for a case.
function note(by, r, reference, ...did) {
  for (const d of did) seen.did.push({ staff: by.who, role: by.role ?? 'operator', person: r.person, did: d, about: r.id, case: reference });
}
const looksAt = (by, r) => note(by, r, '', 'data-request.read', 'case.read');
const does = (by, r, ...did) => note(by, r, by.reference, ...did);

// need stops the day unless something is as it should be, and says what the page says.
async function need(by, ok, what) {
  if (!ok) throw new Error(`${by.who}: ${what}: ${by.at.url()} says: ${await by.at.locator('body').innerText()}`);
}

// leads does something that leads to another page, and waits for that page, whichever it is.
async function leads(by, act) {
  const [came] = await Promise.all([by.at.waitForNavigation(), act()]);
  return { status: came.status(), path: new URL(by.at.url()).pathname };
}

// follow presses something that leads to another page.
const follow = (by, selector) => leads(by, () => by.at.locator(selector).first().click());

// visit follows an address from the page that is open. For one that is typed, as goto() does, Chromium
// starts a process.
async function visit(by, to) {
  const { status } = await leads(by, () => by.at.evaluate((at) => { location.assign(at); }, to));
  await need(by, status === 200, `${to} is answered with ${status}`);
}

// reach presses something that leads to a page whose path has an end.
async function reach(by, selector, to) {
  const { status, path } = await follow(by, selector);
  await need(by, status === 200 && path.endsWith(to), `${selector} led to ${status} ${path}, and not to ${to}`);
}

const page = (r) => `/desk/people/${r.person}/requests/${r.id}`;

// queue shows a list, and returns the requests in it, in its order.
async function queue(by, which = 'state=open') {
  await visit(by, `/desk/requests?${which}`);
  const ids = await by.at.locator('#queue tbody a').evaluateAll((all) => all.map((a) => a.pathname.split('/').at(-1)));
  return ids.map((id) => byID[id]);
}

// opens shows a request, by the address that the queue has for it.
async function opens(by, r) {
  await visit(by, page(r));
  looksAt(by, r);
}

// fillsIn chooses what is next for a request that is open before somebody. An answer with data says
// that there are none, unless it has a file.
async function fillsIn(by, act, files) {
  await by.at.locator(`input[name=act][value=${act}]`).click();
  const nothing = by.at.locator('#nothing_held');
  if (act === 'complete' && !files && await nothing.count() > 0) await nothing.check();
  const reason = `#reason-${act}`;
  if (await by.at.locator(reason).count() > 0) await by.at.locator(reason).selectOption({ index: 1 });
  await by.at.locator('#case').fill(by.reference);
}

// overlooks presses on, and sees what the answer would come to, or that a colleague was faster.
async function overlooks(by, r) {
  does(by, r, 'data-request.preview');
  const came = await follow(by, '#answers button[value=on]');
  return came.status === 200 && await by.at.locator('.as-read').count() === 1 ? 'shown' : became(by, r, came);
}

// records has what was overlooked recorded, and returns what became of it: recorded, proposed to a
// colleague, or too late.
async function records(by, r, decidesAlone = true) {
  does(by, r, 'data-request.step', ...decidesAlone ? [] : ['case.propose']);
  return became(by, r, await follow(by, 'button[value=record]'));
}

// became says what became of a press by the page that it led to.
async function became(by, r, { status, path, text }) {
  const [, receipt] = /\/receipts\/(\d+)$/.exec(path) ?? [];
  if (status === 200 && receipt) {
    note(by, { person: r.person, id: receipt }, '', 'receipt.read');
    seen.answers.push(r.id);
    return 'recorded';
  }
  const says = text ?? await by.at.content();
  if (!path.startsWith(page(r)) || status !== 200 && (status !== 409 || !says.includes('role="alert"'))) throw new Error(`${by.who}: ${status} ${path} says: ${says}`);
  looksAt(by, r);
  return status === 409 ? 'late' : 'proposed';
}

// drafts takes a request to what its answer would come to.
async function drafts(by, r, act = 'complete') {
  await opens(by, r);
  await fillsIn(by, act);
  await need(by, await overlooks(by, r) === 'shown', 'no preview');
}

// atOnce has both clerks do the same at the same moment, of which one can succeed.
async function atOnce(r, succeeded, act) {
  const came = await Promise.all(both.map(act));
  if (came.toSorted().join() !== ['late', succeeded].toSorted().join()) throw new Error(`both answered ${r.type} at once: ${came}`);
  return [both[came.indexOf(succeeded)], both[came.indexOf('late')]];
}

// signsIn goes through the issuer.
async function signsIn(by) {
  await by.at.goto(`${base}/desk`);
  await follow(by, 'main a[href*="/login"]');
  await reach(by, `button[name=person][value="${by.who}"]`, '/desk');
}

// many does one thing to what both clerks chose in their lists, at the same moment. It returns whose each
// request is: of those that both chose, the page of one says that a colleague was faster.
async function many(act, chosen, did) {
  await Promise.all(both.map(async (by, i) => {
    const open = await queue(by);
    await need(by, open.length === requests.length, `${open.length} requests are in the queue`);
    for (const r of chosen[i]) await by.at.locator(`input[name=pick][value^="${r.person}/${r.id}/"]`).check();
    await by.at.locator('#case').fill(by.reference);
    chosen[i].forEach((r) => does(by, r, did));
  }));
  await Promise.all(both.map((by) => reach(by, `button[value=${act}]`, '/desk/requests')));
  const whose = {};
  for (const [i, by] of both.entries()) {
    const marks = await by.at.locator('main .rows li').evaluateAll((all) => all.map((li) => [li.querySelector('a').pathname.split('/').at(-1), li.querySelector('.mark').classList.contains('done')]));
    await need(by, marks.length === chosen[i].length, `${marks.length} requests, and ${chosen[i].length} were chosen`);
    for (const [id, done] of marks) if (done) (whose[id] ??= []).push(by);
  }
  for (const r of new Set(chosen.flat())) await need(kim, whose[r.id]?.length === 1, `${act} of ${r.type} was done by ${whose[r.id]?.length ?? 0}`);
  return whose;
}

// approves looks a colleague's proposal over, and approves it.
async function approves(by, r) {
  await by.at.locator('#case').fill(by.reference);
  note(by, r, '', 'data-request.read');
  does(by, r, 'data-request.preview');
  await follow(by, 'main button[value=look]');
  does(by, r, 'case.approve');
  const got = await became(by, r, await follow(by, 'button[value=approve]'));
  await need(by, got === 'recorded', `the approval is ${got}`);
}

// byKeys has Robin answer the first request of a type by keyboard, or approve what was proposed if
// there is nothing to fill in.
async function byKeys(type, what, fillIn) {
  const [r] = await queue(robin, `state=acknowledged&type=${type}`);
  begin();
  await skip('#queue');
  await go(`#queue a[href="${page(r)}"]`, page(r));
  looksAt(robin, r);
  await skip('#step');
  if (fillIn) await fillIn(r);
  else note(robin, r, '', 'data-request.read');
  await fill('#case', robin.reference);
  does(robin, r, 'data-request.preview', fillIn ? 'data-request.step' : 'case.approve');
  await turn(`main button[value=${fillIn ? 'on' : 'look'}]`, '.as-read');
  await go(`button[value=${fillIn ? 'record' : 'approve'}]`, /receipts\/\d+/);
  finished(what);
  await became(robin, r, { status: 200, path: new URL(robin.at.url()).pathname });
  const { keys } = seen.tasks.at(-1);
  await need(robin, keys < most, `${what} takes ${keys} keys`);
}

// unseen opens the page of a request without a window, and returns what sends its form: it costs a
// fraction of a page that is drawn, and sends the same.
async function unseen(by, r) {
  looksAt(by, r);
  const shown = await by.at.request.get(base + page(r));
  const text = await shown.text();
  const hidden = (name) => new RegExp(`name="${name}" value="([^"]+)"`).exec(text)?.[1];
  const form = { csrf: hidden('csrf'), key: hidden('key'), act: 'complete', case: by.reference, go: 'record', ...text.includes('id="nothing_held"') && { nothing_held: '1' } };
  return async () => {
    does(by, r, 'data-request.step');
    const came = await by.at.request.post(base + page(r), { form, headers: { Origin: base } });
    return became(by, r, { status: came.status(), path: new URL(came.url()).pathname, text: await came.text() });
  };
}

// audits reads the queue, some requests and the report, and is shown nothing that writes. A clerk's form that the auditor forges is refused.
async function audits(...some) {
  for (const r of some) {
    await queue(sam, 'state=');
    await need(sam, await sam.at.locator('main form[method=post], input[name=pick]').count() === 0, 'an auditor is shown a form');
    await reach(sam, `#queue a[href="${page(r)}"]`, page(r));
    looksAt(sam, r);
    await need(sam, await sam.at.locator('main form').count() === 0, 'an auditor is shown a form');
  }
  const forged = await leads(sam, () => sam.at.locator('header form').first().evaluate((form, at) => {
    for (const [name, value] of Object.entries({ act: 'complete', case: 'AUD-1', go: 'record' })) {
      form.append(Object.assign(document.createElement('input'), { name, value }));
    }
    form.action = at;
    form.submit();
  }, page(some[0])));
  await need(sam, forged.status === 403, `an auditor's form is answered with ${forged.status}`);
  await visit(sam, '/desk/report');
}

await Promise.all([robin, kim, sam].map(signsIn));

// the morning: both confirm what came in, and take what they will work on; their choices overlap
const unproven = requests.find((r) => r.unproven);
planned.add(unproven.id);
const came = requests.filter((r) => r !== unproven);
await many('acknowledge', [came.slice(0, -8), came.slice(8)], 'data-request.step');
sit(kim.at);
await look('day-acknowledged');
const whose = await many('take', [requests.slice(0, 20), requests.slice(10)], 'case.assign');
for (const by of both) {
  const mine = await queue(by, 'state=open&assigned=me');
  await need(by, mine.length === requests.filter((r) => whose[r.id][0] === by).length && mine.every((r) => whose[r.id][0] === by), `${mine.length} are mine`);
}

// both open the same requests, and answer them at once
for (const r of [...some('rectification'), ...some('grievance')]) {
  await Promise.all(both.map((by) => drafts(by, r)));
  const [, late] = await atOnce(r, 'recorded', (by) => records(by, r));
  await need(late, await late.at.locator('input[name=act]').count() === 0, 'a request that was answered can be answered');
}

// a denial needs a colleague: whoever proposed it cannot approve it, not even with a forged form
const [denied] = some('restriction');
await drafts(robin, denied, 'deny');
await need(robin, await records(robin, denied, false) === 'proposed', 'a clerk denied alone');
await need(robin, await robin.at.locator('button[value=look], button[value=approve]').count() === 0, 'one can approve what one proposed');
await robin.at.locator('#case').fill(robin.reference);
await robin.at.locator('button[value=reject]').evaluate((b) => { b.value = 'approve'; });
does(robin, denied, 'case.approve');
await need(robin, await became(robin, denied, await follow(robin, 'button[value=approve]')) === 'late', 'a clerk approved what he had proposed');
await opens(kim, denied);
sit(kim.at);
await look('day-proposal');
await approves(kim, denied);

// both propose to grant the same deletion at once; the one who was late approves it
const [first, second] = some('erasure', 2);
await Promise.all(both.map((by) => drafts(by, first)));
const [, late] = await atOnce(first, 'proposed', (by) => records(by, first, false));
await approves(late, first);
await drafts(kim, second);
await need(kim, await records(kim, second, false) === 'proposed', 'a clerk granted a deletion alone');

// the person takes a request back while a clerk writes the answer
const [takenBack] = some('erasure');
await drafts(kim, takenBack);
const back = await kim.at.request.delete(`${base}/v1/data-requests/${takenBack.id}`, { headers: { Authorization: `Bearer ${takenBack.token}` } });
await need(kim, back.ok(), `the person cannot take it back: ${back.status()}`);
await need(kim, await records(kim, takenBack, false) === 'late', 'what was taken back was answered');

// a number leads to its request, in capitals and shortened too; a mistyped one nowhere
const number = async (text) => {
  await queue(kim);
  await kim.at.locator('#number').fill(text);
  return follow(kim, 'form.search button');
};
const [partly] = some('access-specific');
const mistyped = partly.id.slice(0, -1) + (partly.id.endsWith('0') ? '1' : '0');
await need(kim, (await number(mistyped)).path === '/desk/requests' && await kim.at.locator('#number-error').count() === 1 && await kim.at.locator('main a[href^="/desk/people/"]').count() === 0, 'a mistyped number leads somewhere');
await need(kim, (await number(partly.id.slice(0, 8).toUpperCase())).path === page(partly), 'the number does not lead to its request');
looksAt(kim, partly);

// she calls the person back, tells colleagues what she heard, hands the request over, and answers in part
does(kim, partly, 'identity.open');
seen.did.at(-1).reason = 'call-back';
await kim.at.locator('#identity-why').selectOption('call-back');
await kim.at.locator('#identity-case').fill(kim.reference);
await follow(kim, 'form[action$="/identity"] button');
looksAt(kim, partly);
note(kim, partly, partly.id.slice(0, 8), 'case.note'); // the case that the page suggests
await kim.at.locator('#work-note').fill('The person wants the nights of May.');
await reach(kim, 'form[action$="/note"] button', page(partly));
looksAt(kim, partly);
note(kim, partly, '', 'case.read');
note(kim, partly, partly.id.slice(0, 8), 'case.assign');
await kim.at.locator('#with-whom').selectOption({ index: 0 }); // to herself, or to nobody
await reach(kim, 'form[action$="/assign"] button', page(partly));
looksAt(kim, partly);
await fillsIn(kim, 'complete-partly');
await kim.at.locator('#what-1').fill('Letters of our lawyers.');
await overlooks(kim, partly);
await need(kim, await records(kim, partly) === 'recorded', 'not answered in part');

// an answer with a file, by somebody who came from the queue and looked nobody up
const [withFile] = some('access');
await opens(robin, withFile);
await robin.at.locator('#name').fill('file.csv');
note(robin, withFile, withFile.id.slice(0, 8), 'attachment.begin'); // the case that the page suggests
await reach(robin, 'form[action$="/files"] button', '/files');
await robin.at.locator('#file').setInputFiles({ name: 'export.csv', mimeType: 'text/csv', buffer: Buffer.from('date,night\n') });
await follow(robin, 'main form button');
await robin.at.locator('#case').fill(robin.reference);
does(robin, withFile, 'attachment.add');
await reach(robin, 'main form button', page(withFile));
looksAt(robin, withFile);
await fillsIn(robin, 'complete', true);
await overlooks(robin, withFile);
await need(robin, await records(robin, withFile) === 'recorded', 'not answered with a file');

// somebody without an account has to prove who they are, and is answered then
await opens(kim, unproven);
await fillsIn(kim, 'give-identity');
does(kim, unproven, 'data-request.step');
const proven = await follow(kim, '#answers button[value=on]');
await need(kim, /\/receipts\/\d+$/.test(proven.path), `no proof of identity: ${proven.status}`);
note(kim, { person: unproven.person, id: proven.path.split('/').at(-1) }, '', 'receipt.read');
await drafts(kim, unproven);
await need(kim, await records(kim, unproven) === 'recorded', 'not answered after the proof');

// by keyboard alone, from the queue: that nothing is held, by a template of the words; a correction; the
// approval of what a colleague proposed
sit(robin.at, true);
await byKeys('portability', 'nothing is held', async (r) => {
  await pick('#answer', 'nothing-held');
  await turn('button[name=go][value=use]', '#nothing_held:focus');
  looksAt(robin, r);
  await choose('#nothing_held');
});
await byKeys('rectification', 'a correction', () => choose('input[name=act][value=complete]'));
await byKeys('erasure', 'an approval');

// the afternoon: the auditor reads, while both clerks send an answer to each of what is left at once
const granted = [first, second];
await Promise.all([audits(partly, denied, unproven), (async () => {
  for (const r of (await queue(robin)).filter((left) => !granted.includes(left))) {
    const [his, hers] = await Promise.all(both.map((by) => unseen(by, r)));
    await atOnce(r, 'recorded', (by) => (by === robin ? his : hers)());
  }
})()]);

const left = await queue(kim);
await need(kim, left.length === granted.length && left.every((r) => granted.includes(r)), `${left.length} requests are left`);
await end();
