import { ascii85, asciiHex } from './ascii.js';
import { bytesOf, textOf } from './base64.js';
import { forms, fromRun, isSextet, isSpace } from './forms.js';
import { inflate } from './inflate.js';
import { pemStart } from './kind.js';
import { undo } from './predictor.js';
import { Unreadable } from './work.js';

// The minimum lengths, in characters, of the segments of a receipt's compact JWS: header
// ("eyJ" and more), payload and signature.
const minHeader = 13;
const minPayload = 10;
const minSignature = 80;

const alphabet = new Uint8Array(256);
for (const c of bytesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')) alphabet[c] = 1;

const [dot, tilde, dash, e, y, J, W, I] = bytesOf('.~-eyJWI');

const pemBytes = bytesOf(pemStart);
const pemEnd = bytesOf('-----END CERTIFICATE-----');
const maxCertificates = 16; // in one file

const begins = (text, at, mark) => mark.every((c, i) => text[at + i] === c);


// Collects texts with the form of a receipt, each once by its signed header.payload, and root
// certificates, each once, in DER.
class Finder {
  constructor(work) {
    this.work = work;
    this.copies = new Map();
    this.roots = new Map();
    this.scan = this.scan.bind(this);
  }

  forms(text) {
    this.work.do(text.length);
    forms(text, this.scan);
  }

  scan(text) {
    this.receipts(text);
    this.certificates(text);
  }

  // Finds certificates in PEM (RFC 7468). It does not check whether they are roots.
  certificates(text) {
    for (let at = text.indexOf(dash); at >= 0 && this.roots.size < maxCertificates; at = text.indexOf(dash, at)) {
      if (!begins(text, at, pemBytes)) {
        at++;
        continue;
      }
      const begin = at + pemBytes.length;
      const end = text.indexOf(dash, begin);
      at = end < 0 ? text.length : end;
      if (!begins(text, at, pemEnd)) continue;
      const root = fromRun(text.subarray(begin, at).filter(isSextet));
      this.roots.set(textOf(root), root);
    }
  }

  // Finds SD-JWTs (RFC 9901, section 4): a JWS and disclosures, each followed by a tilde. It
  // reads each byte at most three times, once for each segment.
  receipts(text) {
    for (let at = 0; ; ) {
      const start = text.indexOf(e, at);
      if (start < 0) return;
      if (text[start + 1] !== y || text[start + 2] !== J) {
        at = start + 1;
        continue;
      }
      const header = endOf(text, start);
      if (header - start < minHeader || text[header] !== dot) {
        at = header;
        continue;
      }
      at = header + 1;
      const payload = endOf(text, at);
      if (payload - at < minPayload || text[payload] !== dot) continue;
      const signature = endOf(text, payload + 1);
      if (signature - payload - 1 < minSignature || text[signature] !== tilde) continue;
      at = endOfDisclosures(text, signature + 1);
      this.add(textOf(text.subarray(start, payload)), textOf(text.subarray(start, at)));
    }
  }

  add(signed, raw) {
    const count = raw.split('~').length;
    if (count > (this.copies.get(signed)?.count ?? 0)) this.copies.set(signed, { raw, count });
  }

  // Scans the deflated streams of a PDF (ISO 32000-2, 7.3.8): content, attachments and object
  // streams. It does not read the structure of the document: a stream begins at each keyword
  // and ends where its data end.
  streams(file) {
    const text = textOf(file);
    for (let at = 0; ; ) {
      const next = text.indexOf(keyword, at);
      if (next < 0) return;
      const dictionary = text.slice(Math.max(at, next - maxDictionary), next);
      at = next + keyword.length;
      let begin = at;
      while (begin < file.length && begin < at + maxBlanks && isSpace(file[begin])) begin++;
      this.deflated(file, begin, dictionary);
      const end = text.indexOf(keyword, begin);
      const coded = file.subarray(begin, end < 0 ? file.length : end);
      for (const decode of [asciiHex, ascii85]) {
        const data = decode(coded);
        if (data.length === 0) continue;
        this.forms(data);
        this.deflated(data, 0, dictionary);
      }
    }
  }

  // Inflates data, undoes the predictor that the dictionary names, and scans the result.
  deflated(data, at, dictionary) {
    const plain = this.inflate(data, at);
    if (plain.length === 0) return;
    this.forms(plain);
    const rows = undo(plain, dictionary);
    if (rows) this.forms(rows);
  }

  // Decompresses zlib data (RFC 1950) as far as they are intact. Returns nothing for other
  // data.
  inflate(data, at) {
    if (at + 2 > data.length || (data[at] & 0x0f) !== 8 || (data[at + 1] & 0x20) !== 0 || ((data[at] << 8) | data[at + 1]) % 31 !== 0) return none;
    const { plain, end } = inflate(data, at + 2, this.work.left + 1);
    this.work.do(plain.length + end - at - 2);
    return plain;
  }

  // The one receipt that was found. Of several copies, the one with the most disclosures
  // counts; among equals, the first.
  only() {
    if (this.copies.size > 1) throw new Unreadable('several-receipts', '', 'ambiguous');
    const [copy] = this.copies.values();
    if (!copy) throw new Unreadable('no-receipt');
    return copy.raw;
  }
}

const keyword = 'stream';
const maxBlanks = 4; // between the keyword and the data
const maxDictionary = 2 << 10; // bytes before the keyword in which the dictionary is sought
const none = new Uint8Array();

// Matches the key that marks an encrypted PDF (7.6.2). A name may have characters in
// hexadecimal (7.3.5).
const encrypt = /\/(?:E|#45)(?:n|#6[eE])(?:c|#63)(?:r|#72)(?:y|#79)(?:p|#70)(?:t|#74)(?:[^A-Za-z#]|$)/;

// Returns where the run of base64url characters ends that begins at a position.
function endOf(text, at) {
  while (at < text.length && alphabet[text[at]] === 1) at++;
  return at;
}

// Returns where the last disclosure ends. A disclosure is the base64url of a JSON array that
// begins with a text. Text after the last one is not part of the receipt.
function endOfDisclosures(text, at) {
  for (;;) {
    const end = endOf(text, at);
    if (text[end] !== tilde || end - at < 3 || text[at] !== W || text[at + 1] !== y || (text[at + 2] !== I && text[at + 2] !== J)) return at;
    at = end + 1;
  }
}

// Searches a page, a PDF or a text for the receipt.
export function find(kind, content, work) {
  if (kind === 'PDF' && encrypt.test(textOf(content))) throw new Unreadable('encrypted');
  const finder = new Finder(work);
  finder.forms(content);
  finder.streams(content);
  return finder;
}
