// Judges files with the page's own sources, in Node. Reads {roots: PEM, cases: [[{name,
// content: base64}]]} and prints what comes of the files of each case, as JSON.
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const [{ check }, { parseRoots }] = await Promise.all([load('check.js'), load('certificate.js')]);
const { roots, cases } = JSON.parse(await text(process.stdin));
const trust = { roots: await parseRoots(Buffer.from(roots)), fingerprints: [] };
const said = [];
for (const files of cases) {
  const { verdict, results, refused, outcomes, withheld, gaps, signer } = await check(files.map(({ name, content }) => new File([Buffer.from(content, 'base64')], name)), trust);
  said.push({
    verdict, checked: results.length, refused, files: outcomes.map((o) => o.verdict), withheld, gaps: gaps.length,
    refusals: results.filter((r) => r.refusal).map(({ name, verdict: own, refusal }) => `${name}: ${own}: ${refusal.code}`),
    newest: signer?.claims.iat ?? 0,
  });
}
process.stdout.write(JSON.stringify(said));
