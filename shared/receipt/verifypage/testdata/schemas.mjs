// Holds documents against published schemas with the page's own sources, in Node. Reads {schema,
// documents: [text]} and prints of each "/place (keyword)", or "" if it follows the schema, as
// JSON.
import { text } from 'node:stream/consumers';
import { load } from './load.mjs';

const { checkOf } = await load('../testdata/schemas.js');
const { schema, documents } = JSON.parse(await text(process.stdin));
const check = checkOf(schema);
process.stdout.write(JSON.stringify(documents.map((document) => {
  const bad = check(Buffer.from(document));
  return bad ? `/${bad.path.reverse().join('/')} (${bad.keyword})` : '';
})));
