// The forms in which a receipt may occur in a text.

const minBase64 = 128; // minimum length, in characters, of a run that is decoded as base64

const isBreak = (c) => c === 0x0d || c === 0x0a;
const isBlank = (c) => c === 0x20 || c === 0x09;

export const isSpace = (c) => isBreak(c) || isBlank(c);

// Removes line breaks, and the characters that programs put around them: blanks before a
// break, the sign of a soft break (RFC 2045, 6.7), and blanks and quote marks after it.
function unfolded(text) {
  const out = new Uint8Array(text.length);
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    if (!isBreak(text[i])) {
      out[size++] = text[i];
      continue;
    }
    while (size > 0 && isBlank(out[size - 1])) size--;
    if (size > 0 && out[size - 1] === 0x3d) size--;
    while (i + 1 < text.length && (isSpace(text[i + 1]) || text[i + 1] === 0x3e || text[i + 1] === 0x7c)) i++;
  }
  return out.subarray(0, size);
}

const digits = new Uint8Array(256).fill(16);
for (let i = 0; i < 16; i++) for (const c of [i.toString(16), i.toString(16).toUpperCase()]) digits[c.charCodeAt(0)] = i;

// Returns the value of a hexadecimal digit, or 16 for any other character.
export const digit = (c) => digits[c];

// Decodes each byte that is written as a mark and two hexadecimal digits.
function escaped(text, mark) {
  if (!text.includes(mark)) return text;
  const out = new Uint8Array(text.length);
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === mark && i + 2 < text.length && digits[text[i + 1]] < 16 && digits[text[i + 2]] < 16) {
      out[size++] = (digits[text[i + 1]] << 4) | digits[text[i + 2]];
      i += 2;
    } else out[size++] = text[i];
  }
  return out.subarray(0, size);
}

const quotedPrintable = (text) => escaped(text, 0x3d);
const percent = (text) => escaped(text, 0x25);

// Calls scan with a text in every form: as it is, with its lines joined, and decoded from
// quoted-printable, from percent-encoding (twice, for a link within a link), and from base64.
export function forms(text, scan) {
  scan(text);
  let last = text;
  for (const decode of [unfolded, quotedPrintable, percent, percent]) {
    const decoded = decode(last);
    if (decoded.length === last.length) continue; // decoding shortens a text or leaves it unchanged
    scan(decoded);
    last = decoded;
  }
  base64(last, scan);
}

const sextets = new Uint8Array(256).fill(64);
[...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].forEach((c, i) => (sextets[c.charCodeAt(0)] = i));
[sextets[0x2d], sextets[0x5f]] = [62, 63]; // of the other alphabet

// Decodes long runs of base64 characters and scans the results. The data may begin at any
// character of a run, so it tries each of the four alignments.
function base64(text, scan) {
  for (let at = 0; at < text.length; ) {
    let end = at;
    while (end < text.length && sextets[text[end]] < 64) end++;
    for (let skip = 0; skip < 4 && end - at >= minBase64; skip++) {
      const decoded = fromRun(text.subarray(at + skip, end));
      scan(decoded);
      const plain = percent(decoded);
      if (plain.length !== decoded.length) scan(plain);
    }
    at = end + 1;
  }
}

export const isSextet = (c) => sextets[c] < 64;

export function fromRun(run) {
  const out = new Uint8Array(Math.floor((run.length * 3) / 4));
  let [bits, n, size] = [0, 0, 0];
  for (let i = 0; i < run.length; i++) {
    bits = ((bits << 6) | sextets[run[i]]) & 0xffff;
    n += 6;
    if (n < 8) continue;
    n -= 8;
    out[size++] = bits >> n;
  }
  return out.subarray(0, size);
}
