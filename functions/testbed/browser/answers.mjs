// Plays a visit of somebody who says yes to every question, reads what came of it, withdraws one
// consent, and asks for their data to be deleted. Two clerks then disagree about that.
import { atDesk, check, choose, end, fill, go, inLanguage, look, measure, page, pick, press, seen, task, turn, weigh } from './visit.mjs';

const { base, api: sample, person, questions, clerks, language, script } = task;
const send = 'main form p button.button:not(.quiet)';

await weigh();
await page.goto(base);
await inLanguage();
await look('welcome');
const brand = await page.locator('header .brand bdi').innerText();
await go('a[href^="/login"]', /dev-issuer/);
await go(`button[name=person][value="${person}"]`, '/');
await go('nav a[href="/offer"]', '/offer');
for (let n = 0; n < questions; n++) {
  await look(`offer-${n + 1}`);
  await measure(`question ${n + 1}`);
  const next = n + 1 < questions ? `input[name=answer-${n + 1}][type=radio]` : 'button[value=send]';
  const box = page.locator('main input[type=checkbox]');
  if (await box.count() > 0) { // a no with data ticked is asked about
    await choose(`input[name=answer-${n}][value=no]`);
    await choose(`input[name=data-${n}][value="${await box.first().inputValue()}"]`);
    await turn(send, 'input[name=meant]');
    await look('asked');
    await choose('input[name=meant][value=yes]');
  } else {
    await choose(`input[name=answer-${n}][value=yes]`);
  }
  await turn(send, next);
}
await look('review');
await press('details.fold summary');
await go('button[value=send]', /receipts\/1/);
await look('receipt');
await check();
await go('a.brand', '/');
await look('home');
await go('nav a[href="/requests"]', '/requests');
await look('requests');
if (await page.locator('header img').count() === 0) seen.problems.push('the pages have no logo');
await choose('input[name=type][value=erasure]');
await go(send, /receipts\/2/);
await look('receipt-request');
await go('nav a[href="/requests"]', '/requests');
await look('requests-open');
await go('a.brand', '/');
await go('a[href$="/withdraw"]', /withdraw/);
await look('withdraw');
await go(send, /receipts\/3/);
await look('receipt-withdrawal');
await page.goto(`${base}/receipts/1/print`);
await look('receipt-print');
if (script) { // these two pages are nothing without
  const signed = await page.locator('a[href*="sd-jwt,"]').getAttribute('href');
  await page.goto(`${base}/verify?language=${language}`);
  await page.locator('#file').setInputFiles({ name: 'receipt.sd-jwt', mimeType: 'text/plain', buffer: Buffer.from(signed.split(',')[1]) });
  await page.locator('#receipt').waitFor();
  await look('verify');
  await page.goto(`${sample}?lang=${language}`);
  await page.locator('consent-offer h2').waitFor();
  if (!(await page.locator('header').innerText()).includes(brand)) seen.problems.push(`the page of others does not name ${brand}`);
  await look('embedded');
}
if (clerks) { // one proposes a denial, and a colleague looks it over and rejects it
  const [one, other] = clerks;
  await atDesk(one);
  await go('nav a[href="/desk/requests"]', '/desk/requests');
  await go('.queue th a', /requests\/[0-9a-f-]{36}$/);
  const request = page.url();
  await choose('input[name=act][value=deny]');
  await pick('#reason-deny', 'excessive');
  await fill('#note', 'We deleted all of it in May.');
  await fill('#case', 'C-9');
  await turn(send, '.as-read');
  await look('desk-propose');
  await go('button[value=record]', /proposed=1$/);
  await look('desk-proposed');
  await go('header form button', /signed-out/);
  await atDesk(other);
  await page.goto(request);
  await look('desk-proposal');
  await fill('#case', 'C-9');
  await turn('main button[value=look]', '.as-read');
  await look('desk-approve');
  await turn('main button[value=change]', '#why');
  await fill('#why', 'There is new data since June.');
  await go('button[value=reject]', /requests\/[0-9a-f-]{36}$/);
  await look('desk-rejected');
}
await end();
