import { fromBase64url, sha256, toBase64url } from './base64.js';
import { strictJSON } from './json.js';
import { refuse } from './refusal.js';

// The mechanics of SD-JWT (RFC 9901), as strict as the Go package sdjwt: a string has one
// reading. Libraries decode less strictly, and drop the withheld elements that a receipt must
// name.

const maxDepth = 32;

// Reads a compact SD-JWT. It checks the form only, and neither the signature nor digests.
export async function parse(text, maxBytes) {
  if (text.length > maxBytes) refuse('size', `${text.length} > ${maxBytes}`);
  const parts = text.split('~');
  if (parts.length < 2) refuse('form', '~');
  const issuer = parts[0];
  const keyBinding = parts.at(-1);
  const { header, payload, signature } = parseJWT(issuer);
  if (keyBinding !== '') parseJWT(keyBinding);
  const disclosures = parts.slice(1, -1).map(parseDisclosure);
  await Promise.all(disclosures.map(async (d) => (d.digest = toBase64url(await sha256(d.encoded)))));
  return { issuer, header, payload, signature, disclosures, keyBinding };
}

function parseJWT(text) {
  const parts = text.split('.');
  if (parts.length !== 3) refuse('form', `${parts.length} segments`);
  const [header, payload, signature] = parts.map((part, i) => {
    if (part === '') refuse('form', `segment ${i + 1}`);
    const bytes = fromBase64url(part) ?? refuse('base64', `segment ${i + 1}`);
    if (i === 2) return bytes;
    const value = strictJSON(bytes);
    if (!(value instanceof Map)) refuse('form', `segment ${i + 1}`);
    return value;
  });
  return { header, payload, signature };
}

function parseDisclosure(encoded, i) {
  const place = `disclosure ${i + 1}`;
  const parts = strictJSON(fromBase64url(encoded) ?? refuse('base64', place));
  if (!Array.isArray(parts) || parts.length < 2 || parts.length > 3) refuse('disclosure', place);
  if (typeof parts[0] !== 'string' || parts[0] === '') refuse('disclosure', place);
  const isElement = parts.length === 2;
  const name = isElement ? undefined : parts[1];
  if (!isElement && (typeof name !== 'string' || name === '_sd' || name === '...')) refuse('disclosure', place);
  return { encoded, isElement, name, value: parts.at(-1) };
}

// Puts the disclosures into a payload whose signature was checked (RFC 9901, 7.1), and returns
// it. The payload must refer to each exactly once. Withheld elements stay as their digests.
export function process(payload, disclosures) {
  const alg = payload.get('_sd_alg');
  if (payload.has('_sd_alg') && alg !== 'sha-256') refuse('disclosure', '_sd_alg');
  const byDigest = new Map();
  for (const d of disclosures) {
    if (byDigest.has(d.digest)) refuse('disclosure', 'twice');
    byDigest.set(d.digest, d);
  }
  const seen = new Set();
  let used = 0;

  function take(digest) {
    if (typeof digest !== 'string' || digest === '') refuse('disclosure', 'digest');
    if (seen.has(digest)) refuse('disclosure', 'digest twice');
    seen.add(digest);
    const d = byDigest.get(digest);
    if (d) used++;
    return d;
  }

  function walk(value, depth) {
    if (depth > maxDepth) refuse('disclosure', `nested > ${maxDepth}`);
    if (value instanceof Map) return object(value, depth);
    if (Array.isArray(value)) value.forEach((element, i) => (value[i] = arrayElement(element, depth)));
    return value;
  }

  function object(members, depth) {
    if (members.has('...')) refuse('disclosure', '"..."');
    const hidden = members.get('_sd');
    members.delete('_sd');
    for (const value of members.values()) walk(value, depth + 1);
    if (hidden === undefined) return members;
    if (!Array.isArray(hidden)) refuse('disclosure', '_sd');
    for (const digest of hidden) {
      const d = take(digest);
      if (!d) continue;
      if (d.isElement || members.has(d.name)) refuse('disclosure', '_sd');
      members.set(d.name, walk(d.value, depth + 1));
    }
    return members;
  }

  function arrayElement(element, depth) {
    if (!(element instanceof Map) || !element.has('...')) return walk(element, depth + 1);
    if (element.size !== 1) refuse('disclosure', '"..."');
    const d = take(element.get('...'));
    if (!d) return element;
    if (!d.isElement) refuse('disclosure', '"..."');
    return walk(d.value, depth + 1);
  }

  const tree = walk(payload, 0);
  if (used !== disclosures.length) refuse('disclosure', `${disclosures.length - used}`);
  return tree;
}
