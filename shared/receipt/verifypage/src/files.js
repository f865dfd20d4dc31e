import { textOf } from './base64.js';
import { readZIP } from './container.js';
import { headSize, isObject, kindOf, maxBundle, maxFile, maxLooks, narrowed, trimmedText } from './kind.js';
import { readLines, readWhole } from './whole.js';
import { Unreadable, Work } from './work.js';

// Reads a file: {name, kind, parts, unread}. docs/files.md is its specification; `receipt
// verify` follows the same one. It verifies nothing.
//
// A part is {name, kind, content}. Its kind is receipt, root certificates, who looked,
// manifest, document (claimed is the digest in its name), or other, which is not read and has
// no content. unread is an Unreadable that states why there is nothing to judge.
export async function read(file) {
  let kind = 'other';
  const parts = [];
  try {
    if (file.size > maxBundle) throw new Unreadable('too-large');
    const bytes = new Uint8Array(await file.arrayBuffer());
    const content = bytes.length > maxFile ? bytes : narrowed(bytes);
    kind = kindOf(content);
    await partsOf(file.name, kind, content, new Work(file.size), (part) => parts.push(part));
    if (kind === 'ZIP' && !parts.some((part) => judged.includes(part.kind))) throw new Unreadable('no-receipt');
    return { name: file.name, kind, parts };
  } catch (e) {
    if (!(e instanceof Unreadable)) throw e;
    e.name = file.name;
    return { name: file.name, kind, parts, unread: e };
  }
}

const judged = ['receipt', 'who looked', 'manifest'];

async function partsOf(name, kind, content, work, take) {
  switch (kind) {
    case 'ZIP':
      return readZIP(name, content, work, take);
    case 'receipts, one a line':
      return readLines(name, content, work, take);
    case 'mail':
    case 'other':
      throw new Unreadable('kind');
  }
  if (content.length > maxLooks || (content.length > maxFile && !isObject(trimmedText(textOf(content.subarray(0, headSize)))))) throw new Unreadable('too-large');
  readWhole(name, kind, content, work, take);
}
