// Plays somebody without an account: the form, the link of the mail, the request, what the desk makes
// of it, who looked, its end, and a new link.
import { atDesk, begin, choose, end, fill, finished, go, inLanguage, look, page, task } from './visit.mjs';

const { base, address, clerk } = task;

await page.goto(base);
await inLanguage();
begin();
await go('main a[href="/ask"]', '/ask');
await look('door');
await go('main form button.button', '/ask');
await look('door-wrong');
await choose('input[name=type][value=access]');
await choose('input[name=how][value=mail]');
await fill('#email', address);
await go('main form button.button', '/ask?sent=1');
await look('door-sent');
await page.goto(`${base}/dev-mail/`);
await page.goto(await page.locator('a[href*="/ask/"]').first().getAttribute('href'));
await look('link');
await fill('#details', 'I was a customer until 2024.');
await go('main form button.button', /ask\/.*new=1/);
finished('ask without an account');
await look('link-sent');
const link = page.url().split('?')[0];
if (clerk) { // acknowledges it with others, and says whose it is
  await atDesk(clerk);
  await go('nav a[href="/desk/requests"]', '/desk/requests');
  await choose('input[name=pick]');
  await fill('#case', 'C-5');
  await go('button[value=acknowledge]', /\/desk\/requests/);
  await look('desk-many');
  await go('main li a', /requests\/[0-9a-f-]{36}$/);
  await look('desk-contact');
  await page.goto(link);
  await look('link-acknowledged');
}
await go('main a[href$="/looked"]', /\/looked$/);
await look('link-looked');
await page.goto(link);
await go('main form button.quiet', /ask\/.*new=1/);
await look('link-ended');
await page.goto(`${base}/ask`);
await go('main a[href="/ask/again"]', '/ask/again');
await go('main form button.button', '/ask/again');
await look('again-wrong');
await fill('#number', '5d2c1f0e');
await fill('#email', address);
await go('main form button.button', '/ask/again?sent=1');
await look('again-sent');
await end();
