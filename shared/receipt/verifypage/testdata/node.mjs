// Verifies receipts with the page's own sources, in Node. Reads {roots: PEM or "",
// receipts: [base64]} and prints what it says of each, as JSON.
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const [{ Verifier }, { parseRoots }] = await Promise.all([load('receipt.js'), load('certificate.js')]);
const { roots, receipts } = JSON.parse(await text(process.stdin));
const verifier = new Verifier(await parseRoots(Buffer.from(roots)));
const said = [];
for (const receipt of receipts) {
  try {
    const { digest, root, leaf, withheld } = await verifier.verify(Buffer.from(receipt, 'base64').toString('latin1'));
    said.push({ digest, root, leaf, withheld: Object.fromEntries(withheld) });
  } catch (e) {
    if (e.code === undefined) throw e;
    said.push({ code: e.code });
  }
}
process.stdout.write(JSON.stringify(said));
