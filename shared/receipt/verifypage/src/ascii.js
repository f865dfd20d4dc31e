import { digit, isSpace } from './forms.js';

// Decodes hexadecimal data (ISO 32000-2, 7.4.2) as far as they are valid.
export function asciiHex(data) {
  const out = new Uint8Array(data.length >> 1);
  let [size, high] = [0, 16];
  for (let i = 0; i < data.length; i++) {
    if (isSpace(data[i])) continue;
    const d = digit(data[i]);
    if (d === 16) break;
    if (high === 16) high = d;
    else {
      out[size++] = (high << 4) | d;
      high = 16;
    }
  }
  return out.subarray(0, size);
}

// Decodes base-85 data (7.4.3) as far as they are valid.
export function ascii85(data) {
  const out = [];
  let [group, n] = [0, 0];
  const put = (bytes) => {
    for (let i = 0; i < bytes; i++) out.push((group >>> (24 - 8 * i)) & 0xff);
    [group, n] = [0, 0];
  };
  for (let i = 0; i < data.length; i++) {
    const c = data[i];
    if (isSpace(c)) continue;
    if (c === 0x7a && n === 0) {
      put(4);
      continue;
    }
    if (c < 0x21 || c > 0x75) break;
    group = (group * 85 + c - 0x21) % 2 ** 32;
    n++;
    if (n === 5) put(4);
  }
  if (n < 2) return new Uint8Array(out);
  const last = n - 1;
  for (; n < 5; n++) group = (group * 85 + 84) % 2 ** 32;
  put(last);
  return new Uint8Array(out);
}
