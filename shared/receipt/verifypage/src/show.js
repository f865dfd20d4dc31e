import { about as subject, became, sentence } from './became.js';
import { about, card } from './card.js';
import { arrays, disclosed } from './claims.js';
import { h, isolated, items } from './element.js';
import { headline } from './headline.js';
import { lead } from './lead.js';
import { Names } from './names.js';
import { record, systems } from './record.js';

// Shows the content of a verified receipt from its signed part alone, and what became of its
// consents according to the other receipts of a report: a card, the record in words, and what
// only systems read.
export function show(receipt, page, report) {
  const context = contextOf(receipt, page, report.documents), { words, names } = context;
  const { blocks, stops } = card(context);
  return h('article', { 'aria-labelledby': 'receipt', lang: words.language },
    h('div', { class: 'receipt' }, header(context), since(context, report),
      names.known ? '' : h('p', { class: 'hint' }, words.say('show.no-names')), withheld(context), blocks),
    h('details', { class: 'words' }, h('summary', {}, h('h3', {}, words.say('record.heading'))), record(context, stops)),
    h('details', { class: 'words' }, h('summary', {}, h('h3', {}, words.say('systems.heading'))), systems(context)));
}

// What a receipt shows, and the words for it, in the controller's time zone.
export function contextOf(receipt, page, documents) {
  const names = new Names(page, receipt, catalogueOf(receipt, documents));
  const shown = Object.fromEntries(arrays.map((name) => [name, disclosed(receipt.tree[name])]));
  return { receipt, words: names.words, names, shown, claims: receipt.claims, ...terms(shown) };
}

// The terms and the ends of consents, by their ids, from the disclosed elements.
function terms({ records, standing }) {
  const granted = new Map();
  const afterwards = new Map();
  for (const r of records) {
    const [p] = r.purposes;
    granted.set(r.record_id, { data: p?.pii_information.map((d) => d.pii_attribute_id), resources: r.resources, access: r.access, until: r.events[0]?.validity_duration });
    afterwards.set(r.record_id, p?.after_withdrawal);
  }
  for (const line of standing) if (line.kind === 'consent') granted.set(line.consent_id, line);
  return { granted, afterwards };
}

const longLead = 280; // characters from which it is set smaller on a phone

function first(nodes) {
  const p = h('p', { class: 'lead' }, nodes);
  if (p.textContent.length >= longLead) p.classList.add('long');
  return nodes.length > 0 ? p : '';
}

function header(context) {
  const { receipt, words, names, claims } = context;
  const { seq, iat, event } = claims;
  const [happened, recorded] = [words.moment(new Date(event.occurred_at)), words.moment(new Date(iat * 1000))];
  const late = event.late ? words.say('page.late', { moment: recorded }) : happened !== recorded && words.say('page.recorded', { moment: recorded });
  return h('header', {},
    h('div', { class: 'bar' }, h('p', { class: 'brand' }, h('span', {}, isolated(names.controller() ?? claims.iss), ' ', h('small', {}, words.say('page.kind')))), h('p', { class: 'number' }, words.say('page.number', { n: seq }))),
    h('h2', { id: 'receipt' }, headline(receipt, words, names)), first(lead(context)),
    h('p', { class: 'meta' }, happened), late ? h('p', { class: 'meta' }, late) : '', about(context));
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
  return h('section', { class: 'note became', 'aria-labelledby': 'became' }, h('h3', { id: 'became' }, words.say('became.heading')),
    items(fates.map((fate) => [subject(fate, names), `: ${sentence(fate, outcomes.length, words)}`])));
}

function withheld({ words, receipt }) {
  if (receipt.withheld.size === 0) return '';
  const parts = [...receipt.withheld].map(([name, n]) => words.say('withheld.item', { what: words.term('array', name), n }));
  return h('section', { class: 'note withheld', 'aria-labelledby': 'withheld' },
    h('h3', { id: 'withheld' }, words.say('withheld.heading')), h('p', {}, words.say('withheld.text')), h('ul', {}, parts.map((p) => h('li', {}, p))));
}
