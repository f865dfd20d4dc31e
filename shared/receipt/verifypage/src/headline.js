import { disclosed } from './claims.js';
import { Names } from './names.js';

// The kinds of change that a headline counts, in this order.
const kinds = ['given', 'changed', 'refused', 'withdrawn', 'narrowed', 'none'];

// Returns one line on what a receipt states, as HeadlineForOthers of the Go package page
// does. It counts the disclosed changes, and does not rely on the type of the event. Without
// names it uses the receipt's own.
export function headline(receipt, words, names) {
  const { type } = receipt.claims.event;
  const asked = disclosed(receipt.tree.request);
  if (type === 'request-received' && asked.length === 1 && words.has(`asked-other.${asked[0].type}`)) return words.term('asked-other', asked[0].type);
  if (!['opt-in', 'refusal', 'amendment', 'opt-out'].includes(type)) return words.term('event-other', type);
  const shown = disclosed(receipt.tree.changes);
  const counts = new Map();
  for (const c of shown) counts.set(kindOf(c, type), (counts.get(kindOf(c, type)) ?? 0) + 1);
  counts.delete(undefined);
  const counted = (one) => kinds.filter((kind) => counts.has(kind)).map((kind) => {
    const n = counts.get(kind);
    return n === 1 ? words.say(`headline.${kind}${one}`) : words.count(`headline.${kind}`, n);
  }).join(', ');
  if (receipt.withheld.has('changes')) {
    const what = counts.size > 0 ? counted('.a') : alone(receipt, words);
    return what ? upperFirst(words.say('headline.part', { what })) : words.say('headline.withheld');
  }
  if (counts.size > 1 || [...counts.values()].some((n) => n > 1)) {
    const own = names ?? new Names(words, receipt);
    const recipients = new Set(shown.filter((c) => c.recipient).map((c) => own.of(c).party(c.recipient)));
    return upperFirst(words.say('headline.mixed', { what: counted('.one'), recipients: [...recipients].join(', ') }));
  }
  const events = { given: 'opt-in', refused: 'refusal', narrowed: 'amendment', withdrawn: 'opt-out' };
  const [kind] = counts.keys();
  if (kind in events) return words.term('event-other', events[kind]);
  return words.say(`headline-neutral.${kind === 'changed' ? 'changed' : 'nothing-found'}`);
}

// Names the one record or line of the standing that a receipt shows; nothing if it shows
// none, or several.
function alone({ tree }, words) {
  const [records, lines] = [disclosed(tree.records), disclosed(tree.standing)];
  if (records.length + lines.length !== 1) return undefined;
  return words.say(lines.length === 1 ? 'headline.line' : `headline.${recordHeading(records[0])}`);
}

// The key of a record's heading: the consent holds, ended or was refused.
export function recordHeading({ events }) {
  const state = events.at(-1)?.event_state;
  return { 'dpv:ConsentGiven': 'record.heading', 'dpv:ConsentRefused': 'record.refused' }[state] ?? 'record.ended';
}

export function kindOf({ from, to }, event) {
  const held = from === 'given' || from === 'paused';
  if (to === 'given' && from === 'given') return event === 'opt-in' ? 'changed' : 'narrowed';
  if (to === 'given') return 'given';
  if (to === 'withdrawn' && held) return 'withdrawn';
  if (to === 'none' || (event === 'opt-out' && !held)) return 'none';
  return to === 'refused' || to === 'withdrawn' ? 'refused' : undefined;
}

const upperFirst = (s) => s.charAt(0).toUpperCase() + s.slice(1);
