// Judges files with the page's own sources, in Node. Reads {roots: PEM, cases: [[{name,
// content: base64}]]} and prints what comes of the files of each case, as JSON.
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const [{ check }, { parseRoots }, { ofSigned }] = await Promise.all(['check.js', 'certificate.js', 'verdict.js'].map(load));
const { roots, cases } = JSON.parse(await text(process.stdin));
const trust = { roots: await parseRoots(Buffer.from(roots)), fingerprints: [] };
const said = [];
for (const files of cases) {
  const { verdict, results, manifests, outcomes, withheld, gaps, signers, answers } = await check(files.map(({ name, content }) => new File([Buffer.from(content, 'base64')], name)), trust);
  const judged = [...results, ...manifests];
  const refused = judged.filter((j) => j.refusal);
  said.push({
    verdict, checked: judged.length, refused: refused.length, files: outcomes.map((o) => o.verdict), withheld, gaps: gaps.length,
    refusals: refused.map(({ name, verdict: own, refusal }) => `${name}: ${own ?? ofSigned(refusal)}: ${refusal.code}`),
    answers: answers.map(({ name, request, receipt, file, changed }) => ({ name, request, receipt, file, changed })),
    newest: Math.max(0, ...signers.map((s) => s.claims.iat)),
  });
}
process.stdout.write(JSON.stringify(said));
