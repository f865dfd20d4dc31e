import { manifest, presentation, receipt } from 'schemas';
import { bytesOf, digest, fromBase64 } from './base64.js';
import { parseLeaf, verifies } from './certificate.js';
import { arrays, isMoment, parsePayload } from './claims.js';
import { plain } from './json.js';
import { inline } from './lines.js';
import { refuse } from './refusal.js';
import { compile } from './schema.js';
import { parse, process } from './sdjwt.js';

export const maxBytes = 64 * 1024;

const type = 'consent-receipt+sd-jwt';

export const manifestType = 'data-request-manifest+jwt';
const maxManifest = 128 * 1024;

const [whole, part, list] = [receipt, presentation, manifest].map((schema) => compile(schema, { '../receipt/1.json': receipt }));

// Verifies receipts offline, in the order of docs/receipt-format.md, under roots that are
// trusted. Of roots that are not, what leads to one says to which, and what leads to none
// passes too: it is consistent, and root is undefined.
export class Verifier {
  constructor(roots = [], trusts = roots.length > 0) {
    this.trusts = trusts;
    this.roots = new Map(); // by their names
    for (const root of roots) this.roots.set(root.subject, [...(this.roots.get(root.subject) ?? []), root]);
    this.leaves = new Map(); // by certificate, passed or not: most receipts share one
  }

  // Takes a compact receipt, one byte a character. Throws a Refusal.
  async verify(raw) {
    const parsed = await parse(raw, maxBytes);
    if (parsed.keyBinding !== '') refuse('key-binding');
    const claims = parsePayload(parsed.payload);
    const signed = await this.checkSignature(parsed, claims, type);
    const { tree, withheld } = disclose(claims, parsed);
    follow(withheld.size > 0 ? part : whole, tree);
    return { raw, claims, tree: plain(tree), withheld, ...signed };
  }

  // Takes a compact JWS of another typ, with iss and iat, of at most the given number of
  // bytes. Throws a Refusal.
  async verifyToken(typ, raw, most) {
    if (raw.includes('~')) refuse('form', '~');
    const parsed = await parse(`${raw}~`, most);
    const claims = plain(parsed.payload);
    if (!isMoment(claims.iat) || typeof claims.iss !== 'string') refuse('payload', 'iss iat');
    return { claims, payload: parsed.payload, ...(await this.checkSignature(parsed, claims, typ)) };
  }

  // Takes the manifest of the answer to a request for data.
  async verifyManifest(raw) {
    const token = await this.verifyToken(manifestType, raw, maxManifest);
    follow(list, token.payload);
    return token;
  }

  // Returns the signer's key and root, and the digest that the next receipt names.
  async checkSignature({ header, issuer, signature }, { iss, iat }, wanted) {
    const names = ['alg', 'typ', 'x5c'];
    if (header.size !== names.length || names.some((name) => !header.has(name))) refuse('header');
    const [alg, typ, x5c] = names.map((name) => header.get(name));
    const isText = (v) => v === null || typeof v === 'string';
    if (!isText(alg) || !isText(typ) || !(x5c === null || (Array.isArray(x5c) && x5c.every(isText)))) refuse('header');
    if (alg !== 'ES256') refuse('alg');
    if (typ !== wanted) refuse('typ');
    if (x5c?.length !== 1) refuse('x5c', `${x5c?.length ?? 0}`);
    const leaf = await this.leaf(x5c[0] ?? '');
    for (const certificate of [leaf, ...(leaf.root ? [leaf.root] : [])]) {
      if (iat * 1000 < certificate.notBefore || iat * 1000 > certificate.notAfter) refuse('iat', new Date(iat * 1000).toISOString());
    }
    const bytes = bytesOf(issuer.slice(0, issuer.lastIndexOf('.')));
    const [genuine, own] = await Promise.all([verifies(leaf.key, signature, bytes), digest(bytes)]);
    if (!genuine) refuse('signature');
    if (iss !== leaf.uri) refuse('issuer');
    return { digest: own, leaf: leaf.fingerprint, root: leaf.root?.fingerprint };
  }

  leaf(encoded) {
    if (!this.leaves.has(encoded)) this.leaves.set(encoded, parseLeaf(fromBase64(encoded) ?? refuse('x5c'), this.roots, this.trusts));
    return this.leaves.get(encoded);
  }
}

// Puts the disclosures in their places, and counts the withheld elements.
function disclose(claims, { payload, disclosures }) {
  const member = disclosures.findIndex((d) => !d.isElement);
  if (member >= 0) refuse('disclosure', `disclosure ${member + 1}`);
  const tree = process(payload, disclosures);
  const known = new Set(disclosures.map((d) => d.digest));
  const withheld = new Map();
  let used = 0;
  for (const name of arrays) {
    const missing = claims[name].filter((digest) => !known.has(digest)).length;
    used += claims[name].length - missing;
    if (missing > 0) withheld.set(name, missing);
  }
  if (used !== disclosures.length) refuse('disclosure', 'nested');
  return { tree, withheld };
}

// Refuses what does not follow a schema. The place is a path of names and indexes.
function follow(check, value) {
  const bad = check(value);
  if (bad) refuse('schema', `${inline(`/${bad.path.reverse().join('/')}`)} (${bad.keyword})`);
}
