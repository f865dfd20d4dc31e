// The forms that a receipt may have in a text.

const minBase64 = 128; // from what length on characters are taken for something in base64

const isBreak = (c) => c === 0x0d || c === 0x0a;
const isBlank = (c) => c === 0x20 || c === 0x09;

export const isSpace = (c) => isBreak(c) || isBlank(c);

// Without line breaks, and without what programs put there: blanks before, the sign of a
// soft break (RFC 2045, 6.7), and blanks and quote marks behind.
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

// The value of a hexadecimal digit; 16 is none.
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

// Calls scan with a text in every form: as it is, with its lines put together, out of
// quoted-printable, out of percent-coding (twice, for a link within a link), and out of
// base64.
export function forms(text, scan) {
  scan(text);
  let last = text;
  for (const decode of [unfolded, quotedPrintable, percent, percent]) {
    const decoded = decode(last);
    if (decoded.length === last.length) continue; // each makes a text shorter, or leaves it
    scan(decoded);
    last = decoded;
  }
  base64(last, scan);
}

const sextets = new Uint8Array(256).fill(64);
[...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].forEach((c, i) => (sextets[c.charCodeAt(0)] = i));
[sextets[0x2d], sextets[0x5f]] = [62, 63]; // of the other alphabet

// Scans what long runs of characters decode to. Where in a run the data begins nobody says,
// so each of the four ways is tried.
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
