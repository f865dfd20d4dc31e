// Plays an appeal of somebody whose request was denied.
import { begin, end, fill, finished, go, inLanguage, look, page, task } from './visit.mjs';

const { base, person } = task;

await page.goto(base);
await inLanguage();
await go('a[href^="/login"]', /dev-issuer/);
await go(`button[name=person][value="${person}"]`, '/');
begin();
await go('nav a[href="/requests"]', '/requests');
await look('requests-denied');
await go('main a[href$="/appeal"]', /appeal$/);
await fill('#details', 'You forgot my letters.');
await look('appeal');
await go('main form p button.button:not(.quiet)', /receipts\/3/);
finished('appeal');
await look('receipt-appeal');
await end();
