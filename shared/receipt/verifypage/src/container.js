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
  for (const { path, content } of openZIP(file, work, isRead)) {
    if (!path.endsWith('/')) readEntry(name, path, content, work, take);
    if (breath.due) await breath.take();
  }
}

const decoder = new TextDecoder();

const looksFile = 'who-looked.json';

// The folder and the name of a file, in the form in which they are compared.
function split(path) {
  const name = folded(path).split('/').at(-1);
  return { folder: folded(path).slice(0, -name.length), file: name };
}

const isDocument = (folder) => /(^|\/)(notices|catalogues)\/$/.test(folder);

// Returns whether a file is read, by its path and its content.
function isRead(path, content) {
  const { folder, file } = split(path);
  if (isSystems(path) || content.length > maxLooks) return false;
  if (isDocument(folder)) return content.length <= maxDocument;
  return file === looksFile || mayBeRead(content.subarray(0, startSize));
}

// Takes what is in a file; content is undefined of one that is not read.
function readEntry(container, path, unpacked, work, take) {
  const name = `${container}/${decoder.decode(bytesOf(path))}`;
  const other = () => take({ name, kind: 'other' });
  if (!unpacked) return other();
  const { folder, file } = split(path);
  if (isDocument(folder)) return take({ name, kind: 'document', content: unpacked, claimed: `sha256:${file.replace(/\.[^.]*$/, '')}` });
  const content = narrowed(unpacked);
  if (file === looksFile) return take({ name, kind: 'who looked', content });
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
