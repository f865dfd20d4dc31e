import { unzipSync } from 'fflate';
import { bytesOf, fromBase64, fromBase64url, textOf } from './base64.js';
import { listOf } from './looks.js';
import { manifestType, maxBytes, maxManifest } from './receipt.js';

// What a person may drop: a receipt, several one a line, a bundle, a page or a PDF that
// has the receipt inside, the list of who looked, or the manifest of an answer. Reading
// is bounded, whatever the file says.

const maxFile = 256 << 20;
const maxDocument = 512 << 10;
const maxRoots = 64 << 10;
const maxLooks = 16 << 20;
const maxEntries = 1 << 20;
const batchBytes = 1 << 20;

// Something that holds no receipt at all: no verdict, but a reason with a key of words.
export class Unreadable extends Error {
  constructor(reason, name = '') {
    super(reason);
    this.reason = reason;
    this.name = name;
  }
}

// Gives everything in the files, in order: receipts ({name, raw, loose?, page?}),
// documents of a bundle ({name, bytes, document}), who looked ({name, list} and then
// {name, look} of each), manifests ({name, manifest}), root certificates that lie beside
// the receipts ({name, roots}), which vouch for nobody, and what in a bundle is nothing of
// all this ({unchecked}).
export async function* read(files) {
  for (const file of files) {
    if (file.size > maxFile) throw new Unreadable('too-large', file.name);
    const bytes = new Uint8Array(await file.arrayBuffer());
    switch (kind(file.name, bytes)) {
      case 'zip':
        yield* bundle(file.name, bytes);
        break;
      case 'lines':
        for (const [i, line] of textOf(bytes).split(/\r?\n/).entries()) if (line) yield { name: `${file.name}:${i + 1}`, raw: line };
        break;
      case 'html':
        yield* shown(file.name, candidates(unfolded(textOf(bytes))));
        break;
      case 'pdf':
        yield* shown(file.name, await streams(bytes));
        break;
      case 'pem':
        yield { name: file.name, roots: textOf(bytes) };
        break;
      default:
        yield* signed(file.name, bytes);
    }
  }
}

// The receipt that a page or a PDF shows, and the root certificates beside it. Somebody's
// own words may look like one: what is none is passed over.
function* shown(name, found) {
  for (const roots of new Set(found.filter(isCertificate))) yield { name, roots, loose: true };
  yield { name, raw: only(found.filter((text) => !isCertificate(text)), name), loose: true, page: true };
}

// A text that is signed, or the API's JSON around such texts.
function* signed(name, bytes) {
  const text = textOf(bytes).trim();
  if (text.startsWith('{')) {
    const list = listOf(bytes);
    if (list) return yield* looks(name, list);
  }
  const token = manifestIn(text);
  yield token ? { name, manifest: token } : { name, raw: oneLine(bytes), loose: true };
}

// A list that cannot be read as one is there, and is refused.
function* looks(name, list) {
  yield { name, list: list !== undefined };
  for (const look of list ?? []) yield { name, look };
}

// The signed manifest, alone or as the API answers it in JSON.
function manifestIn(text) {
  let token = text;
  try {
    if (text.startsWith('{') && text.length <= 3 * maxManifest) token = JSON.parse(text).manifest;
    return JSON.parse(textOf(fromBase64url(token.split('.')[0]))).typ === manifestType ? token : undefined;
  } catch {
    return undefined;
  }
}

// The line break with which a text file may end belongs to the file.
const oneLine = (bytes) => textOf(bytes).replace(/\n$/, '');

const extensions = { 'sd-jwt': 'receipt', txt: 'receipt', 'sd-jwts': 'lines', zip: 'zip', html: 'html', htm: 'html', mhtml: 'html', mht: 'html', pdf: 'pdf', pem: 'pem', crt: 'pem' };

function kind(name, bytes) {
  const known = extensions[name.split('.').at(-1).toLowerCase()];
  if (known) return known;
  const start = textOf(bytes.subarray(0, 1024));
  if (start.startsWith('PK\x03\x04')) return 'zip';
  if (start.includes('%PDF-')) return 'pdf';
  return /^\s*</.test(start) || savedWhole.test(start) ? 'html' : 'receipt';
}

// A bundle, in the order of names: receipts are named by their number.
async function* bundle(file, bytes) {
  const entries = [];
  const rest = [];
  const unzip = (filter) => {
    try {
      return unzipSync(bytes, { filter });
    } catch {
      throw new Unreadable('not-zip', file);
    }
  };
  unzip((entry) => {
    const path = inside(entry.name);
    if (!entry.name.endsWith('/')) (wanted(path) ? entries : rest).push({ path, entry: entry.name, size: entry.originalSize });
    if (entries.length + rest.length > maxEntries) throw new Unreadable('too-large', file);
    return false;
  });
  if (new Set(entries.map((e) => e.path)).size !== entries.length) throw new Unreadable('not-zip', file);
  entries.sort((a, b) => byPath(a.path, b.path));
  while (entries.length > 0) {
    const batch = new Map();
    for (let size = 0; entries.length > 0 && size < batchBytes; ) {
      const next = entries.shift();
      batch.set(next.entry, next);
      if (next.size <= limit(next.path)) size += next.size;
    }
    const content = unzip((entry) => batch.has(entry.name) && entry.originalSize <= limit(batch.get(entry.name).path));
    for (const { path, entry, size } of batch.values()) {
      if (path === auditFile) yield* looks(`${file}/${path}`, content[entry] && listOf(content[entry]));
      else yield item(`${file}/${path}`, path, content[entry], size);
    }
  }
  for (const { path } of rest.sort((a, b) => byPath(a.path, b.path))) yield { unchecked: path };
}

const auditFile = 'who-looked.json';

const isReceipt = (path) => path.endsWith('.sd-jwt');
const isDocument = (path) => /(^|\/)(notices|catalogues)\/[^/]+$/.test(path);
const wanted = (path) => isReceipt(path) || isDocument(path) || path === auditFile || path === 'root.pem';
const limit = (path) => (isReceipt(path) ? maxBytes + 1 : isDocument(path) ? maxDocument : path === auditFile ? maxLooks : maxRoots);

// As archive/zip of Go reads a name: no entry lies outside of the bundle.
const inside = (name) => {
  const parts = [];
  for (const part of name.replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
};

const byPath = (a, b) => {
  const [x, y] = [a.split('/'), b.split('/')];
  const i = x.findIndex((part, n) => part !== y[n]);
  return i < 0 ? 0 : y[i] === undefined || x[i] > y[i] ? 1 : -1;
};

function item(name, path, bytes, size) {
  if (isReceipt(path)) return bytes ? { name, raw: oneLine(bytes) } : { name, raw: ' '.repeat(Math.min(size, maxBytes + 1)) };
  if (path === 'root.pem') return { name, roots: bytes ? textOf(bytes) : ' ' };
  return { name, bytes, document: `sha256:${path.split('/').at(-1).replace(/\.[^.]*$/, '')}` };
}

// A page as browsers of one family save it whole: in quoted-printable (RFC 2045, 6.7),
// whose soft line breaks cut what is long.
const savedWhole = /^from: <saved by /i;
const unfolded = (text) => (savedWhole.test(text) ? text.replace(/=\r?\n/g, '') : text);

// Every text in a page that could be a receipt or a root certificate, plain, percent-encoded or in a
// data: URL in base64.
function candidates(text) {
  const encoded = [...text.matchAll(/;base64,([A-Za-z0-9+/]+=*)/g)].map(([, b64]) => textOf(fromBase64(b64) ?? new Uint8Array()));
  return [text, ...encoded].flatMap((t) => [t, t.replace(/%([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)))]).flatMap(tokens);
}

const receipts = (text) => (text.match(/[A-Za-z0-9_.~-]+/g) ?? []).filter((t) => /^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+~/.test(t));

const maxCertificates = 16; // in one text

const isCertificate = (text) => text.startsWith('-----BEGIN');
const certificates = (text) => (text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g) ?? []).slice(0, maxCertificates);

const tokens = (text) => [...receipts(text), ...certificates(text)];

// Every text in a PDF's streams that could be one (ISO 32000-2, 7.3.8).
async function streams(bytes) {
  const text = textOf(bytes);
  const found = [];
  for (const { index, 0: keyword } of text.matchAll(/stream\r?\n/g)) {
    if (text.startsWith('end', index - 3)) continue;
    const begin = index + keyword.length;
    const end = text.indexOf('endstream', begin);
    if (end < 0) break;
    found.push(...tokens(text.slice(begin, end)), ...tokens(textOf(await inflate(bytes.subarray(begin, end)))));
  }
  return found;
}

// Inflates (RFC 1950) at most what a receipt may have, and gives nothing for other data.
async function inflate(bytes) {
  const out = [];
  let size = 0;
  try {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
    for (let chunk; size <= maxBytes && !(chunk = await reader.read()).done; size += chunk.value.length) out.push(chunk.value);
    reader.cancel().catch(() => {});
  } catch {
    // not deflated, or a line break behind it
  }
  return bytesOf(out.map(textOf).join(''));
}

// Exactly one receipt: the same one may be there in part as well.
function only(found, name) {
  const receipts = new Map();
  for (const token of found) {
    const jwt = token.slice(0, token.indexOf('~'));
    if ((receipts.get(jwt) ?? '').length < token.length) receipts.set(jwt, token);
  }
  if (receipts.size !== 1) throw new Unreadable(receipts.size === 0 ? 'no-receipt' : 'several-receipts', name);
  return [...receipts.values()][0];
}
