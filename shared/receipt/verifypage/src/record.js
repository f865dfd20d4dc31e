import { row, rows } from './card.js';
import { h, isolated, link, quoted } from './element.js';
import { fields } from './fields.js';
import { inline } from './lines.js';
import { languages, Words } from './words.js';

// The record in words, and what only systems read, as the Go package page writes them.

const list = (items) => items.filter(Boolean).join(', ');

// The names of countries and of parts of them, or their codes (ISO 3166).
const places = (words, codes) => codes.map((code) => words.term('place', code));

const envelope = (words, { streetAddress, addressLocality, addressRegion, postalCode, addressCountry } = {}) =>
  list([streetAddress, addressLocality, addressRegion, postalCode, addressCountry && words.term('place', addressCountry)]);

// A member of every record. If the records differ, each line names its purpose, so that no
// fact is said twice.
function of({ shown, words, names }, key, lines) {
  const all = shown.records.map((r) => {
    const own = names.ofRecord(r);
    return { title: own.written(r.purposes[0].title), lines: [lines(r, r.purposes[0], own)].flat().filter((line) => line !== undefined && line !== '') };
  });
  const text = (line) => (typeof line === 'string' ? line : line.textContent);
  const same = new Set(all.map((one) => one.lines.map(text).join('\n'))).size === 1;
  const said = same ? all[0].lines : all.flatMap((one) => one.lines.map((line) => h('span', {}, words.nodes('record.of', { purpose: isolated(one.title), line }))));
  return row(words.say(key), said);
}

function party(words, p) {
  const contact = p.party_contact === p.party_email ? '' : p.party_contact;
  return isolated(list([p.party_name, envelope(words, p.party_address), p.party_email, p.party_phone, p.party_url, contact]));
}

function partyLines(p, words) {
  const { representative: r } = p;
  return [party(words, p), r && h('span', {}, words.nodes('record.represented', { party: isolated(list([r.name, envelope(words, r.address), r.email])) }))].filter(Boolean);
}

// Who asked, who gets the data, and where they go.
function parties(context) {
  const { words, shown, names } = context;
  const met = new Set();
  const said = ['controller', 'recipient', 'processor', 'authority'].flatMap((role) => shown.records.flatMap((r) => r.party_identification.filter((p) => {
    const key = `${p.party_id} ${party(words, p).textContent}`;
    const toComplain = r.purposes.some((one) => one.authority_party === p.party_id); // said with the rights
    return p.party_role === role && !toComplain && !met.has(key) && met.add(key);
  }).map((p) => row(words.say(`record.party.${role}`), partyLines(p, words)))));
  if (said.length === 0) return [words.say('record.contact', { controller: names.controller() ?? '' }), names.contact() ? [['', names.contact()]] : []];
  return [words.say('record.who'), [...said,
    of(context, 'record.own-use', (r) => r.party_identification.filter((p) => p.own_use).map((p) => isolated(p.party_name))),
    of(context, 'record.where', (r, p) => {
      const [stored, used] = [words.list(places(words, p.storage_locations)), words.list(places(words, p.processing_locations))];
      return [p.geographic_restrictions, stored === used ? words.say('record.where.same', { places: stored }) : words.say('record.where.apart', { stored, used })];
    }),
    of(context, 'record.transfers', (r, p) => (p.transfers ?? []).map((t) => h('span', {}, words.nodes('record.transfer', { ...t, place: words.term('place', t.place) })))),
    of(context, 'record.services', (r, p) => list(p.services)),
  ]];
}

// What a language calls itself, or else its tag.
const called = (language) => (languages.includes(language) ? new Words(language).say('language.name') : language);

// What the person was told before the answer.
function told(context) {
  const { words, shown, names } = context;
  const notices = shown.records.map((r) => {
    const title = names.ofRecord(r).written(r.purposes[0].title);
    return h('span', {}, words.nodes('record.notice.text', { title: /^https:/.test(r.privacy_notice.url) ? h('a', { href: r.privacy_notice.url, rel: 'noreferrer' }, title) : title, language: called(r.language) }));
  });
  const terms = (kind, ids = []) => words.upper(list(ids.map((id) => words.term(`value.${kind}`, id))));
  return [words.say('record.told'), [row(words.say('record.notice'), notices),
    of(context, 'record.description', (r, p, own) => own.written(p.description)),
    of(context, 'record.lawful', (r, p) => terms('lawful_basis', [p.lawful_basis])),
    of(context, 'record.special', (r, p) => terms('special_basis', [p.special_basis].filter(Boolean))),
    of(context, 'record.jurisdiction', (r, p) => list(places(words, p.jurisdiction))),
    of(context, 'record.collection', (r, p, own) => own.written(p.collection_method)),
    of(context, 'record.processing', (r, p, own) => own.written(p.processing_method)),
    of(context, 'record.optional', (r, p) => list(p.pii_information.filter((d) => d.pii_optional).map((d) => d.label))),
    of(context, 'record.sensitive', (r, p) => p.pii_information.filter((d) => d.special_pii_category).map((d) => words.say('record.of', { purpose: d.label, line: words.term('value.special_pii_category', d.special_pii_category) }))),
    of(context, 'record.categories', (r, p) => p.pii_information.map((d) => terms('special_categories', d.special_categories))),
    of(context, 'record.if-not', (r, p, own) => own.written(p.if_not_given)),
    of(context, 'record.codes', (r, p) => list(p.codes_of_conduct ?? [])),
    of(context, 'record.assessment', (r, p) => p.impact_assessment && link(p.impact_assessment)),
  ]];
}

// How long each copy is kept.
function kept(context) {
  const { words } = context;
  const period = (text) => words.period(text) ?? text;
  return [words.say('record.kept'), [
    of(context, 'record.kept.recipient', (r, { retention_period: k }) => words.say('record.kept.recipient.text', { period: period(k.recipient), end: period(k.after_end) })),
    of(context, 'record.kept.after', (r, { retention_period: k, after_withdrawal: a }) => words.say('record.kept.after.text', { what: words.upper(words.term('value.what', a.what)), period: period(a.within), backups: period(k.backups) })),
    of(context, 'record.kept.evidence', (r, { retention_period: k }) => words.say('record.kept.evidence.text', { period: period(k.evidence) })),
  ]];
}

// Who acted, the evidence, and the events of the records.
function how(context) {
  const { words, names, shown, claims } = context;
  const now = (e) => e.receipt === claims.seq && shown.changes.length > 0;
  const validity = (r, e) => [
    e.entity_id !== r.pii_principal_id && words.say('record.event.by', { who: words.term('value.entity_id', e.entity_id) }),
    e.validity && words.say('record.event.validity', { period: words.period(e.validity) ?? e.validity }),
  ].filter(Boolean);
  return [words.say('record.how', { controller: names.controller() ?? claims.iss }), [
    ...[...shown.actor, ...shown.evidence].flatMap((o) => fields(o, names)),
    of(context, 'record.said', (r) => r.events.filter(now).map((e) => [words.upper(words.term('value.event_type', e.event_type)), ...validity(r, e)].join('. '))),
    of(context, 'record.events', (r) => r.events.filter((e) => !now(e)).map((e) => [
      words.say('record.event', { moment: words.moment(new Date(e.event_time)), state: words.term('value.event_state', e.event_state), kind: words.term('value.event_type', e.event_type), n: e.receipt }),
      ...(new Date(e.event_time) < new Date(e.validity_duration) ? [words.say('record.event.until', { until: words.until(new Date(e.validity_duration)) })] : []),
      ...validity(r, e)].join('. '))),
  ]];
}

// What the person may do, and where.
function rights(context, stops) {
  const { words } = context;
  const method = (m, own) => [link(m.url), own.written(m.alternative)];
  return [words.say('record.rights'), [
    of(context, 'record.rights.may', (r, p) => {
      const at = new Map();
      for (const { right, url } of p.privacy_rights) at.set(url, [...(at.get(url) ?? []), words.term('value.right', right)]);
      return [...at].map(([url, said]) => h('span', {}, words.nodes('record.rights.at', { rights: words.list(said), url: link(url) })));
    }),
    of(context, 'record.complain', (r, p) => {
      const authority = r.party_identification.find((one) => one.party_id === p.authority_party);
      return authority ? partyLines(authority, words) : p.authority_party;
    }),
    of(context, 'record.review', (r, p, own) => method(p.review_method, own)),
    !stops && of(context, 'record.withdraw', (r, p, own) => method(p.withdrawal_method, own)),
  ]];
}

// What else held after the receipt: what the card does not already say.
function held(context) {
  const { words, names, shown, receipt, claims } = context;
  const told = new Set(shown.changes.map((c) => `${c.purpose}\n${c.recipient}`));
  const attests = (l) => l.latest.attests && words.say('standing.attests', { what: words.term('value.attests', l.latest.attests) });
  const lines = shown.standing.filter((l) => l.kind === 'consent' || l.kind === 'no');
  const said = [];
  const texts = [];
  for (const l of lines) {
    if (told.has(`${l.purpose}\n${l.recipient}`)) {
      if (attests(l)) texts.push(attests(l));
      continue;
    }
    const own = names.of(l);
    const over = l.kind === 'consent' && l.state === 'given' && new Date(l.until) <= claims.iat * 1000;
    said.push(row(h('span', {}, isolated(own.purpose(l.purpose)), ' – ', isolated(own.party(l.recipient))),
      words.say('record.line', { state: words.upper(words.term('state', over ? 'expired' : l.state)), n: l.latest.seq }),
      l.data && [h('span', {}, words.quoted([...own.data(l.data), ...own.resources(l.resources)])), words.upper(own.access(l.access)), words.upper(words.say('record.line.until', { moment: words.until(new Date(l.until)) }))],
      attests(l)));
  }
  for (const r of shown.standing.filter((l) => l.kind === 'request' && !shown.request.some((asked) => asked.id === l.id))) {
    said.push(row(words.term('request', r.type), words.upper(words.term('request-state', r.state)), words.upper(words.say('request-asked', { date: words.date(new Date(r.received)) }))));
  }
  if (lines.length === 0 && !receipt.withheld.has('standing')) texts.push(words.say('standing.none'));
  for (const f of shown.standing.filter((l) => l.kind === 'fence')) texts.push(words.say(`fence.${f.cause}`, { date: words.moment(new Date(f.at)), n: f.seq }));
  return [words.say('record.held'), said, texts];
}

// The sections that say something.
export function record(context, stops) {
  const records = context.shown.records.length > 0;
  const sections = [parties(context), ...(records ? [told(context), kept(context)] : []), how(context), ...(records ? [rights(context, stops)] : []), held(context)];
  return sections.map(([title, said, texts = []]) => [title, [rows(said), texts.map((text) => h('p', {}, text))]])
    .filter(([, [dl, texts]]) => dl !== '' || texts.length > 0)
    .map(([title, content]) => h('section', {}, h('h3', {}, title), content));
}

// Parties that a record names by their id alone.
const unnamed = ({ purposes, party_identification: known }) => purposes
  .flatMap((p) => [...p.pii_controllers, ...p.recipient_third_parties]).filter((id) => !known.some((p) => p.party_id === id));

// Ids, digests and codes, which people do not need.
export function systems({ words, claims, shown, receipt }) {
  const unique = (items) => list([...new Set(items)]);
  const withheld = [...receipt.withheld].map(([name, n]) => words.say('withheld.item', { what: words.term('array', name), n }));
  const purposes = shown.records.flatMap((r) => r.purposes);
  const signedIn = shown.evidence.flatMap((e) => [e.authentication, e.claimed]).filter(Boolean);
  const iso = (seconds) => new Date(seconds * 1000).toISOString().replace('.000', '');
  const add = (key, ...items) => row(words.say(key), unique(items.flat()));
  return rows([
    add('technical.id', claims.jti),
    add('technical.issuer', claims.iss),
    add('technical.subject', claims.sub),
    add('technical.issued', iso(claims.iat)),
    shown.evidence.length === 0 && add('systems.channel', claims.event.channel),
    add('technical.digest', receipt.digest),
    add('technical.previous', claims.prev ?? words.say('technical.first')),
    add('technical.catalogue', claims.catalogue),
    add('technical.schema', claims.schema_version),
    add('technical.leaf', receipt.leaf),
    add('technical.root', receipt.root ?? words.say('technical.no-root')),
    add('systems.withheld', withheld.length > 0 ? words.list(withheld) : words.say('technical.nothing-withheld')),
    claims.event.corrects && add('record.corrects', claims.event.corrects.digest),
    add('systems.consent', shown.changes.map((c) => c.consent_id), shown.records.map((r) => r.record_id)),
    add('systems.grant', shown.changes.flatMap((c) => (c.binding ? [c.binding.grant, c.binding.details] : []))),
    add('systems.notice', shown.records.flatMap(({ privacy_notice: { url, digest } }) => (url.includes(digest) ? [url] : [url, digest]))),
    add('systems.purpose', purposes.flatMap((p) => [p.purpose, ...p.purpose_type])),
    add('systems.data', shown.records.flatMap((r) => (r.resources ?? []).map((one) => `${one.type} ${one.id}`)), purposes.flatMap((p) => p.pii_information.map((d) => `${d.pii_attribute_id} ${d.pii_type}`))),
    add('systems.party', shown.records.flatMap((r) => [...r.party_identification.map((p) => `${p.party_id} ${p.party_type}`), ...unnamed(r)])),
    add('systems.right', purposes.flatMap((p) => p.privacy_rights.map((r) => r.dpv))),
    add('systems.offer', shown.evidence.map((e) => e.offer)),
    add('systems.signed-in', signedIn.filter((a) => a.auth_time).map((a) => iso(a.auth_time))),
    ...signedIn.filter((a) => a.acr).map((a) => row(words.say('systems.acr'), inline(a.acr) === a.acr ? a.acr : quoted(a.acr))), // in the words of somebody else
  ], 'facts systems');
}
