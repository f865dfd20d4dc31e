import { Refusal } from './refusal.js';

const maxDescribed = 20; // gaps, and incomplete receipts

// Reports how receipts follow one another, in whatever order they are given: those that
// contradict another one (by their index), the gaps, as keys of words with values, the
// receipts beside a gap, and those of which no copy is complete.
export function judge(receipts) {
  const course = { contradicting: new Map(), apart: new Set(), gaps: [], moreGaps: 0, withheld: [], moreWithheld: 0 };
  const heads = receipts.map(({ claims: { iss, sub, seq = 0, prev, iat, event }, digest, withheld }, at) => ({ iss, sub, seq, prev, iat, event, digest, whole: withheld.size === 0, at }));
  const by = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  heads.sort((a, b) => by(a.iss, b.iss) || by(a.sub, b.sub) || a.seq - b.seq || by(a.digest, b.digest) || a.at - b.at);
  for (const person of groups(heads, (h) => `${h.iss}\n${h.sub}`)) {
    const alone = person[0].digest === person.at(-1).digest; // a single receipt does not show which receipts are missing
    let before = [];
    for (const same of groups(person, (h) => h.seq)) {
      if (same[0].digest !== same.at(-1).digest) refuse(course, same, 'fork');
      else follows(course, before, same);
      if (!alone) gap(course, before, same);
      inPart(course, same);
      before = same;
    }
  }
  return course;
}

// Groups neighbours with the same key.
function groups(list, key) {
  const out = [];
  for (const one of list) {
    if (out.length > 0 && key(out.at(-1)[0]) === key(one)) out.at(-1).push(one);
    else out.push([one]);
  }
  return out;
}

function refuse(course, same, why) {
  for (const { at, seq } of same) course.contradicting.set(at, new Refusal('chain', `${why} ${seq}`));
}

function follows(course, before, same) {
  if (before[0]?.seq + 1 !== same[0].seq) return;
  const found = before.find((b) => b.digest === same[0].prev);
  if (!found) refuse(course, same, 'prev');
  else if (same[0].iat < found.iat) refuse(course, same, 'iat');
}

function gap(course, before, same) {
  const b = same[0].seq;
  let missing;
  if (before.length > 0 && before[0].seq + 1 < b) missing = { key: 'gap.between', values: { a: before[0].seq, b } };
  else if (before.length === 0 && b > 1 && !['erasure', 'retention'].includes(same[0].event.type)) missing = { key: 'gap.before', values: { b } };
  if (!missing) return;
  for (const { at } of [...before, ...same]) course.apart.add(at);
  if (course.gaps.length === maxDescribed) course.moreGaps++;
  else course.gaps.push(missing);
}

function inPart(course, same) {
  for (const copies of groups(same, (h) => h.digest)) {
    if (copies.some((h) => h.whole)) continue;
    if (course.withheld.length === maxDescribed) course.moreWithheld++;
    else course.withheld.push(copies[0].seq);
  }
}
