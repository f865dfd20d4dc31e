import { Refusal } from './refusal.js';

const maxGaps = 20;

// Checks that receipts follow one another. Add them in the order of seq.
export class Chain {
  constructor() {
    this.heads = new Map(); // by person
    this.gaps = []; // the first of them: what is missing, as a key of words and its values
    this.moreGaps = 0;
  }

  // Throws a Refusal for a receipt that contradicts the one before it.
  add({ claims, digest }) {
    const { sub, seq = 0, prev, iat, event } = claims;
    const before = this.heads.get(sub);
    if (before) {
      if (seq === before.seq) {
        if (digest === before.digest) return; // the same receipt again
        throw new Refusal('chain', `fork ${seq}`);
      }
      if (seq === before.seq + 1 && prev !== before.digest) throw new Refusal('chain', `prev ${seq}`);
      if (seq === before.seq + 1 && iat < before.iat) throw new Refusal('chain', `iat ${seq}`);
      if (seq < before.seq) {
        this.gap('gap.order', { a: before.seq, b: seq });
        return;
      }
      if (seq > before.seq + 1) this.gap('gap.between', { a: before.seq, b: seq });
    } else if (seq > 1 && event?.type !== 'erasure') {
      this.gap('gap.before', { b: seq });
    }
    this.heads.set(sub, { seq, digest, iat });
  }

  gap(key, values) {
    if (this.gaps.length === maxGaps) this.moreGaps++;
    else this.gaps.push({ key, values });
  }
}
