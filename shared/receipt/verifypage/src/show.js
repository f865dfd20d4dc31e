import { about, became, sentence } from './became.js';
import { arrays, disclosed } from './claims.js';
import { h, items, link, quoted, table, terms } from './element.js';
import { fields } from './fields.js';
import { headline, recordHeading } from './headline.js';
import { inline } from './lines.js';
import { Names } from './names.js';
import { request } from './request.js';

const none = '–';

// Shows the content of a verified receipt from its signed part alone, and what became of its
// consents according to the other receipts of a report.
export function show(receipt, page, report) {
  const names = new Names(page, receipt, catalogueOf(receipt, report.documents));
  const { words } = names; // in the controller's time zone
  const shown = Object.fromEntries(arrays.map((name) => [name, disclosed(receipt.tree[name])]));
  const context = { receipt, words, names, shown, claims: receipt.claims };
  const { seq, iat } = receipt.claims;
  const issuer = names.controller() ?? receipt.claims.iss;
  return h('article', { 'aria-labelledby': 'receipt', lang: words.language },
    h('h2', { id: 'receipt' }, words.say('show.receipt', { n: seq, event: headline(receipt, words, names) })),
    h('p', { class: 'soft' }, words.say('show.issued', { party: issuer, date: words.moment(new Date(iat * 1000)) })),
    since(context, report),
    short(context),
    names.known ? '' : h('p', { class: 'soft' }, words.say('show.no-names')),
    effects(context),
    withheld(context),
    more(words.say('changes.heading'), changes(context)),
    more(words.say('requests.heading'), requests(context)),
    more(words.say('notes.heading'), notes(context)),
    more(words.say('standing.heading'), standing(context)),
    shown.records.map((r) => more(words.say(recordHeading(r), { purpose: r.purposes[0]?.title ?? '' }), [fields(r, names)])),
    more(words.say('how.heading'), [...shown.actor, ...shown.evidence].map((o) => fields(o, names))),
    more(words.say('technical.heading'), [technical(context)]));
}

// The catalogue that the receipt names, if a bundle contains it.
function catalogueOf({ claims }, documents) {
  const bytes = documents.get(claims.catalogue);
  return bytes && JSON.parse(new TextDecoder().decode(bytes));
}

// The name of the controller that signed something, if a receipt of the same issuer or its
// catalogue states it, and the newest of them; otherwise the issuer.
export function controllerName({ claims: { iss } }, { receipts, documents }, words) {
  const own = receipts.filter((r) => r.claims.iss === iss);
  for (const receipt of own.sort((a, b) => b.claims.iat - a.claims.iat || b.claims.seq - a.claims.seq)) {
    const name = new Names(words, receipt, catalogueOf(receipt, documents)).controller();
    if (name) return `${name} (${iss})`;
  }
  return iss;
}

// What became of each consent that could still be in force.
function since({ receipt, words, names }, { receipts, outcomes }) {
  const fates = became(receipt, receipts, new Date());
  if (fates.length === 0) return '';
  return h('section', { class: 'became', 'aria-labelledby': 'became' }, h('h3', { id: 'became' }, words.say('became.heading')),
    items(fates.map((fate) => [about(fate, names), `: ${sentence(fate, outcomes.length, words)}`])));
}

const more = (heading, content) => (content.length > 0 ? h('details', {}, h('summary', {}, h('h3', {}, heading)), content) : '');

// Names a change in a word.
function verb({ words, claims }, { from, to }) {
  if (to !== 'given' || from !== 'given') return words.term('said', to);
  return words.say(claims.event.type === 'amendment' ? 'said.narrowed' : 'said.changed');
}

// The subject of a change: a purpose, or the id of an unknown consent. Each call makes a new
// node, since a node has only one place in the page.
const what = (own, c) => (c.purpose ? own.purpose(c.purpose) : c.consent_id);

// The summary of the receipt in five lines.
function short(context) {
  const { words, names, shown, claims, receipt } = context;
  const granted = new Map();
  for (const r of shown.records) {
    granted.set(r.record_id, { data: r.purposes[0]?.pii_information.map((d) => d.pii_attribute_id), resources: r.resources, access: r.access, until: r.events[0]?.validity_duration });
  }
  for (const line of shown.standing) if (line.kind === 'consent') granted.set(line.consent_id, line);
  const said = [];
  const whom = new Set();
  const data = [];
  const until = [];
  for (const c of shown.changes) {
    const own = names.of(c);
    const about = names.description(c.purpose);
    said.push(h('span', {}, words.nodes('short.said', { verb: verb(context, c), purpose: what(own, c) }), about ? h('small', {}, about) : ''));
    if (c.recipient) whom.add(own.party(c.recipient));
    const t = granted.get(c.consent_id);
    if (c.to !== 'given' || !t) continue;
    data.push(words.nodes('short.data', { purpose: what(own, c), data: words.listed([...own.data(t.data), ...names.resources(t.resources)]), access: names.access(t.access) }));
    until.push(words.nodes('short.until', { purpose: what(own, c), moment: words.until(new Date(t.until)) }));
  }
  for (const r of shown.request) {
    said.push(words.say(`short.request.${r.state}`, { what: words.term('request', r.type) }));
    if (r.state === 'received') until.push(words.say('short.due', { date: words.day(r.due) }));
    if (whom.size === 0 && names.controller()) whom.add(names.controller());
  }
  const hidden = receipt.withheld.has('changes') || receipt.withheld.has('request');
  if (said.length === 0 && !hidden) said.push(headline(receipt, words, names));
  const empty = (list, array) => (list.length > 0 ? items(list) : receipt.withheld.has(array) ? words.say('short.withheld') : words.say('short.none'));
  const stop = names.withdrawal();
  return terms('short', [
    [words.say('short.said.label'), hidden && said.length > 0 ? items([...said, words.say('short.withheld')]) : empty(said, 'changes')],
    [words.say('short.whom.label'), empty([...whom], 'changes')],
    data.length > 0 || hidden ? [words.say('short.data.label'), empty(data, 'changes')] : undefined,
    until.length > 0 || hidden ? [words.say('short.until.label'), empty(until, 'changes')] : undefined,
    [words.say('short.stop.label'), stop ? [link(stop.url), stop.url ? h('br') : '', stop.alternative] : words.say('short.no-stop', { issuer: claims.iss })],
  ]);
}

// The effects of the changes.
function effects({ words, names, shown }) {
  const rows = shown.changes.map((c) => {
    const own = names.of(c);
    return [[own.purpose(c.purpose), c.recipient ? ` – ${own.party(c.recipient)}` : ''], own.effects(c)];
  }).filter(([, lines]) => lines.length > 0);
  return rows.length > 0 ? [h('h3', {}, words.say('effects.heading')), terms('short', rows.map(([what, lines]) => [what, items(lines)]))] : '';
}

function withheld({ words, receipt }) {
  if (receipt.withheld.size === 0) return '';
  const parts = [...receipt.withheld].map(([name, n]) => words.say('withheld.item', { what: words.term('array', name), n }));
  return h('section', { class: 'withheld', 'aria-labelledby': 'withheld' },
    h('h3', { id: 'withheld' }, words.say('withheld.heading')), h('p', {}, words.say('withheld.text')), h('ul', {}, parts.map((p) => h('li', {}, p))));
}

const binding = ({ grant, details }, words) =>
  words.say(details ? 'changes.binding-details' : 'changes.binding', { grant: inline(grant), digest: details });

function changes(context) {
  const { words, names, shown, claims } = context;
  if (shown.changes.length === 0) return [];
  const columns = ['purpose', 'recipient', 'change', 'added', 'removed'].map((c) => words.say(`column.${c}`));
  const rows = shown.changes.map((c) => {
    const remarks = [c.given_in && words.say('changes.given-in', { n: c.given_in }), c.cause && words.term('changes', c.cause), c.binding && binding(c.binding, words)].filter(Boolean);
    const own = names.of(c);
    const delta = (d) => (own.delta(d).length > 0 ? items(own.delta(d)) : none);
    return [what(own, c), c.recipient ? own.party(c.recipient) : none,
      [`${words.term('state', c.from)} → ${words.term('state', c.to)}`, ...remarks.map((r) => h('small', {}, r))], delta(c.added), delta(c.removed)];
  });
  const { corrects } = claims.event;
  const correction = corrects ? [h('p', {}, words.say('changes.corrects', { n: corrects.seq, from: words.moment(new Date(corrects.from)) })), quoted(corrects.why)] : [];
  return [correction, table(words.say('changes.heading'), columns, rows)];
}

function requests({ names, shown }) {
  const open = shown.standing.filter((l) => l.kind === 'request' && !shown.request.some((r) => r.id === l.id));
  return [...shown.request, ...open].map((r) => request(r, names));
}

const notes = ({ words, shown }) =>
  shown.note.map(({ by, text }) => quoted(text, h('footer', {}, words.term('value.role', by))));

function standing({ words, names, shown, receipt }) {
  const later = h('p', { class: 'soft' }, words.say('standing.later'));
  const lines = shown.standing.filter((l) => l.kind === 'consent' || l.kind === 'no');
  const fences = shown.standing.filter((l) => l.kind === 'fence').map((f) => h('p', {}, words.say(`fence.${f.cause}`, { date: words.moment(new Date(f.at)), n: f.seq })));
  if (lines.length === 0) return receipt.withheld.has('standing') ? [] : [h('p', {}, words.say('standing.none')), ...fences, later];
  const columns = ['purpose', 'recipient', 'state', 'data', 'until', 'receipt'].map((c) => words.say(`column.${c}`));
  const rows = lines.map((l) => {
    const over = l.kind === 'consent' && l.state === 'given' && new Date(l.until) <= receipt.claims.iat * 1000;
    const own = names.of(l);
    return [own.purpose(l.purpose), own.party(l.recipient), [words.term('state', over ? 'expired' : l.state), l.latest.attests ? h('small', {}, words.say('standing.attests', { what: words.term('value.attests', l.latest.attests) })) : ''],
      l.data ? [items([...own.data(l.data), ...names.resources(l.resources)]), h('small', {}, names.access(l.access))] : none,
      l.until ? words.until(new Date(l.until)) : none, `${l.latest.seq}`];
  });
  return [table(words.say('standing.heading'), columns, rows), ...fences, later];
}

function technical({ words, claims, receipt }) {
  const code = (text) => h('code', {}, text);
  const parts = [...receipt.withheld].map(([name, n]) => words.say('withheld.item', { what: words.term('array', name), n }));
  return terms('fields', [
    [words.say('technical.number'), `${claims.seq}`],
    [words.say('technical.id'), code(claims.jti)],
    [words.say('technical.issuer'), code(claims.iss)],
    [words.say('technical.subject'), code(claims.sub)],
    [words.say('technical.issued'), new Date(claims.iat * 1000).toISOString().replace('.000', '')],
    [words.say('technical.channel'), claims.event.channel],
    [words.say('technical.digest'), code(receipt.digest)],
    [words.say('technical.previous'), claims.prev ? code(claims.prev) : words.say('technical.first')],
    [words.say('technical.catalogue'), code(claims.catalogue)],
    [words.say('technical.schema'), code(claims.schema_version)],
    [words.say('technical.leaf'), code(receipt.leaf)],
    [words.say('technical.root'), receipt.root ? code(receipt.root) : words.say('technical.no-root')],
    [words.say('technical.withheld'), parts.length > 0 ? words.list(parts) : words.say('technical.nothing-withheld')],
  ]);
}
