import { disclosed } from './claims.js';
import { Names } from './names.js';

// What changes of consents are counted as, in this order; other changes are not counted.
const kinds = ['given', 'changed', 'refused', 'withdrawn', 'narrowed', 'none'];

// Says in a line what a receipt tells: of what was said, what is disclosed, not what the
// type of the event promises. It is HeadlineForOthers of the Go package page. Without names
// they are the receipt's own.
export function headline(receipt, words, names) {
  const { type } = receipt.claims.event;
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
    return counts.size > 0 ? upperFirst(words.say('headline.part', { what: counted('.a') })) : words.say('headline.withheld');
  }
  if (counts.size > 1) {
    const own = names ?? new Names(words, receipt);
    const recipients = new Set(shown.filter((c) => c.recipient).map((c) => own.of(c).party(c.recipient)));
    return upperFirst(words.say('headline.mixed', { what: counted('.one'), recipients: [...recipients].join(', ') }));
  }
  const events = { given: 'opt-in', refused: 'refusal', narrowed: 'amendment', withdrawn: 'opt-out' };
  const [kind] = counts.keys();
  if (kind in events) return words.term('event-other', events[kind]);
  return words.say(`headline-neutral.${kind === 'changed' ? 'changed' : 'nothing-found'}`);
}

function kindOf({ from, to }, event) {
  const held = from === 'given' || from === 'paused';
  if (to === 'given' && from === 'given') return event === 'opt-in' ? 'changed' : 'narrowed';
  if (to === 'given') return 'given';
  if (to === 'withdrawn' && held) return 'withdrawn';
  if (to === 'none' || (event === 'opt-out' && !held)) return 'none';
  return to === 'refused' || to === 'withdrawn' ? 'refused' : undefined;
}

const upperFirst = (s) => s.charAt(0).toUpperCase() + s.slice(1);
