import { sha256, toBase64url } from './base64.js';
import { isSpace } from './forms.js';
import { plain, strictJSON } from './json.js';
import { Refusal, refuse } from './refusal.js';

const type = 'consent-audit+jwt';
const maxRecord = 8 * 1024;

const needed = ['iss', 'sub', 'seq', 'iat', 'staff', 'role', 'did'];
const optional = ['prev', 'case', 'about', 'reason'];

// Reads the list of who of the staff looked, in the format of the API and of a bundle:
// {records: [{seq, at, staff, role, did, case, about, reason, record}]}; record is the signed one.
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
  const same = ['seq', 'staff', 'role', 'did', 'case', 'about', 'reason'].every((name) => beside[name] === claims[name]);
  if (!same || beside.at !== new Date(claims.iat * 1000).toISOString().replace('.000', '')) refuse('payload', `beside ${claims.seq}`);
  return look;
}

// Returns the name of a person's audit ledger, which is the sub of each of its records.
export const auditOf = async (sub) => toBase64url(await sha256(`consent-receipts/audit/1\0person\0${sub}`));

const follows = (before, { claims: { iss, sub, seq, prev, iat } }) =>
  seq === before.claims.seq + 1 && prev === before.digest && iat >= before.claims.iat && sub === before.claims.sub && iss === before.claims.iss;

// Throws a Refusal for a look that does not follow the one before it in its list. Looks before
// the first may be missing.
export function checkPlace(look, before) {
  const { seq, prev } = look.claims;
  if ((seq === 1) !== (prev === undefined) || (before && !follows(before, look))) refuse('chain', `look ${seq}`);
}

// Judges several lists together, in whatever order: returns of each the refusal if it
// contradicts another one, and after: whether the look before its first is in no list. Nobody
// can see newer looks that are missing at its end.
export function judgeLists(lists) {
  const at = new Map(); // looks by place: several at one place are a fork
  const place = ({ claims: { iss, sub, seq } }, back = 0) => `${iss}\n${sub}\n${seq - back}`;
  for (const look of lists.flat()) {
    const same = at.get(place(look)) ?? [];
    if (!same.some((s) => s.digest === look.digest)) at.set(place(look), [...same, look]);
  }
  return lists.map((list) => {
    const [first] = list;
    const before = (first && at.get(place(first, 1))) ?? [];
    const wrong = list.find((look) => at.get(place(look)).length > 1) ?? (before.length > 0 && !before.some((b) => follows(b, first)) ? first : undefined);
    return { refusal: wrong && new Refusal('chain', `look ${wrong.claims.seq}`), after: !wrong && first?.claims.seq > 1 && before.length === 0 };
  });
}
