import { bytesOf, textOf } from './base64.js';
import { isObject, kindOf, maxLooks, narrowed, pemStart, trimmedText } from './kind.js';
import { readLines, readWhole } from './whole.js';
import { Breath, Unreadable } from './work.js';
import { folded, openZIP } from './zip.js';

const maxDocument = 512 << 10;
const startSize = 1 << 10; // number of first bytes that decide whether a file is read

// Reads the files in a ZIP one after the other, after it has checked that the whole archive
// is well formed. It skips pages, PDFs, archives and texts.
export async function readZIP(name, file, work, take) {
  const breath = new Breath();
  for (const entry of openZIP(file, work)) {
    if (!entry.path.endsWith('/')) readEntry(name, entry, work, take);
    if (breath.due) await breath.take();
  }
}

const decoder = new TextDecoder();

function readEntry(container, { path, size, open }, work, take) {
  const name = `${container}/${decoder.decode(bytesOf(path))}`;
  const other = () => take({ name, kind: 'other' });
  if (isSystems(path) || size > maxLooks) return other();
  const [folder, file] = [folded(path).replace(/[^/]*$/, ''), folded(path).split('/').at(-1)];
  if (/(^|\/)(notices|catalogues)\/$/.test(folder)) {
    return size > maxDocument ? other() : take({ name, kind: 'document', content: open(size), claimed: `sha256:${file.replace(/\.[^.]*$/, '')}` });
  }
  if (file === 'who-looked.json') return take({ name, kind: 'who looked', content: narrowed(open(size)) });
  if (!mayBeRead(open(startSize).subarray(0, startSize))) return other();
  const content = narrowed(open(size));
  const kind = kindOf(content);
  if (!['root certificates', 'receipt', 'receipts, one a line', 'text'].includes(kind)) return other();
  try {
    if (kind === 'receipts, one a line') readLines(name, content, work, take);
    else readWhole(name, kind, content, work, (part) => (part.kind === 'manifest' ? other() : take(part)));
  } catch (e) {
    if (!(e instanceof Unreadable)) throw e;
    other();
  }
}

// Returns whether a file begins like a signed text, JSON or a root certificate.
function mayBeRead(start) {
  const text = trimmedText(textOf(narrowed(start)));
  return isObject(text) || ['eyJ', pemStart, '\x30\x82'].some((begin) => text.startsWith(begin));
}

// Returns whether an operating system added the file.
const isSystems = (path) => folded(path).split('/').some((part) => ['__macosx', '.ds_store', 'thumbs.db', 'desktop.ini'].includes(part) || part.startsWith('._'));
