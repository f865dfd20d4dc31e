// Deflated data (RFC 1951). Browsers inflate too, but return nothing for data with a damaged
// end, and do not report where the data end. The two verifiers would then differ.

const lengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceBase = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const distanceBits = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const endOfBlock = 256;
const maxCode = 15;
const fast = 9; // maximum length, in bits, of codes in the lookup table
const window = 32768;
const longest = 258; // maximum length of a copy, in bytes

class Damaged extends Error {}

const damaged = () => {
  throw new Damaged();
};

// A canonical code, from the lengths of its symbols in bits.
class Code {
  constructor(lengths) {
    this.counts = new Uint16Array(maxCode + 1);
    for (const length of lengths) if (length > 0) this.counts[length]++;
    const used = [...this.counts.keys()].filter((length) => this.counts[length] > 0);
    this.min = used[0] ?? 0;
    const max = used.at(-1) ?? 0;
    const next = new Uint16Array(maxCode + 2);
    const first = new Uint16Array(maxCode + 2);
    let code = 0;
    for (let length = 1; length <= max; length++) {
      next[length] = code *= 2;
      code += this.counts[length];
      first[length + 1] = first[length] + this.counts[length];
    }
    // complete, or a single code of one bit
    if (max > 0 && code !== 1 << max && !(code === 1 && max === 1)) damaged();
    this.symbols = new Uint16Array(lengths.length);
    this.table = new Uint16Array(1 << fast); // symbol and length
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol];
      if (length === 0) continue;
      this.symbols[first[length]++] = symbol;
      let reversed = 0;
      for (let bit = 0, c = next[length]++; bit < length; bit++, c >>= 1) reversed = (reversed << 1) | (c & 1);
      for (let at = reversed; length <= fast && at < 1 << fast; at += 1 << length) this.table[at] = (symbol << 4) | length;
    }
  }
}

const fixed = (() => {
  const lengths = new Uint8Array(288).fill(8);
  lengths.fill(9, 144, 256).fill(7, 256, 280);
  return [new Code(lengths), new Code(new Uint8Array(32).fill(5))];
})();

// Returns whether an entry of a table of literals is one of a byte.
const isLiteral = (entry) => entry > 0 && entry < endOfBlock << 4;

class Inflater {
  constructor(data, at, most) {
    Object.assign(this, { data, at, most, bits: 0, count: 0, size: 0 });
    this.out = new Uint8Array(Math.min(4 * (data.length - at), most, 1 << 12) + 2 * longest); // small, since there may be many streams
  }

  need(count) {
    while (this.count < count) {
      if (this.at >= this.data.length) damaged();
      this.bits |= this.data[this.at++] << this.count;
      this.count += 8;
    }
  }

  take(count) {
    this.need(count);
    const value = this.bits & ((1 << count) - 1);
    this.bits >>>= count;
    this.count -= count;
    return value;
  }

  symbol(code) {
    this.need(code.min);
    const entry = this.table(code);
    if (entry > 0) {
      this.take(entry & 15);
      return entry >> 4;
    }
    return this.slow(code);
  }

  // Looks up the next symbol, if enough bits are left.
  table({ table }) {
    const entry = table[this.bits & ((1 << fast) - 1)];
    return (entry & 15) <= this.count ? entry : 0;
  }

  slow({ counts, symbols }) {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= maxCode; length++) {
      this.need(length);
      code |= (this.bits >> (length - 1)) & 1;
      const count = counts[length];
      if (code - count < first) {
        this.take(length);
        return symbols[index + code - first];
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return damaged();
  }

  room(bytes) {
    if (this.size + bytes <= this.out.length) return;
    const larger = new Uint8Array(Math.max(2 * this.out.length, this.size + bytes));
    larger.set(this.out.subarray(0, this.size));
    this.out = larger;
  }

  stored() {
    [this.bits, this.count] = [0, 0];
    const { data } = this;
    const [a, b, c, d] = data.subarray(this.at, this.at + 4);
    this.at = Math.min(this.at + 4, data.length);
    if (d === undefined || (a ^ c) !== 0xff || (b ^ d) !== 0xff) damaged();
    const length = a | (b << 8);
    const part = data.subarray(this.at, this.at + length);
    this.room(part.length);
    this.out.set(part, this.size);
    this.size += part.length;
    this.at += part.length;
    if (part.length < length) damaged();
  }

  codes() {
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const count = this.take(4) + 4;
    if (literals > 286 || distances > 30) damaged();
    const lengths = new Uint8Array(19);
    for (let i = 0; i < count; i++) lengths[lengthOrder[i]] = this.take(3);
    const code = new Code(lengths);
    const all = new Uint8Array(literals + distances);
    for (let i = 0; i < all.length; ) {
      const symbol = this.symbol(code);
      if (symbol < 16) {
        all[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) damaged();
      const value = symbol === 16 ? all[i - 1] : 0;
      const repeat = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (i + repeat > all.length) damaged();
      all.fill(value, i, i + repeat);
      i += repeat;
    }
    const [literal, distance] = [new Code(all.subarray(0, literals)), new Code(all.subarray(literals))];
    literal.min = Math.max(literal.min, all[endOfBlock]);
    return [literal, distance];
  }

  block([literals, distances]) {
    while (this.size <= this.most) {
      this.room(longest);
      this.many(literals, distances);
      const symbol = this.symbol(literals);
      if (symbol === endOfBlock) return;
      this.room(longest);
      if (symbol < endOfBlock) this.out[this.size++] = symbol;
      else this.copy(symbol - 257, distances);
    }
  }

  copy(symbol, distances) {
    if (symbol >= lengthBase.length) damaged();
    const length = lengthBase[symbol] + this.take(lengthBits[symbol]);
    const code = this.symbol(distances);
    if (code >= distanceBase.length) damaged();
    const distance = distanceBase[code] + this.take(distanceBits[code]);
    if (distance > Math.min(this.size, window)) damaged();
    const { out } = this;
    for (const end = this.size + length; this.size < end; this.size++) out[this.size] = out[this.size - distance];
  }

  // Decodes simple symbols as long as plenty of data and space is left; the general loop does
  // the rest. Most of the speed comes from here.
  many({ table: literals }, { table: distances }) {
    const { data, out } = this;
    let { at, bits, count, size } = this;
    const [end, full] = [data.length - 8, Math.min(out.length - longest, this.most)];
    while (at < end && size < full) {
      for (; count < 24; count += 8) bits |= data[at++] << count;
      let entry = literals[bits & ((1 << fast) - 1)];
      if (isLiteral(entry)) {
        out[size++] = entry >> 4;
        bits >>>= entry & 15;
        count -= entry & 15;
        entry = literals[bits & ((1 << fast) - 1)]; // enough bits are left for one more
        if (!isLiteral(entry)) continue;
        out[size++] = entry >> 4;
        bits >>>= entry & 15;
        count -= entry & 15;
        continue;
      }
      const symbol = (entry >> 4) - endOfBlock - 1;
      if (symbol < 0 || symbol >= lengthBase.length) break;
      let [a, b, c] = [at, bits >>> (entry & 15), count - (entry & 15)];
      const length = lengthBase[symbol] + (b & ((1 << lengthBits[symbol]) - 1));
      b >>>= lengthBits[symbol];
      for (c -= lengthBits[symbol]; c < 24; c += 8) b |= data[a++] << c;
      const far = distances[b & ((1 << fast) - 1)];
      if (far === 0 || far >> 4 >= distanceBase.length) break;
      b >>>= far & 15;
      const distance = distanceBase[far >> 4] + (b & ((1 << distanceBits[far >> 4]) - 1));
      if (distance > size || distance > window) break;
      for (const last = size + length; size < last; size++) out[size] = out[size - distance];
      [at, bits, count] = [a, b >>> distanceBits[far >> 4], c - (far & 15) - distanceBits[far >> 4]];
    }
    const whole = count >> 3; // unused bytes
    count -= 8 * whole;
    Object.assign(this, { at: at - whole, bits: bits & ((1 << count) - 1), count, size });
  }

  all() {
    for (let last = 0; last === 0 && this.size <= this.most; ) {
      last = this.take(1);
      const type = this.take(2);
      if (type === 0) this.stored();
      else if (type === 3) damaged();
      else this.block(type === 1 ? fixed : this.codes());
    }
  }
}

// Inflates data from a position on, up to slightly more than the given number of bytes.
// Returns the intact output, where the data ended, and whether they are complete.
export function inflate(data, from, most) {
  const inflater = new Inflater(data, from, most);
  let whole = true;
  try {
    inflater.all();
  } catch (e) {
    if (!(e instanceof Damaged)) throw e;
    whole = false;
  }
  return { plain: inflater.out.subarray(0, inflater.size), end: inflater.at, whole };
}
