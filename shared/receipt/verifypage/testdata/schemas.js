// The published schemas and the reader of JSON, from one bundle, for schemas.mjs.
import { manifest, presentation, receipt } from 'schemas';
import { strictJSON } from '../src/json.js';
import { compile } from '../src/schema.js';

const schemas = { receipt, presentation, manifest };

// Returns the function that checks the bytes of a document against a schema.
export function checkOf(name) {
  const check = compile(schemas[name], { '../receipt/1.json': receipt });
  return (bytes) => check(strictJSON(bytes));
}
