import { fromBase64url, textOf } from './base64.js';
import { manifestType } from './receipt.js';

// Limits on files, in bytes.
export const maxFile = 8 << 20; // a page, a PDF or a text
export const maxBundle = 256 << 20; // a ZIP, or a file of lines
export const maxLooks = 16 << 20; // a list of who looked

const maxRoots = 64 << 10;

// The numbers of first bytes that determine the kind of a file: two lines of receipts, the
// fields of a mail, and the header of a PDF.
export const headSize = 128 << 10;
const fieldsSize = 8 << 10;
const markSize = 1 << 10;

export const pemStart = '-----BEGIN CERTIFICATE-----';

// How a page begins that browsers of one family saved whole, as MHTML.
const savedWhole = /^from: ["<]?saved by /i;

// Returns the kind of a file from its first bytes, as docs/files.md specifies.
export function kindOf(file) {
  if (startsWith(file, 'PK\x03\x04') || startsWith(file, 'PK\x05\x06')) return 'ZIP';
  const head = trimmedText(textOf(file.subarray(0, headSize)));
  const first = head.slice(0, markSize);
  if (head.startsWith('<') || savedWhole.test(head)) return 'HTML';
  if (first.includes('%PDF-')) return 'PDF';
  if (head.startsWith(pemStart) || isDER(file)) return 'root certificates';
  if (isMail(head.slice(0, fieldsSize))) return 'mail';
  if (first.includes('\0') || head.startsWith('bplist')) return 'other';
  return head.startsWith('eyJ') ? kindOfLines(head) : 'text';
}

const startsWith = (file, text) => textOf(file.subarray(0, text.length)) === text;

// Returns whether a text begins with the header of a message (RFC 5322), by the fields that
// mail programs write.
function isMail(head) {
  const [header] = head.replaceAll('\r\n', '\n').split('\n\n', 1);
  return /^(?:[!-9;-~]+:|From )/.test(header) && /(?:^|\n)(?:mime-version|message-id|received|return-path):/i.test(header);
}

// Distinguishes a receipt, lines of receipts, and a text that begins with a receipt.
function kindOfLines(head) {
  const [first, ...rest] = head.split('\n').map(trimmedText);
  if (/[^\x21-\x7e]/.test(first)) return 'text';
  const second = rest.find((line) => line !== '');
  if (second === undefined) return 'receipt';
  return second.startsWith('eyJ') && first.includes('~') ? 'receipts, one a line' : 'text';
}

const blanks = ' \t\r\n';

function trimmedBlanks(text) {
  let [from, to] = [0, text.length];
  while (from < to && blanks.includes(text[from])) from++;
  while (to > from && blanks.includes(text[to - 1])) to--;
  return text.slice(from, to);
}

const mark = '\xef\xbb\xbf'; // the byte order mark, in UTF-8

// Returns a text, one byte a character, without its byte order mark and the blanks around it;
// they belong to the file and not to its content.
export function trimmedText(text) {
  const rest = trimmedBlanks(text);
  return trimmedBlanks(rest.startsWith(mark) ? rest.slice(mark.length) : rest);
}

// Returns whether a file begins with the byte order mark of UTF-16.
const isWide = ([a, b]) => (a === 0xfe && b === 0xff) || (a === 0xff && b === 0xfe);

// Decodes a file in UTF-16 with a byte order mark, as Windows writes some, to one byte a
// character. Returns any other file unchanged. No part of a receipt is beyond Latin-1.
export function narrowed(file) {
  if (!isWide(file)) return file;
  const big = file[0] === 0xfe ? 1 : 0;
  const out = new Uint8Array(Math.max(0, (file.length >> 1) - 1));
  for (let i = 0; i < out.length; i++) out[i] = file[2 * i + 3 - big] === 0 ? file[2 * i + 2 + big] : 0x3f;
  return out;
}

// Returns whether a file is one DER sequence (X.690) whose length field matches the file, as
// in a certificate.
const isDER = (file) => file.length > 4 && file.length <= maxRoots && file[0] === 0x30 && file[1] === 0x82 && ((file[2] << 8) | file[3]) === file.length - 4;

// Removes the rest of a sentence after a receipt that is the whole file.
export const alone = (text) => text.replace(/~[.,;:!?)>\]}"'*]+$/, '~');

// Returns whether the typ of a token is that of a manifest.
export function isManifest(token) {
  try {
    const header = textOf(fromBase64url(token.split('.', 1)[0]));
    return !isDeep(header) && JSON.parse(header).typ === manifestType;
  } catch {
    return false;
  }
}

export const isObject = (text) => text.startsWith('{');

// Returns whether a text is pure ASCII, as every token is.
const isASCII = (text) => /^[\0-\x7f]*$/.test(text);

const maxDepth = 32; // of the JSON of a list, an answer or a header

// Returns whether JSON exceeds maxDepth. Libraries have different limits.
function isDeep(text) {
  let [depth, quoted] = [0, false];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === '[' || c === '{')) {
      if (++depth > maxDepth) return true;
    } else if (!quoted && (c === ']' || c === '}')) depth--;
  }
  return false;
}

// Whether JSON is a list of who looked, of which one record at least is signed. Many other
// things are lists of records.
const isList = (records) => Array.isArray(records) && records.some((r) => typeof r?.record === 'string' && r.record.startsWith('eyJ'));

// Tells a list of who looked, and a manifest as the API answers it, from other JSON.
export function inJSON(text) {
  try {
    const members = isObject(text) && !isDeep(text) ? JSON.parse(text) : {};
    if (isList(members.records)) return { kind: 'who looked', text };
    if (typeof members.manifest === 'string' && isASCII(members.manifest) && isManifest(members.manifest)) return { kind: 'manifest', text: members.manifest };
  } catch {
    // it is a plain text
  }
  return { kind: 'text', text };
}
