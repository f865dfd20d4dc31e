import { disclosed } from './claims.js';

// The later history of consents that a receipt shows, as far as the given receipts show it.
// `receipt verify` reports the same in the same words.

// States in which a consent is over; one that is over never comes back. The same, in the same
// order, as ISO/IEC TS 27560 has them in a record's events.
const ends = ['refused', 'withdrawn', 'revoked', 'expired', 'annulled'];
const endsOfRecords = ['dpv:ConsentRefused', 'dpv:ConsentWithdrawn', 'dpv:ConsentRevoked', 'dpv:ConsentExpired', 'dpv:ConsentInvalidated'];

// Returns the fate, until now (a Date), of each consent that a receipt shows and that could
// still be in force: {consent, purpose, recipient, labels, steps, over, ended, withheld,
// missing, latest, at}. A step is {did, seq, stated}: with stated, receipt seq states the
// change, and the receipt that made it was not given. The others are all receipts that
// passed, in any order.
export function became(shown, others, now) {
  const later = laterOf(shown, others);
  const copies = others.filter((o) => o.digest === shown.digest);
  const given = { ...content(shown), until: content(copies.reduce(together, shown)).until };
  return consents(given).map((fate) => {
    let until = given.until.get(fate.consent);
    let before = given.seq;
    for (const l of later) {
      fate.missing ||= l.seq !== before + 1;
      before = l.seq;
      Object.assign(fate, { latest: l.seq, at: l.at });
      until = l.until.get(fate.consent) ?? until;
      for (const c of l.changes) {
        if (c.consent_id !== fate.consent) continue;
        take(fate, { did: did(c), seq: l.seq }, c.to);
        fate.touched = l.seq;
      }
      recorded(fate, l);
      if (!fate.over && !stands(fate, l) && l.withheld && fate.touched < l.seq) fate.withheld.push(l.seq);
      if (fate.over) break;
    }
    if (fate.over) Object.assign(fate, { withheld: [], missing: false });
    else if (until && new Date(until) <= now) fate.ended = new Date(until);
    return fate;
  });
}

function take(fate, step, to) {
  fate.steps.push(step);
  Object.assign(fate, { state: to, over: ends.includes(to) });
}

// Takes from the records of a later receipt that the consent is over, if the changes at hand do
// not tell it: an ending carries the record that it ends.
function recorded(fate, { seq, records }) {
  for (const r of records) {
    const to = ended(r);
    if (r.record_id === fate.consent && to && !fate.over) take(fate, { did: to, seq, stated: true }, to);
  }
}

// The state in which a record says that its consent is over, if it does.
const ended = ({ events }) => ends[endsOfRecords.indexOf(events.at(-1)?.event_state)];

// Takes from the standing of a later receipt what the changes at hand do not tell, and says
// whether that standing shows the consent, or another one in its place.
function stands(fate, { seq, lines }) {
  const line = lines.find((l) => l.consent_id === fate.consent || (fate.purpose && l.purpose === fate.purpose && l.recipient === fate.recipient));
  if (!line) return false;
  const stated = (said, to) => take(fate, { did: said, seq, stated: true }, to);
  if (line.consent_id !== fate.consent) stated('ended', 'withdrawn'); // or it ended in another way: it is over
  else if (line.state === 'given' && fate.state === 'paused') stated('resumed', line.state);
  else if (line.state !== fate.state) stated(line.state, line.state);
  else if (line.latest.seq > fate.touched) take(fate, { did: 'touched', seq: line.latest.seq }, line.state);
  Object.assign(fate, { touched: Math.max(fate.touched, line.latest.seq), withheld: [], missing: false });
  return true;
}

// Names the change of a consent that was given.
function did({ from, to, added = {}, removed = {} }) {
  const none = (d) => !d.data?.length && !d.resources?.length && !d.until;
  if (to !== 'given' || from === 'requested') return to;
  if (from === 'paused') return 'resumed';
  const sooner = added.until && removed.until && new Date(added.until) < new Date(removed.until); // a shorter validity only narrows
  if (!none(sooner ? { ...added, until: undefined } : added)) return 'changed';
  return none(removed) ? 'confirmed' : 'narrowed';
}

// The content of a receipt about consents.
function content({ claims, tree }) {
  const [changes, standing, records] = ['changes', 'standing', 'records'].map((name) => disclosed(tree[name]));
  const until = new Map(); // the first moment after a consent's validity, by its id
  for (const r of records) if (r.events.length > 0) until.set(r.record_id, r.events.at(-1).validity_duration);
  const lines = standing.filter((l) => l.kind === 'consent' || l.kind === 'no');
  for (const l of lines) if (l.kind === 'consent' && l.until) until.set(l.consent_id, l.until);
  return { seq: claims.seq, at: new Date(claims.iat * 1000), changes, lines, records, until, withheld: changes.length < tree.changes.length };
}

// Those that could still be in force after the receipt, in its order.
function consents({ seq, changes, lines, records }) {
  const fates = new Map([[undefined, undefined]]);
  const add = (fate, over) => {
    if (fates.has(fate.consent)) return;
    fates.set(fate.consent, over ? undefined : { ...fate, steps: [], over: false, withheld: [], missing: false, touched: seq });
  };
  const of = ({ consent_id: consent, purpose, recipient, labels }, state) => ({ consent, purpose, recipient, labels, state });
  for (const c of changes) add(of(c, c.to), c.to === 'none' || ends.includes(c.to));
  for (const l of lines) add(of(l, l.state), l.kind !== 'consent' || ends.includes(l.state));
  for (const r of records) {
    const { record_id: consent, language, purposes: [p] } = r;
    add({ consent, purpose: p?.purpose, labels: p && { language, purpose: p.title }, state: 'given' }, ended(r) !== undefined);
  }
  return [...fates.values()].filter(Boolean);
}

// The later receipts of the same person, in order. Copies of one receipt are joined.
function laterOf({ claims: { iss, sub, seq } }, others) {
  const bySeq = new Map();
  for (const other of others) {
    const { claims, digest } = other;
    if (claims.iss !== iss || claims.sub !== sub || claims.seq <= seq) continue;
    const known = bySeq.get(claims.seq);
    if (!known) bySeq.set(claims.seq, other);
    else if (known.digest === digest) bySeq.set(claims.seq, together(known, other));
  }
  return [...bySeq.values()].map(content).sort((a, b) => a.seq - b.seq);
}

// Joins what two copies of a receipt disclose about consents.
function together({ claims, digest, tree }, other) {
  const both = (name) => tree[name].map((e, i) => ('...' in e ? other.tree[name][i] ?? e : e));
  return { claims, digest, tree: { changes: both('changes'), standing: both('standing'), records: both('records') } };
}

// The subject of a fate: a purpose and a recipient, or a consent id if no more is shown.
export function about({ consent, purpose, recipient, labels }, names) {
  const own = names.of({ purpose, recipient, labels });
  if (!purpose) return [names.words.say('became.consent', { id: consent })];
  return recipient ? names.words.nodes('became.about', { purpose: own.purpose(purpose), recipient: own.party(recipient) }) : [own.purpose(purpose)];
}

// A sentence on what became of the consent, from the given number of files. It ends there if
// a receipt ended the consent; otherwise it adds what nobody can know from these files.
export function sentence(fate, files, words) {
  const place = words.say(files > 1 ? 'became.in.other' : 'became.in.one');
  const parts = fate.steps.map(({ did, seq: n, stated }) => words.say(stated ? 'became.stated' : 'became.step', { did: words.term('became.did', did), n }));
  if (fate.over) return words.say('became.over', { steps: parts.join('; '), place });
  if (fate.ended) parts.push(words.say('became.ended', { date: words.lastDay(fate.ended) }));
  for (const n of fate.withheld) parts.push(words.say('became.withheld', { n }));
  if (fate.missing) parts.push(words.say('became.missing', { place }));
  parts.push(fate.latest ? words.say('became.since-receipt', { n: fate.latest, date: words.date(fate.at), place }) : words.say('became.since', { place }));
  return parts.join('; ');
}
