// Reads roots and fingerprints with the page's own sources, in Node. Reads {roots: [base64],
// texts} as JSON, and prints {roots: how many there are, 0 if they are refused; texts:
// fingerprints, or ""}.
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const [{ fingerprintIn, parseRoots }, { narrowed }] = await Promise.all([load('certificate.js'), load('kind.js')]);
const { roots, texts } = JSON.parse(await text(process.stdin));
const counts = roots.map(async (encoded) => (await parseRoots(narrowed(Buffer.from(encoded, 'base64'))).catch(() => [])).length);
process.stdout.write(JSON.stringify({ roots: await Promise.all(counts), texts: texts.map((t) => fingerprintIn(t) ?? '') }));
