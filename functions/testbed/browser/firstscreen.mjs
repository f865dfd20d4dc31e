// Opens each receipt of a person on a phone, and reports what its first lines say, and how far down
// they reach.
import { end, go, inLanguage, look, page, picture, seen, task } from './visit.mjs';

const { base, person, receipts } = task;

seen.leads = [];
await page.goto(base);
await inLanguage();
await go('a[href^="/login"]', /dev-issuer/);
await go(`button[name=person][value="${person}"]`, '/');
for (let seq = 1; seq <= receipts; seq++) {
  await page.goto(`${base}/receipts/${seq}?new=1`); // as it is seen first: with a word that it was made
  const lead = page.locator('.receipt .lead');
  if (await lead.count() === 0) seen.problems.push(`receipt ${seq} has no lead`);
  else seen.leads.push({ seq, text: await lead.innerText(), bottom: await lead.evaluate((e) => e.getBoundingClientRect().bottom) });
  await picture(`receipt-${seq}`);
}
await page.goto(base);
await look('home');
await end();
