// Shows texts with the page's own sources, in Node. Reads a list of texts as JSON, and
// prints the lines of each.
import { text } from 'node:stream/consumers';
import { lines } from '../src/lines.js';

process.stdout.write(JSON.stringify(JSON.parse(await text(process.stdin)).map(lines)));
