// Binary data in text. Decoding accepts only the canonical encoding.

export function bytesOf(latin1) {
  const bytes = new Uint8Array(latin1.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = latin1.charCodeAt(i);
  return bytes;
}

export const textOf = (bytes) => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode.apply(undefined, bytes.subarray(i, i + 0x8000));
  return text;
};

export const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');

// Canonical base64 (RFC 4648, 4); undefined for anything else.
export function fromBase64(text) {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? bytesOf(binary) : undefined;
  } catch {
    return undefined;
  }
}

// Canonical base64url without padding (RFC 4648, 5); undefined for anything else.
export function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return fromBase64(standard + '='.repeat((4 - (text.length % 4)) % 4));
}

export const toBase64url = (bytes) =>
  btoa(textOf(bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

// The SHA-256 of bytes or of an ASCII text.
export async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', typeof data === 'string' ? new TextEncoder().encode(data) : data));
}

export const digest = async (data) => `sha256:${hex(await sha256(data))}`;
