// Reads files with the page's own sources, in Node. Reads {folder, names} as JSON, and prints
// of each file its kind, its parts with the SHA-256 of their contents, and why there is
// nothing to judge.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const { read } = await load('files.js');
const { folder, names } = JSON.parse(await text(process.stdin));
const said = [];
for (const name of names) {
  const { kind, parts, unread } = await read(new File([await readFile(join(folder, name))], basename(name)));
  said.push({
    kind, outcome: unread?.outcome ?? '', code: unread?.reason ?? '',
    parts: parts.map((part) => ({
      name: part.name, kind: part.kind, claimed: part.claimed ?? '',
      content: part.content ? createHash('sha256').update(part.content).digest('hex') : '',
    })),
  });
}
process.stdout.write(JSON.stringify(said));
