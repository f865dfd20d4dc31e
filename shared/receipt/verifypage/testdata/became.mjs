// Says what became of consents with the page's own sources, in Node. Reads a list of
// {now, files, shown, receipts: [{claims, tree, withheld}]} and prints of each the sentences
// in every language, as JSON.
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const [{ became, sentence }, { languages, Words }] = await Promise.all([load('became.js'), load('words.js')]);
const cases = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(cases.map(({ now, files, shown, receipts }) => {
  const all = receipts.map(({ claims, tree, withheld }) => ({ claims, tree, withheld: new Map(Object.entries(withheld)) }));
  const fates = became(all[shown], all, new Date(now));
  return fates.map((fate) => ({ consent: fate.consent, ...Object.fromEntries(languages.map((l) => [l, sentence(fate, files, new Words(l))])) }));
})));
