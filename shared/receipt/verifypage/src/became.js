import { disclosed } from './claims.js';

// What became of consents after the receipt that shows them, as far as the receipts at
// hand say. `receipt verify` says the same in the same words.

// States in which a consent is over; one that is over never comes back. The same, as
// ISO/IEC TS 27560 has them in a record's events.
const ends = ['refused', 'withdrawn', 'revoked', 'expired', 'annulled'];
const endsOfRecords = ['dpv:ConsentRefused', 'dpv:ConsentWithdrawn', 'dpv:ConsentRevoked', 'dpv:ConsentExpired', 'dpv:ConsentInvalidated'];

// Says of each consent that a receipt shows, and that could still be in force, what became
// of it by now (a Date): {consent, purpose, recipient, steps: [{did, seq}], over, ended,
// withheld, missing, latest, at}. The others are all receipts that passed, in any order.
export function became(shown, others, now) {
  const later = laterOf(shown, others);
  const given = content(shown);
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
        fate.steps.push({ did: did(c), seq: l.seq });
        fate.over = ends.includes(c.to);
      }
      if (fate.over) break;
      if (l.withheld) fate.withheld.push(l.seq);
    }
    if (fate.over) Object.assign(fate, { withheld: [], missing: false });
    else if (until && new Date(until) <= now) fate.ended = new Date(new Date(until) - 1);
    return fate;
  });
}

// What a change did to a consent that was given, in a word.
function did({ from, to, added = {}, removed = {} }) {
  const none = (d) => !d.data?.length && !d.resources?.length && !d.until;
  if (to !== 'given') return to;
  if (from === 'paused') return 'resumed';
  if (!none(added)) return 'changed';
  return none(removed) ? 'confirmed' : 'narrowed';
}

// What a receipt says of consents.
function content({ claims, tree, withheld }) {
  const [changes, standing, records] = ['changes', 'standing', 'records'].map((name) => disclosed(tree[name]));
  const until = new Map(); // the first moment after a consent, by its id
  for (const r of records) if (r.events.length > 0) until.set(r.record_id, r.events.at(-1).validity_duration);
  const lines = standing.filter((l) => l.kind === 'consent' || l.kind === 'no');
  for (const l of lines) if (l.kind === 'consent' && l.until) until.set(l.consent_id, l.until);
  return { seq: claims.seq, at: new Date(claims.iat * 1000), changes, lines, records, until, withheld: withheld.has('changes') };
}

// Those that could still be in force after the receipt, in the order in which it shows them.
function consents({ changes, lines, records }) {
  const fates = new Map([[undefined, undefined]]);
  const add = (consent, purpose, recipient, over) => {
    if (fates.has(consent)) return;
    fates.set(consent, over ? undefined : { consent, purpose, recipient, steps: [], over: false, withheld: [], missing: false });
  };
  for (const c of changes) add(c.consent_id, c.purpose, c.recipient, ends.includes(c.to));
  for (const l of lines) add(l.consent_id, l.purpose, l.recipient, l.kind !== 'consent' || ends.includes(l.state));
  for (const r of records) add(r.record_id, r.purposes[0]?.purpose, undefined, endsOfRecords.includes(r.events.at(-1)?.event_state));
  return [...fates.values()].filter(Boolean);
}

// The receipts of the same person that come later, in order. Of copies of one, changes
// that are shown in any count.
function laterOf({ claims: { iss, sub, seq } }, others) {
  const bySeq = new Map();
  for (const other of others) {
    if (other.claims.iss !== iss || other.claims.sub !== sub || other.claims.seq <= seq) continue;
    const c = content(other);
    const known = bySeq.get(c.seq);
    if (!known || c.changes.length > known.changes.length) bySeq.set(c.seq, c);
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

// The sentence that says so, of so many files that were given. It ends where a receipt
// ended the consent; otherwise it says what nobody can know from these files.
export function sentence(fate, files, words) {
  const place = words.say(files > 1 ? 'became.in.other' : 'became.in.one');
  const parts = fate.steps.map(({ did, seq: n }) => words.say('became.step', { did: words.term('became.did', did), n }));
  if (fate.over) return words.say('became.over', { steps: parts.join('; '), place });
  if (fate.ended) parts.push(words.say('became.ended', { date: words.date(fate.ended) }));
  for (const n of fate.withheld) parts.push(words.say('became.withheld', { n }));
  if (fate.missing) parts.push(words.say('became.missing', { place }));
  parts.push(fate.latest ? words.say('became.since-receipt', { n: fate.latest, date: words.date(fate.at), place }) : words.say('became.since', { place }));
  return parts.join('; ');
}
