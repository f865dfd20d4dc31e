import { answers, manifest, looks } from './beside.js';
import { h, table, unlinked } from './element.js';
import { headline } from './headline.js';
import { inline } from './lines.js';
import { controllerName, show } from './show.js';
import { passed as isPassed } from './verdict.js';

const maxRows = 2000;
const maxNames = 20;

// The verdict, first and large. A screen reader announces it at once.
export function verdict(report, words) {
  const n = report.results.length;
  const some = n > 1 && report.refused > 0;
  const { signers } = report;
  const inPart = report.withheld.length + report.moreWithheld;
  const numbers = [...report.withheld, ...(report.moreWithheld > 0 ? [words.say('verdict.withheld.more', { n: report.moreWithheld })] : [])];
  const { outcomes } = report;
  const unread = outcomes.filter((o) => o.reason);
  const each = outcomes.length > 1 ? outcomes.slice(0, maxNames).map((o) => `${inline(o.name)}: ${words.say(`verdict.${o.verdict}`)}`) : [];
  const { domain } = report; // of the issuer that serves the page
  const heading = h('h2', { id: 'verdict', tabindex: '-1' }, words.say(`verdict.${report.verdict}`, { domain }));
  const place = { class: `verdict ${report.verdict}` };
  if (report.verdict === 'foreign') return h('div', place, heading, h('p', {}, words.say('verdict.foreign.text', { domain })));
  return h('div', place, heading,
    h('p', {}, some ? words.say('verdict.refused.some', { refused: report.refused, n }) : words.say(`verdict.${report.verdict}.text`)),
    isPassed(report.verdict) ? signers.map((s) => h('p', {}, words.say(`verdict.${report.confirmed ? 'signer' : 'claimed'}${n === 1 ? '.one' : ''}`, { name: controllerName(s, report, words), date: issued(s, words) }))) : '',
    isPassed(report.verdict) && report.confirmed && signers.length > 0 ? h('p', {}, words.say(`verdict.by.${report.by}`, { domain })) : '',
    inPart > 0 ? h('p', {}, h('strong', {}, words.count('verdict.withheld', inPart).replace('{numbers}', words.list(numbers)))) : '',
    each.length > 0 ? h('ul', {}, [...each, ...(each.length < outcomes.length ? ['…'] : [])].map((text) => h('li', {}, text))) : '',
    unread.map(({ name, reason: why }) => h('p', {}, words.say(`error.${why}`, { name: inline(name) }))),
    n === 1 && report.refused === 1 ? reason(report.results[0].refusal, words) : '',
    report.others.map(({ name, refusal }) => [h('p', {}, `${inline(name)}:`), reason(refusal, words)]),
    report.damaged.map((name) => h('p', {}, words.say('verdict.damaged', { name: inline(name) }))),
    report.unchecked.length > 0 ? h('p', {}, h('strong', {}, words.say('verdict.unchecked', { names: words.list(folders(report.unchecked)) }))) : '',
    report.pages ? h('p', {}, h('strong', {}, words.say('verdict.page'))) : '');
}

// The time of issue, in the time zone of the issuer.
const issued = ({ claims }, words) => words.inZone(claims.controller?.timezone).moment(new Date(claims.iat * 1000));

const reason = (refusal, words) =>
  h('p', {}, h('strong', {}, why(refusal, words)), h('small', {}, words.say('verdict.reason', { code: refusal.message })));

function why({ code, detail }, words) {
  const special = `refused.${code}.${detail.split(' ')[0]}`;
  return words.say(words.has(special) ? special : `refused.${code}`);
}

// Names of files, grouped by folder.
function folders(names) {
  const counts = new Map();
  for (const name of names) {
    const at = name.indexOf('/') + 1;
    const key = at > 0 ? name.slice(0, at) : name;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const all = [...counts].map(([name, n]) => (name.endsWith('/') ? `${inline(name)} (${n})` : inline(name)));
  return all.length > maxNames ? [...all.slice(0, maxNames), '…'] : all;
}

// Which files were proven, and by which root.
export function proven(report, words) {
  const passed = report.receipts;
  if (report.signers.length === 0) return '';
  const listed = report.lists.filter((l) => !l.refusal);
  const roots = report.roots.map((root) => h('code', {}, root));
  const gaps = [...report.gaps.map((g) => words.say(g.key, g.values)), ...(report.moreGaps > 0 ? [words.say('gap.more', { n: report.moreGaps })] : [])];
  const chain = report.results.length > 1 && report.refused === 0;
  return h('details', { class: 'proven', open: gaps.length > 0 || listed.some((l) => l.after) }, h('summary', {}, h('h3', {}, words.say('proven.heading'))), h('ul', {},
    h('li', {}, words.say('proven.unchanged')),
    report.signers.map((s) => h('li', {}, words.say('proven.signer', { issuer: s.claims.iss, date: issued(s, words) }))),
    roots.length > 0 ? h('li', {}, words.say(report.confirmed ? 'proven.root' : 'proven.no-root'), ' ', roots) : '',
    passed.length > 0 ? h('li', {}, words.say('proven.schema')) : '',
    chain ? h('li', {}, words.say(gaps.length > 0 ? 'proven.gaps' : 'proven.chain', { n: passed.length }), gaps.length > 0 ? h('ul', {}, gaps.map((g) => h('li', {}, g))) : '') : '',
    listed.map(({ looks: { length, 0: first }, after }) => h('li', {}, length === 0 ? words.say('proven.no-looks') : words.count('proven.looks', length), ' ',
      after ? words.say('gap.looks', { b: first.claims.seq }) : '')),
    passed.length > 0 ? h('li', {}, words.say('verdict.limit')) : ''));
}

// Returns whether a receipt is the last one of its person, among several.
const isLatest = ({ claims: { iss, sub, seq } }, { receipts, refused }) =>
  refused === 0 && receipts.length > 1 && receipts.every(({ claims: c }) => c.iss !== iss || c.sub !== sub || c.seq <= seq);

// The content of the receipts. Until the signer is confirmed it is folded, and has no links.
export function contents(report, words) {
  if (report.verdict === 'foreign') return [];
  const said = receipts(report, words);
  if (report.confirmed || report.signers.length === 0) return said;
  return [h('details', { class: 'all' }, h('summary', {}, h('h2', {}, words.say('show.unconfirmed'))),
    h('p', {}, h('strong', {}, words.say('show.unconfirmed.text'))), said)];
}

// The latest receipt, and a list of the others to choose from.
function receipts(report, words) {
  const place = h('div', {});
  const open = (receipt) => {
    const shown = show(receipt, words, report);
    const latest = isLatest(receipt, report) ? [h('p', { class: 'soft' }, words.say('show.latest'))] : [];
    place.replaceChildren(...latest, report.confirmed ? shown : unlinked(shown));
  };
  const latest = report.receipts.reduce((a, b) => (a && a.claims.seq > b.claims.seq ? a : b), undefined);
  if (latest) open(latest);
  const beside = [...manifest(report.manifests, words), ...answers(report, words), ...looks(report, words)];
  if (report.results.length < 2) return [place, ...beside];
  const choose = (receipt) => (open(receipt), place.querySelector('h2').scrollIntoView());
  return [place, folded(report.refused > 0, `${words.say('list.heading')} (${report.results.length})`, () => list(report, words, choose)), ...beside];
}

// A part that is made when it is first unfolded.
function folded(open, heading, make) {
  const part = h('details', { class: 'all', open }, h('summary', {}, h('h3', {}, heading)));
  if (open) part.append(...make());
  else part.addEventListener('toggle', () => part.append(...make()), { once: true });
  return part;
}

// The list of the receipts, to choose one from.
function list(report, words, choose) {
  const rows = report.results.slice(0, maxRows).map(({ name, receipt, refusal }) => [
    receipt ? h('button', { class: 'plain', onclick: () => choose(receipt) }, `${receipt.claims.seq}`) : inline(name),
    receipt ? words.date(new Date(receipt.claims.iat * 1000)) : '–',
    receipt ? headline(receipt, words) : why(refusal, words),
    receipt ? words.say('list.good') : words.say('list.refused', { code: refusal.message }),
  ]);
  return [h('p', { class: 'soft' }, words.say('list.caption')),
    table(words.say('list.heading'), ['number', 'date', 'event', 'result'].map((c) => words.say(`list.${c}`)), rows),
    rows.length < report.results.length ? h('p', {}, words.say('list.more', { shown: rows.length, n: report.results.length })) : ''];
}
