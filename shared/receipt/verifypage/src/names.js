import { disclosed } from './claims.js';
import { h } from './element.js';
import { inline } from './lines.js';

// Puts ids into words: those of the current element (see of). A receipt from before elements
// had words uses the catalogue that it names by its digest, or else its records. An id
// without words is shown as it is. Words in another language than the page's are elements
// with that language.
export class Names {
  constructor(words, { tree, claims }, catalogue) {
    this.words = words.inZone(claims.controller?.timezone);
    this.stated = claims.controller;
    this.own = {};
    this.catalogue = this.stated ? undefined : catalogue;
    this.records = disclosed(tree.records);
    this.language = this.catalogue ? (this.catalogue.languages.includes(words.language) ? words.language : this.catalogue.languages[0]) : this.records[0]?.language;
    this.purposes = new Map(this.records.flatMap((r) => r.purposes.map((p) => [p.purpose, p])));
    this.parties = new Map(this.records.flatMap((r) => r.party_identification.map((p) => [p.party_id, p])));
    this.known = this.stated !== undefined || this.catalogue !== undefined || this.records.length > 0;
  }

  // The names for one element, from the words in it.
  of({ purpose, recipient, complaint, labels }) {
    const names = Object.create(this);
    const { language, data = {}, law } = labels ?? {};
    names.own = {
      language, data, law, purposes: labels?.purposes ?? { [purpose]: labels?.purpose },
      parties: complaint ? { [complaint.authority]: labels?.authority } : { [recipient]: labels?.recipient },
    };
    return names;
  }

  // The names for a record, from the words in it.
  ofRecord({ language, purposes, party_identification }) {
    const names = Object.create(this);
    names.own = {
      language, data: Object.fromEntries(purposes.flatMap((p) => p.pii_information.map((d) => [d.pii_attribute_id, d.label]))),
      purposes: Object.fromEntries(purposes.map((p) => [p.purpose, p.title])), parties: Object.fromEntries(party_identification.map((p) => [p.party_id, p.party_name])),
    };
    return names;
  }

  written(text) {
    const { language } = this.own;
    return text && language !== this.words.language ? h('bdi', { lang: language }, text) : text;
  }

  text(texts) {
    return texts?.[this.language] ?? Object.values(texts ?? {})[0];
  }

  purpose(id) {
    return this.written(this.own.purposes?.[id]) ?? this.text(this.catalogue?.purposes[id]?.text)?.title ?? this.purposes.get(id)?.title ?? id;
  }

  party(id) {
    return this.own.parties?.[id] ?? this.catalogue?.parties[id]?.name ?? this.parties.get(id)?.party_name ?? id;
  }

  controller() {
    if (this.stated) return this.stated.name;
    const id = this.catalogue?.controller ?? [...this.parties.values()].find((p) => p.party_role === 'controller')?.party_id;
    return id && this.party(id);
  }

  // The controller's time zone, in which dates are meant unless they name another.
  timezone() {
    return this.stated?.timezone ?? this.catalogue?.data_requests?.timezone;
  }

  data(ids = []) {
    const labels = new Map([...this.purposes.values()].flatMap((p) => p.pii_information.map((d) => [d.pii_attribute_id, d.label])));
    return ids.map((id) => this.written(this.own.data?.[id]) ?? this.text(this.catalogue?.data[id]?.label) ?? labels.get(id) ?? id);
  }

  resources(list = []) {
    return list.map((r) => `${r.type} ${r.label ?? r.id}`);
  }

  access({ lookback, every }) {
    const { words } = this;
    return `${this.measured('access.lookback', lookback)}, ${every ? words.say('access.read', { often: this.measured('access.every', every) }) : words.say('access.one-time')}`;
  }

  // A period: the last year, once a day, or once every 3 days. A period of one unit has a text
  // of its own, where the words have one.
  measured(key, period) {
    const { words } = this;
    const one = `${key}-${{ P1D: 'day', P7D: 'week', P1W: 'week', P1M: 'month', P1Y: 'year' }[period]}`;
    return words.has(one) ? words.say(one) : words.say(key, { period: words.period(period) });
  }

  // The controller's name and contact details, if the receipt states them.
  contact() {
    const { name, email, phone } = this.stated ?? {};
    return [name, email, phone].filter(Boolean).join(', ');
  }

  // The actor, by the role; for one from another party, that party and the protocol.
  actor({ role, authority = {} }) {
    const { words } = this;
    const { party, protocol, case: reference } = authority;
    const who = typeof party === 'string' && typeof protocol === 'string' ? words.say('actor.party', { party: inline(party), protocol: words.term('protocol', inline(protocol)) }) : words.term('value.role', role);
    return typeof reference === 'string' ? words.say('actor.case', { actor: who, case: inline(reference) }) : who;
  }

  // The method to end a consent, {url, alternative}, if the element or the catalogue states
  // it.
  withdrawal() {
    const w = this.catalogue?.withdrawal;
    if (w) return { url: w.url, alternative: this.text(w.alternative) };
    const { name, email, phone, url } = this.stated ?? {};
    return this.records.flatMap((r) => r.purposes.map((p) => p.withdrawal_method)).find(Boolean) ??
      (this.stated && { url: url ?? '', alternative: [name, email, phone].filter(Boolean).join(', ') });
  }

  // The effects of a change, one sentence each.
  effects({ recipient, effect }) {
    const { words } = this;
    const { stop_by, deletion, goes_on, evidence_until } = effect ?? {};
    const who = recipient && this.party(recipient);
    return [
      stop_by && words.nodes('effect.stop_by', { date: words.day(stop_by) }),
      deletion && words.nodes(`effect.${deletion.what}`, { who, date: words.day(deletion.by) }),
      goes_on && words.nodes('effect.goes_on', { who, data: words.quoted(this.data(goes_on)) }),
      evidence_until && words.nodes('effect.evidence_until', { who: this.controller(), date: words.day(evidence_until) }),
    ].filter(Boolean);
  }
}
