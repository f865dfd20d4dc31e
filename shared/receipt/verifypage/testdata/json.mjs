// Reads JSON with the page's own reader, in Node. Reads {texts: [base64]} and prints of each the code
// of its refusal, or "" if it has one reading, and JSON.parse reads the same.
import { text } from 'node:stream/consumers';
import { plain, strictJSON } from '../src/json.js';

const { texts } = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(texts.map((encoded) => {
  const bytes = Buffer.from(encoded, 'base64');
  let value;
  try {
    value = strictJSON(bytes);
  } catch (e) {
    return e.code;
  }
  return JSON.stringify(plain(value)) === JSON.stringify(JSON.parse(bytes.toString())) ? '' : 'another value';
})));
