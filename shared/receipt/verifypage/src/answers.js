import { digest } from './base64.js';
import { disclosed } from './claims.js';
import { maxBundle } from './kind.js';

// Finds the files of answers to data requests among the given files, as `receipt verify` does. A
// file in which nothing was to be judged is judged by that: it has the given verdict if it is what
// was signed for, and was changed if it has the name of such a file and another content.
//
// Returns what receipts and manifests name: {name, media_type, digest, size, where, request,
// receipt, file, changed}. file is the name of the given file; undefined: it was not given.
export async function answers(outcomes, receipts, manifests, verdict) {
  const all = parts(receipts, manifests);
  if (all.length === 0) return all;
  const digests = new Map(); // by outcome
  for (const outcome of outcomes) if (outcome.file.size <= maxBundle) digests.set(outcome, await digest(await outcome.file.arrayBuffer()));
  for (const [outcome, own] of digests) match(all, outcome, (p) => p.digest === own, verdict);
  for (const [outcome, own] of digests) match(all, outcome, (p) => p.name === outcome.name && p.digest !== own, 'changed');
  return all;
}

function match(all, outcome, is, verdict) {
  const changed = verdict === 'changed';
  for (const part of all.filter(is)) {
    if (part.file === undefined) Object.assign(part, { file: outcome.name, changed });
    if (outcome.reason && outcome.reason !== 'other-content') Object.assign(outcome, { verdict, reason: changed ? 'other-content' : undefined });
  }
}

// What was added to answers and not taken out again, by request, in the order in which it was added.
function parts(receipts, manifests) {
  const [added, out] = [[], []];
  for (const { claims: { seq }, tree } of receipts) {
    for (const asked of disclosed(tree.request)) {
      if (asked.part) added.push({ ...asked.part, request: asked.id, receipt: seq });
      if (asked.out) out.push({ ...asked.out, request: asked.id, receipt: seq });
    }
  }
  for (const { claims: { request, parts: list } } of manifests) added.push(...list.map((p) => ({ ...p, request: request.id })));
  const all = ordered(added);
  for (const gone of ordered(out)) {
    const at = all.findLastIndex((p) => p.request === gone.request && same(p, gone) && p.receipt < gone.receipt);
    if (at >= 0) all.splice(at, 1);
  }
  return all;
}

const members = ['name', 'media_type', 'digest', 'size', 'attached', 'where'];

const same = (a, b) => members.every((m) => a[m] === b[m]);

// Each once, by request and receipt.
function ordered(named) {
  const key = (p) => [p.request, `${p.receipt}`.padStart(10, '0'), p.digest, p.name].join(' ');
  const list = named.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return list.filter((p, i) => i === 0 || !(p.request === list[i - 1].request && p.receipt === list[i - 1].receipt && same(p, list[i - 1])));
}
