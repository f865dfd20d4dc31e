import { sha256, toBase64url } from './base64.js';
import { isSpace } from './forms.js';
import { plain, strictJSON } from './json.js';
import { Refusal, refuse } from './refusal.js';

const type = 'consent-audit+jwt';
const maxRecord = 8 * 1024;

const needed = ['iss', 'sub', 'seq', 'iat', 'staff', 'role', 'did'];
const optional = ['prev', 'case', 'about'];

// Reads the list of who of the staff looked, in the format of the API and of a bundle:
// {records: [{seq, at, staff, role, did, case, about, record}]}; record is the signed one.
// Returns undefined for anything else.
export function listOf(bytes) {
  try {
    const records = plain(strictJSON(trimmed(bytes)))?.records;
    return Array.isArray(records) && records.every((r) => typeof r?.record === 'string') ? records : undefined;
  } catch (e) {
    if (e instanceof Refusal) return undefined;
    throw e;
  }
}

const trimmed = (bytes) => bytes.subarray(0, bytes.findLastIndex((b) => !isSpace(b)) + 1);

// Verifies one record, and that the members beside it match.
export async function verifyLook(verifier, { record, ...beside }) {
  const look = await verifier.verifyToken(type, record, maxRecord);
  const { claims } = look;
  const known = [...needed, ...optional];
  const isText = (name) => typeof claims[name] === 'string' || (claims[name] === undefined && optional.includes(name));
  const numbers = ['seq', 'iat'];
  if (!(Number.isSafeInteger(claims.seq) && claims.seq > 0) || !Object.keys(claims).every((name) => known.includes(name))
    || !known.every((name) => numbers.includes(name) || isText(name))) refuse('payload', 'record');
  const same = ['seq', 'staff', 'role', 'did', 'case', 'about'].every((name) => beside[name] === claims[name]);
  if (!same || beside.at !== new Date(claims.iat * 1000).toISOString().replace('.000', '')) refuse('payload', `beside ${claims.seq}`);
  return look;
}

// Returns the name of a person's audit ledger, which is the sub of each of its records.
export const auditOf = async (sub) => toBase64url(await sha256(`consent-receipts/audit/1\0person\0${sub}`));

// Checks that the records of a list follow one another. Nobody can see newer records that are
// missing at its end.
export class Looks {
  constructor() {
    this.digests = new Map(); // by person and number: lists may overlap, but must not differ
    this.begin();
  }

  // Begins another list.
  begin() {
    this.before = undefined;
  }

  // Throws a Refusal for a record that does not follow the one before it.
  add({ claims: { iss, sub, seq, prev, iat }, digest }) {
    const { before } = this;
    if (before && (seq !== before.seq + 1 || prev !== before.digest || iat < before.iat || sub !== before.sub || iss !== before.iss)) refuse('chain', `look ${seq}`);
    if ((seq === 1) !== (prev === undefined)) refuse('chain', `look ${seq}`);
    const place = `${sub} ${seq}`;
    if ((this.digests.get(place) ?? digest) !== digest) refuse('chain', `look ${seq}`);
    this.digests.set(place, digest);
    this.before = { iss, sub, seq, digest, iat };
  }

}
