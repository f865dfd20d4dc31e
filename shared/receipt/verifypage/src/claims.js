import { Numeral } from './json.js';
import { refuse } from './refusal.js';

// Arrays whose elements can be withheld, in the order of the payload.
export const arrays = ['changes', 'records', 'standing', 'actor', 'evidence', 'request', 'note'];

// The elements of an array that are not withheld.
export const disclosed = (elements) => elements.filter((e) => !('...' in e));

const maxTime = 253402300799; // the last second of the year 9999

// Returns whether something can be issued at a number of seconds since 1970.
export const isMoment = (n) => Number.isInteger(n) && n > 0 && n <= maxTime;

// The shapes into which the Go verifier decodes a payload. Names match whatever their case,
// as in encoding/json; the schema checks the case later.
const text = (v) => (typeof v === 'string' ? v : undefined);
const boolean = (v) => (typeof v === 'boolean' ? v : undefined);
const integer = (min, max) => (v) => {
  if (!(v instanceof Numeral) || !/^-?(0|[1-9]\d*)$/.test(v.text)) return undefined;
  const n = BigInt(v.text);
  return n >= min && n <= max && !(min === 0n && v.text === '-0') ? Number(n) : undefined;
};
const unsigned = integer(0n, 2n ** 64n - 1n);
const signed = integer(-(2n ** 63n), 2n ** 63n - 1n);
const moment = (v) => {
  const pattern = /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
  const [, year, month, day] = (typeof v === 'string' && pattern.exec(v)) || [];
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()) return undefined;
  return month && v;
};
const object = (shape) => (v) => {
  if (!(v instanceof Map)) return undefined;
  const out = {};
  for (const [name, value] of v) {
    const known = fold(name);
    if (!Object.hasOwn(shape, known)) return undefined; // for example `_sd`
    if (value === null) continue;
    if ((out[known] = shape[known](value)) === undefined) return undefined;
  }
  return out;
};
const element = object({ '...': text });
// An element is a digest and nothing else. The person could not withhold a value in clear.
const elements = (v) => {
  if (!Array.isArray(v)) return undefined;
  const out = v.map((e) => element(e)?.['...']);
  return out.every((digest) => digest) ? out : undefined;
};
const fold = (name) => name.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').replace(/[A-Z]/g, (c) => c.toLowerCase());

const payloadShape = object({
  iss: text, sub: text, jti: text, iat: signed, nonce: text, schema_version: text, seq: unsigned, prev: text,
  event: object({
    type: text, occurred_at: moment, channel: text, late: boolean,
    corrects: object({ seq: unsigned, digest: text, why: text, from: moment }),
  }),
  catalogue: text, controller: object({ name: text, timezone: text, email: text, phone: text, url: text }), _sd_alg: text,
  ...Object.fromEntries(arrays.map((name) => [name, elements])),
});

// Accepts what Go's url.Parse accepts, as far as it matters: the leaf's name must be the
// same, and the schema checks it later.
export const isReference = (s) =>
  !/[\x00-\x1f\x7f]|%(?![0-9A-Fa-f]{2})/.test(s) && (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(s) || !/^[^/]*:/.test(s));

// Parses the issuer-signed payload, in which every array element is a digest.
export function parsePayload(tree) {
  const claims = payloadShape(tree) ?? refuse('payload');
  if (!isMoment(claims.iat)) refuse('payload', 'iat');
  if (!claims.iss || !isReference(claims.iss)) refuse('payload', 'iss');
  for (const name of arrays) claims[name] ??= [];
  return claims;
}
