import { ECDSASigValue } from '@peculiar/asn1-ecc';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AuthorityKeyIdentifier, BasicConstraints, Certificate, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName } from '@peculiar/asn1-x509';
import { digest, fromBase64, hex, textOf } from './base64.js';
import { isReference } from './claims.js';
import { refuse } from './refusal.js';

const ecdsaWithSHA256 = '1.2.840.10045.4.3.2';
const ecPublicKey = '1.2.840.10045.2.1';
const documentSigning = '1.3.6.1.5.5.7.3.36'; // RFC 9336
const maxLeafLifetime = 24 * 3600 * 1000; // milliseconds
const p256 = { name: 'ECDSA', namedCurve: 'P-256' };

const basicConstraints = '2.5.29.19';
const keyUsage = '2.5.29.15';
const extendedKeyUsage = '2.5.29.37';
const subjectAlternativeName = '2.5.29.17';
const authorityKeyIdentifier = '2.5.29.35';
// Critical extensions that the verifier accepts (RFC 5280, 4.2.1).
const understood = [basicConstraints, keyUsage, extendedKeyUsage, subjectAlternativeName, '2.5.29.30', '2.5.29.31',
  '2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.54'];

// Parses DER strictly: encoding the result gives the same bytes.
function strict(der, type) {
  const value = AsnConvert.parse(der, type);
  if (hex(new Uint8Array(AsnConvert.serialize(value))) !== hex(new Uint8Array(der))) throw new Error('not DER');
  return value;
}

// Reads a DER certificate whose key is on P-256. Throws for any other.
async function read(der) {
  const certificate = strict(der, Certificate);
  const tbs = certificate.tbsCertificate;
  if (tbs.version !== 2) throw new Error('not version 3');
  const extensions = new Map((tbs.extensions ?? []).map((e) => [e.extnID, e]));
  if (extensions.size !== (tbs.extensions ?? []).length) throw new Error('an extension twice');
  if (![...tbs.issuer, ...tbs.subject].every((rdn) => [...rdn].every(({ value }) => isText(value)))) throw new Error('a name');
  const spki = AsnConvert.serialize(tbs.subjectPublicKeyInfo);
  const point = new Uint8Array(tbs.subjectPublicKeyInfo.subjectPublicKey);
  if (tbs.subjectPublicKeyInfo.algorithm.algorithm !== ecPublicKey || point[0] !== 4) throw new Error('another key');
  const extension = (id, type) => (extensions.has(id) ? strict(extensions.get(id).extnValue.buffer, type) : undefined);
  extension(authorityKeyIdentifier, AuthorityKeyIdentifier);
  const usage = extension(keyUsage, KeyUsage);
  if (usage && !isPadded(usage)) throw new Error('key usage');
  const names = [...(extension(subjectAlternativeName, SubjectAlternativeName) ?? [])];
  if (!names.every(({ uniformResourceIdentifier: uri }) => uri === undefined || isAddress(uri))) throw new Error('a name');
  return {
    certificate,
    der: textOf(new Uint8Array(der)),
    key: await crypto.subtle.importKey('spki', spki, p256, false, ['verify']),
    fingerprint: await digest(spki),
    issuer: hex(new Uint8Array(AsnConvert.serialize(tbs.issuer))),
    subject: hex(new Uint8Array(AsnConvert.serialize(tbs.subject))),
    notBefore: tbs.validity.notBefore.getTime().getTime(), // milliseconds since 1970
    notAfter: tbs.validity.notAfter.getTime().getTime(),
    critical: [...extensions.values()].filter((e) => e.critical).map((e) => e.extnID),
    constraints: extension(basicConstraints, BasicConstraints),
    usage: usage?.toJSON() ?? [],
    purposes: [...(extension(extendedKeyUsage, ExtendedKeyUsage) ?? [])],
    names,
  };
}

// The library reads these less strictly than Go's crypto/x509.
const isText = ({ printableString, utf8String }) => utf8String !== undefined || /^[A-Za-z0-9 '()+,./:=?*&-]*$/.test(printableString ?? '!');
const isAddress = (uri) => /^[\x21-\x7e]*$/.test(uri) && isReference(uri) && /^[^:]+:(?:\/\/[A-Za-z0-9._~!$&'()*+,;=<>"-]+(?::\d*)?(?:[/?#]|$)|(?!\/\/))/.test(uri);
const isPadded = (bits) => (new Uint8Array(bits.value).at(-1) & ((1 << bits.unusedBits) - 1)) === 0;

const isExactly = (list, only) => list.length === 1 && list[0] === only;

// Returns whether the key of a certificate signed another one, by ECDSA with SHA-256.
async function isSignedBy({ certificate }, { key }) {
  const { r, s } = AsnConvert.parse(certificate.signatureValue, ECDSASigValue);
  const signature = new Uint8Array(64);
  for (const [integer, end] of [[r, 32], [s, 64]]) {
    const bytes = new Uint8Array(integer);
    const digits = bytes.subarray(bytes.findIndex((b) => b !== 0));
    if (digits.length > 32) return false;
    signature.set(digits, end - digits.length);
  }
  return verifies(key, signature, certificate.tbsCertificateRaw);
}

// Returns whether a key signed bytes (ES256). The signature is R and S, of 32 bytes each; any
// other size does not verify.
export const verifies = (key, signature, bytes) => crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, bytes);

// Reads the fingerprint of a root as people write it, with capitals, blanks or colons, with
// or without sha256. Returns sha256: and 64 lower-case digits, or undefined for any other
// text.
export function fingerprintIn(text) {
  const digits = text.replace(/[\p{White_Space}:]/gu, '').toLowerCase().replace(/^sha256/, '');
  return /^[0-9a-f]{64}$/.test(digits) ? `sha256:${digits}` : undefined;
}

// Reads PEM root certificates (RFC 7468), or one in DER. Throws if one is no root of consent
// receipts.
export async function parseRoots(content) {
  if (content[0] === 0x30) return [await parseRoot(content)];
  const text = textOf(content);
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)];
  if (text.split('-----BEGIN').length - 1 !== blocks.length) throw new Error('a block that cannot be read');
  if (blocks.length === 0 && text !== '') throw new Error('no PEM certificate');
  return Promise.all(blocks.map(([, body]) => parseRoot(fromBase64(body.replaceAll(/[ \t\r\n]/g, '')))));
}

async function parseRoot(der) {
  const root = await read(der);
  const { cA, pathLenConstraint } = root.constraints ?? {};
  if (!cA || pathLenConstraint !== 0 || !isExactly(root.usage, 'keyCertSign') || !(await isSignedBy(root, root))) {
    throw new Error('not a root of consent receipts');
  }
  return root;
}

// Reads a leaf: refused unless it is exactly such a certificate as an authority
// makes. One of the roots, by their names, must have certified it if they are trusted.
export async function parseLeaf(der, roots, trusted) {
  let leaf;
  try {
    leaf = await read(der);
  } catch (e) {
    refuse('leaf', e.message);
  }
  const algorithm = leaf.certificate.signatureAlgorithm.algorithm;
  if (algorithm !== ecdsaWithSHA256 || leaf.certificate.tbsCertificate.signature.algorithm !== algorithm) refuse('leaf', algorithm);
  if (leaf.constraints === undefined || leaf.constraints.cA) refuse('leaf', 'CA');
  const unknown = leaf.critical.find((id) => !understood.includes(id));
  if (unknown) refuse('leaf', unknown);
  if (!isExactly(leaf.usage, 'digitalSignature')) refuse('leaf-usage', leaf.usage.join(' '));
  if (!isExactly(leaf.purposes, documentSigning)) refuse('leaf-usage', leaf.purposes.join(' '));
  const uris = leaf.names.map((n) => n.uniformResourceIdentifier).filter((uri) => uri !== undefined);
  const others = leaf.names.filter((n) => n.dNSName !== undefined || n.rfc822Name !== undefined || n.iPAddress !== undefined);
  if (uris.length !== 1 || others.length > 0) refuse('leaf-name', `${uris.length + others.length}`);
  if (leaf.notAfter - leaf.notBefore > maxLeafLifetime) refuse('leaf-time');
  const root = await certifier(leaf, roots.get(leaf.issuer) ?? []);
  if (!root && trusted) refuse('chain', 'leaf');
  return { ...leaf, root, uri: uris[0] };
}

// The path length is 0, so the chain is this one step.
async function certifier(leaf, roots) {
  for (const root of roots) {
    if (await isSignedBy(leaf, root).catch(() => false)) return root;
  }
  return undefined;
}
