// Says with the page's own sources, in Node, what it says of files. Reads {roots: PEM, cases:
// [{now, trusted, files: [{name, content: base64}]}]} and prints of each the verdict and, in
// every language, the headline and the first lines of each receipt that passed, and what became of
// its consents.
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

// An element is the text in it.
class Element {
  content = [];
  append(...nodes) { this.content.push(...nodes); }
  setAttribute() {}
  toString() { return this.content.join(''); }
}
globalThis.document = { createElement: () => new Element() };

const sources = ['check.js', 'certificate.js', 'became.js', 'headline.js', 'lead.js', 'show.js', 'words.js'];
const [{ check }, { parseRoots }, { about, became, sentence }, { headline }, { lead }, { contextOf }, { languages, Words }] = await Promise.all(sources.map(load));
const { roots: pem, cases } = JSON.parse(await text(process.stdin));
const roots = await parseRoots(Buffer.from(pem));

function tell(receipt, language, { receipts, outcomes }, now) {
  const context = contextOf(receipt, new Words(language), new Map()), { names } = context;
  const fates = became(receipt, receipts, now).map((fate) => `${about(fate, names).join('')}: ${sentence(fate, outcomes.length, names.words)}`);
  return { headline: headline(receipt, names.words, names), lead: lead(context).flat(Infinity).join(''), became: fates };
}

const said = [];
for (const { now, trusted, files } of cases) {
  const report = await check(files.map(({ name, content }) => new File([Buffer.from(content, 'base64')], name)), { roots: trusted ? roots : [], fingerprints: [] });
  said.push({
    verdict: report.verdict, withheld: report.withheld,
    receipts: report.receipts.map((receipt) => ({ seq: receipt.claims.seq, said: Object.fromEntries(languages.map((l) => [l, tell(receipt, l, report, new Date(now))])) })),
  });
}
process.stdout.write(JSON.stringify(said));
