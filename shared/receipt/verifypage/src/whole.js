import { bytesOf, textOf } from './base64.js';
import { find } from './find.js';
import { alone, inJSON, isManifest, maxFile, pemStart, trimmedText } from './kind.js';
import { maxBytes } from './receipt.js';
import { stepsPerPart, stepsPerRoot, Unreadable } from './work.js';

// Reads a file that is one part. A page or a PDF may also carry root certificates.
export function readWhole(name, kind, content, work, take) {
  const text = trimmedText(textOf(content));
  if (kind === 'root certificates') {
    work.do(stepsPerRoot * Math.max(1, text.split(pemStart).length - 1));
    return take({ name, kind, content });
  }
  if (kind === 'receipt') return take(signed(name, alone(text)));
  if (kind === 'text') {
    const found = inJSON(text);
    if (found.kind !== 'text') return take({ name, kind: found.kind, content: bytesOf(found.text) });
  }
  if (content.length > maxFile) throw new Unreadable('too-large');
  const finder = find(kind, content, work);
  if (kind !== 'text') for (const root of finder.roots.values()) take({ name, kind: 'root certificates', content: root });
  if (finder.copies.size === 0 && text.startsWith('eyJ')) return take(signed(name, text)); // its check explains what is wrong with it
  take({ name, kind: 'receipt', content: bytesOf(finder.only()) });
}

// The part for a file that is one signed text.
const signed = (name, text) =>
  isManifest(text) ? { name, kind: 'manifest', content: bytesOf(text) } : { name, kind: 'receipt', content: bytesOf(text.slice(0, maxBytes + 1)) };

const maxLine = maxBytes + (1 << 10); // bytes of a line that are kept: more than a receipt may have

// Takes a receipt from each line. A line that is too long is cut, and its receipt stays too
// large. It may throw after the first lines.
export function readLines(name, content, work, take) {
  for (let [at, n] = [0, 1]; at < content.length; n++) {
    const end = content.indexOf(0x0a, at);
    const next = end < 0 ? content.length : end;
    const bytes = content.subarray(at, Math.min(next, at + maxLine));
    const text = textOf(bytes);
    const line = trimmedText(text);
    at = next + 1;
    if (line === '') continue;
    work.do(stepsPerPart);
    const begin = text.indexOf(line);
    take({ name: `${name}:${n}`, kind: 'receipt', content: bytes.subarray(begin, begin + Math.min(line.length, maxBytes + 1)) });
  }
}
