// Issues or verifies with the npm package @sd-jwt/core, as the JSON on standard
// input asks.
import { createHash, randomBytes, subtle } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { SDJwtInstance } from '@sd-jwt/core';

const task = JSON.parse(await text(process.stdin));
const curve = { name: 'ECDSA', namedCurve: 'P-256' };
const algorithm = { name: 'ECDSA', hash: 'SHA-256' };

// instance speaks SD-JWT with one key.
async function instance({ d, ...publicKey }) {
  const verifying = await subtle.importKey('jwk', publicKey, curve, true, ['verify']);
  const signing = d && (await subtle.importKey('jwk', { d, ...publicKey }, curve, true, ['sign']));
  return new SDJwtInstance({
    signAlg: 'ES256',
    signer: async (data) => Buffer.from(await subtle.sign(algorithm, signing, Buffer.from(data))).toString('base64url'),
    verifier: (data, signature) => subtle.verify(algorithm, verifying, Buffer.from(signature, 'base64url'), Buffer.from(data)),
    hashAlg: 'sha-256',
    hasher: (data) => new Uint8Array(createHash('sha256').update(typeof data === 'string' ? data : Buffer.from(data)).digest()),
    saltGenerator: () => randomBytes(16).toString('base64url'),
  });
}

async function accepts({ sd_jwt, key }) {
  try {
    await (await instance(key)).verify(sd_jwt);
  } catch {
    return false;
  }
  return true;
}

if (task.op === 'accept') {
  const accepted = [];
  for (const one of task.all) accepted.push(await accepts(one));
  process.stdout.write(JSON.stringify({ accepted }));
} else if (task.op === 'verify') {
  const { payload } = await (await instance(task.key)).verify(task.sd_jwt);
  process.stdout.write(JSON.stringify({ payload }));
} else {
  const frame = {};
  for (const name of task.arrays) {
    if (task.claims[name].length > 0) frame[name] = { _sd: task.claims[name].map((_, i) => i) };
  }
  process.stdout.write(JSON.stringify({ sd_jwt: await (await instance(task.key)).issue(task.claims, frame, { header: task.header }) }));
}
