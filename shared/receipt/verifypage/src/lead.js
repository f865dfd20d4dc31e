import { next, wide } from './card.js';
import { h, isolated } from './element.js';

// The first lines: what a receipt comes to, sentence by sentence, as the Go package page says it.

const leadOf = 3; // changes, recipients and ends that are named one by one

// A phrase is a list of nodes with a name, by which what is said twice is said once.
const once = (all, name, nodes) => { if (!all.has(name)) all.set(name, nodes); };

const chained = (all, between) => all.flatMap((nodes, i) => (i === 0 ? nodes : [between, nodes]));

// Links to an address of the controller, and shows it as people type it.
function place(url = '', path = '') {
  const text = url.replace(/^https:\/\//, '').replace(/\/$/, '') + path;
  return url.startsWith('https://') ? h('a', { href: url + path, rel: 'noreferrer' }, text) : text;
}

// Returns the lead as nodes. There are none if the receipt shows no such thing, or not all of it.
export function lead(context) {
  const { words, shown, claims } = context;
  const l = { said: [], noes: [], then: new Map(), owed: new Map(), allows: false, ends: false };
  for (const r of shown.request) request(r, l, context);
  const fence = shown.standing.find((s) => s.kind === 'fence' && s.seq === claims.seq); // a no to everything
  const n = shown.changes.length;
  if (fence && (n === 0 || n > leadOf)) {
    l.ends = true;
    l.said.push(words.nodes(`fence.${fence.cause}`, { date: words.date(new Date(fence.at)), n: `${fence.seq}` }));
  }
  if (n > leadOf) summary(l, context);
  else if (!shown.changes.every((c) => change(c, l, context))) return [];
  return close(l, context);
}

// Adds how to stop what is allowed, or else how to allow something.
function close(l, { words, names, claims }) {
  if (!l.allows && !l.ends) l.said.push(...l.noes);
  if (l.allows) {
    l.said.push(words.nodes('card.lead.stop', { where: place(names.withdrawal()?.url) }));
    if (l.then.size > leadOf) l.said.push(words.nodes('card.lead.many.then'));
    else if (l.then.size > 0) l.said.push(words.nodes('card.lead.then', { what: chained([...l.then.values()], '; ') }));
  } else if (l.ends || l.noes.length > 0) {
    l.said.push(words.nodes('card.lead.back', { where: place(claims.iss) }));
  }
  return chained(l.said, ' ');
}

// What a change comes to, and for how long. It is nothing if the receipt does not show that.
function outcome(c, { words, claims, granted }) {
  if (![c.to, c.from].includes('given') && c.from !== 'paused') return { kind: 'no' };
  const until = granted.get(c.consent_id)?.until;
  if (!until) return undefined;
  const end = new Date(until), now = new Date(claims.iat * 1000), stop = c.effect?.stop_by;
  if (c.to === 'given') return { kind: 'allowed', end, day: words.lastDay(end) };
  if (c.to === 'paused') return { kind: 'paused' };
  if (stop) return { kind: 'ended', stop: true, end: new Date(stop), day: words.day(stop) };
  if (c.to === 'expired') return { kind: 'ended', end, day: words.lastDay(end) };
  return { kind: 'ended', end: now, day: words.date(now) };
}

// Says what one change comes to. It returns false if the receipt does not show that.
function change(c, l, context) {
  const { words, names, claims, granted, shown } = context;
  if (c.to === 'none') return true;
  const own = names.of(c), name = c.recipient && own.party(c.recipient), o = outcome(c, context);
  if (!name || !o) return false;
  const about = () => ({ who: isolated(name), purpose: isolated(c.purpose ? own.purpose(c.purpose) : c.consent_id) });
  if (o.kind === 'no') {
    l.noes.push(words.nodes('card.lead.no', about()));
    return true;
  }
  l.allows ||= o.kind === 'allowed';
  l.ends ||= o.kind !== 'allowed';
  const dataOf = ({ data, resources } = {}) => words.quoted([...own.data(data), ...own.resources(resources)]);
  const say = (key, data, day) => l.said.push(words.nodes(key, { ...about(), data, day }));
  const data = dataOf(granted.get(c.consent_id));
  const several = shown.changes.filter((other) => other.to === 'given' && other.recipient === c.recipient).length > 1;
  if (o.kind === 'allowed') {
    say(several ? 'card.lead.for' : 'card.lead', data, o.day);
    const gone = dataOf(c.removed);
    if (gone.length > 0) say('card.lead.ended', gone, words.date(new Date(claims.iat * 1000)));
    afterwards(c, name, l, context);
  } else if (o.kind === 'paused') say('card.lead.paused', data);
  else say(o.stop ? 'card.lead' : 'card.lead.ended', data, o.day);
  if (c.effect?.deletion) l.said.push(deletion(c, name, words));
  return true;
}

const deletion = ({ effect }, who, words) => [...words.nodes(`effect.${effect.deletion.what}`, { who, date: words.day(effect.deletion.by) }), '.'];

// Notes what happens with the data once the consent is stopped.
function afterwards(c, name, l, { words, afterwards: all }) {
  const after = all.get(c.consent_id);
  if (!after) return;
  const period = words.period(after.within);
  once(l.then, `${after.what} ${period} ${name}`, words.nodes(`card.then.${after.what}`, { who: isolated(name), period }));
}

// Says of many changes who may use data, or no longer, for how many purposes, and until when at the
// latest; and what happens with the data then.
function summary(l, context) {
  const { words, names, shown } = context;
  const sums = {};
  for (const c of shown.changes.filter((c) => c.to !== 'none')) {
    const name = c.recipient && names.of(c).party(c.recipient), o = outcome(c, context);
    if (!name || !o) return;
    const sum = (sums[o.kind] ??= { who: new Map(), purposes: new Set() });
    once(sum.who, name, isolated(name));
    sum.purposes.add(c.purpose);
    if (!(o.end <= sum.end)) Object.assign(sum, { end: o.end, day: o.day });
    if (o.kind === 'allowed') afterwards(c, name, l, context);
    if (c.effect?.deletion) once(l.owed, `${c.effect.deletion.what} ${c.effect.deletion.by} ${name}`, deletion(c, name, words));
  }
  const many = (kind) => words.nodes(`card.lead.many.${kind}`, {
    who: sums[kind].who.size > leadOf ? words.say('card.recipients', { n: sums[kind].who.size }) : words.listed([...sums[kind].who.values()]),
    purposes: words.count('card.purposes', sums[kind].purposes.size), day: sums[kind].day,
  });
  l.said.push(...['allowed', 'ended', 'paused'].filter((kind) => sums[kind]).map(many));
  if (sums.no) l.noes.push(many('no'));
  l.allows = Boolean(sums.allowed);
  l.ends ||= Boolean(sums.ended ?? sums.paused);
  if (l.owed.size <= leadOf) l.said.push(...l.owed.values());
  else if (!l.allows || l.then.size <= leadOf) l.said.push(words.nodes('card.lead.many.then')); // else the same is said of what is allowed
}

// Says what was asked of whom, the next date, and how to go on.
function request(r, l, { words, names, claims, shown }) {
  const own = names.of(r), { purposes = [], data = [] } = r.scope ?? {};
  const say = (key, values = {}) => l.said.push(words.nodes(key, values));
  say('card.lead.asked', { who: isolated(names.controller() ?? claims.iss), day: words.date(new Date(r.received)), what: words.term('request', r.type) });
  if (purposes.length + data.length > 0) say('card.lead.about', { scope: words.quoted([...purposes.map((p) => own.purpose(p)), ...own.data(data)]) });
  else if (wide(r, claims)) say('card.lead.about', { scope: words.say('card.all-data') });
  const { key, date, open } = next(r);
  if (date) l.said.push([...words.nodes(`request-next.${key}`, { date: words.day(date) }), '.']);
  if (!open) return;
  const holds = (s) => s.kind === 'consent' && s.state === 'given' && new Date(s.from) <= claims.iat * 1000 && claims.iat * 1000 < new Date(s.until);
  if (r.type === 'erasure' && shown.standing.some(holds)) say('card.lead.goes-on');
  if (r.state !== 'to-be-erased') say('card.lead.follow', { where: place(claims.iss, '/requests') });
}
