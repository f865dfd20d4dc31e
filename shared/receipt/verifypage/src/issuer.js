import { bytesOf } from './base64.js';
import { parseRoots } from './certificate.js';

// The issuer that serves this page, {domain, roots}. It writes its domain and its roots (PEM)
// into the block at the end of the page. The roots count only at that domain: a saved copy,
// or one that somebody else serves, vouches for nobody, whatever its block contains.
export async function servedBy(text, host) {
  const { domain, roots } = JSON.parse(text);
  if (!domain || domain !== host) return undefined;
  const found = await parseRoots(bytesOf(roots));
  return found.length > 0 ? { domain, roots: found } : undefined;
}

// Whether there is something signed, and all of it by somebody whom the given roots do not vouch for.
export function isForeign({ results, lists, manifests }) {
  const signed = [...results, ...lists, ...manifests];
  return signed.length > 0 && signed.every(({ refusal }) => refusal?.code === 'chain' && refusal.detail === 'leaf');
}
