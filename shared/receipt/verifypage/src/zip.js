import { textOf } from './base64.js';
import { inflate } from './inflate.js';
import { stepsPerPart, Unreadable } from './work.js';

// Reads a ZIP (PKWARE's APPNOTE 6.3.10, 4.3) that every reader reads alike: its entries and
// its one directory fill the file from the first byte to the last, and agree with each other.

const [endSize, centralSize, localSize] = [22, 46, 30];

const withDescriptor = 1 << 3;
const knownFlags = (1 << 1) | (1 << 2) | withDescriptor | (1 << 11); // levels of deflate; names in UTF-8

const [extraZIP64, extraName] = [0x0001, 0x7075];

function damaged() {
  throw new Unreadable('not-zip', '', 'refused');
}

// The entries, in the order of paths: {path, content}, after comparing every field. keeps says
// of a path and its content whether the content is returned; each is unpacked once.
export function openZIP(file, work, keeps) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { begin, count } = findDirectory(view);
  work.do(file.length - endSize - begin);
  const entries = parseDirectory(view, begin, count).sort((a, b) => a.header - b.header);
  let next = 0;
  entries.forEach((entry, i) => {
    if (entry.header !== next) damaged();
    next = entries[i + 1]?.header ?? begin;
    checkLocal(view, entry, next);
    const content = checkedContent(file, entry, work);
    entry.content = keeps(entry.path, content) ? content : undefined;
  });
  if (next !== begin) damaged();
  const key = ({ path }) => path.replaceAll('/', '\0');
  return entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const text = (view, at, length) => textOf(new Uint8Array(view.buffer, view.byteOffset + at, length));
const u16 = (view, at) => view.getUint16(at, true);
const u32 = (view, at) => view.getUint32(at, true);

function findDirectory(view) {
  const end = view.byteLength - endSize;
  if (end < 0) damaged();
  if (text(view, end, 4) !== 'PK\x05\x06' || u16(view, end + 20) !== 0) damaged();
  const count = u16(view, end + 10);
  if (u32(view, end + 4) !== 0 || u16(view, end + 8) !== count || count === 0xffff) damaged();
  const begin = u32(view, end + 16);
  if (begin + u32(view, end + 12) !== end) damaged();
  return { begin, count };
}

function parseDirectory(view, begin, count) {
  const entries = [];
  const names = new Set();
  const end = view.byteLength - endSize;
  for (let at = begin; at < end; ) {
    if (end - at < centralSize || text(view, at, 4) !== 'PK\x01\x02') damaged();
    const [name, extra, comment] = [28, 30, 32].map((field) => u16(view, at + field));
    const next = at + centralSize + name + extra;
    if (next > end || comment !== 0 || u16(view, at + 34) !== 0) damaged();
    const stored = text(view, at + centralSize, name);
    const entry = {
      stored, alias: checkExtra(view, at + centralSize + name, next, stored), flags: u16(view, at + 8), method: u16(view, at + 10), crc: u32(view, at + 16),
      packed: u32(view, at + 20), size: u32(view, at + 24), header: u32(view, at + 42),
    };
    check(entry, names);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== count) damaged();
  return entries;
}

// Checks the fields of an entry, and that no other entry has its name.
function check(entry, names) {
  if ((entry.flags & ~knownFlags) !== 0) damaged();
  if (entry.method !== 0 && entry.method !== 8) damaged();
  if (entry.method === 0 && entry.packed !== entry.size) damaged();
  entry.path = cleaned(entry.stored) ?? damaged();
  if (entry.path.endsWith('/') && entry.size !== 0) damaged();
  const own = folded(entry.path);
  const alias = folded(cleaned(entry.alias) ?? damaged());
  if (names.has(own) || (alias !== own && names.has(alias))) damaged();
  names.add(own).add(alias);
}

// Returns the path that a name means; a folder's path ends with a slash. Returns undefined
// for a name that could lead out of the archive.
function cleaned(name) {
  const path = name.replaceAll('\\', '/');
  if (path === '' || path[1] === ':') return undefined;
  const parts = path.replace(/\/$/, '').split('/');
  if (parts.some((part) => part === '' || part === '..' || part.includes('\0'))) return undefined;
  const clean = parts.filter((part) => part !== '.').join('/');
  return path.endsWith('/') ? `${clean}/` : clean || undefined;
}

// The form in which names are compared: without the slash of a folder, in lower case (ASCII
// only).
export const folded = (name) => name.replace(/\/$/, '').replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());

// Checks the extra fields (4.5), and returns the name that readers use: the entry's own, or
// that of Info-ZIP's field (4.6.9), which may differ only beyond ASCII.
function checkExtra(view, begin, end, stored) {
  let name = stored;
  for (let at = begin; at < end; ) {
    const next = at + 4 + (end - at < 4 ? end : u16(view, at + 2));
    if (next > end) damaged();
    const id = u16(view, at);
    if (id === extraZIP64) damaged();
    if (id === extraName && next - at > 9 && text(view, at + 9, next - at - 9) !== name) {
      if (!/[\x80-\xff]/.test(name)) damaged();
      name = text(view, at + 9, next - at - 9);
    }
    at = next;
  }
  return name;
}

// Compares the local header, and the bytes after the data, with the directory. The next entry
// must begin where this one ends.
function checkLocal(view, entry, next) {
  const { header, flags } = entry;
  if (header + localSize > next) damaged();
  const [name, extra] = [u16(view, header + 26), u16(view, header + 28)];
  entry.data = header + localSize + name + extra;
  const end = entry.data + entry.packed;
  if (text(view, header, 4) !== 'PK\x03\x04' || end > next) damaged();
  const stored = text(view, header + localSize, name);
  const alias = checkExtra(view, header + localSize + name, entry.data, stored);
  const later = (flags & withDescriptor) !== 0;
  const numbers = [entry.crc, entry.packed, entry.size];
  const agree = numbers.every((central, i) => [central, ...(later ? [0] : [])].includes(u32(view, header + 14 + 4 * i)));
  if (stored !== entry.stored || (alias !== entry.alias && alias !== entry.stored) || u16(view, header + 6) !== flags || u16(view, header + 8) !== entry.method || !agree) {
    damaged();
  }
  if (!(later ? isDescriptor(view, end, next, numbers) : end === next)) damaged();
}

// Returns whether bytes are a data descriptor (4.3.9), with or without its signature.
function isDescriptor(view, begin, end, numbers) {
  const at = end - 12;
  if (at !== begin && !(at === begin + 4 && text(view, begin, 4) === 'PK\x07\x08')) return false;
  return numbers.every((number, i) => u32(view, at + 4 * i) === number);
}

// Returns the whole content of an entry, after comparing its size and checksum.
function checkedContent(file, entry, work) {
  const { plain, end, whole } = unpack(file, entry, Math.min(entry.size, work.left));
  try {
    work.do(stepsPerPart + entry.packed + plain.length);
  } catch {
    throw new Unreadable('work', '', 'refused');
  }
  if (!whole || end !== entry.packed || plain.length !== entry.size || crc32(plain) !== entry.crc) damaged();
  return plain;
}

function unpack(file, { method, data, packed }, most) {
  const content = file.subarray(data, data + packed);
  return method === 0 ? { plain: content.subarray(0, most + 1), end: packed, whole: true } : inflate(content, 0, most);
}

// Tables by which four bytes are taken at once: the first has the sums of one byte, and each of
// the others those of a byte that more bytes follow.
const crcs = [new Int32Array(256).map((_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
})];
for (let i = 0; i < 3; i++) crcs.push(crcs[i].map((c) => crcs[0][c & 0xff] ^ (c >>> 8)));

function crc32(bytes) {
  const [one, two, three, four] = crcs;
  let c = -1;
  let i = 0;
  for (const end = bytes.length - 3; i < end; i += 4) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c = four[c & 0xff] ^ three[(c >>> 8) & 0xff] ^ two[(c >>> 16) & 0xff] ^ one[c >>> 24];
  }
  for (; i < bytes.length; i++) c = one[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}
