// The verdicts of `receipt verify`, the best first.
const order = ['no-receipt', 'genuine', 'genuine-not-contiguous', 'consistent', 'ambiguous', 'refused', 'changed'];

// The verdict on several files together. A file without a receipt does not make it worse.
export const worst = (verdicts) => verdicts.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a), 'no-receipt');

export const passed = (verdict) => ['genuine', 'genuine-not-contiguous', 'consistent'].includes(verdict);

// The codes that show that somebody changed a signed text. All other codes concern the signer
// or the kind of token.
const ofChange = ['size', 'form', 'base64', 'json', 'duplicate', 'key-binding', 'signature', 'disclosure'];

// The verdict on a signed text that was refused.
export const ofSigned = ({ code }) => (ofChange.includes(code) ? 'changed' : 'refused');

// The verdict on a text that was refused as a receipt.
export function ofText(raw, refusal) {
  if (!raw.startsWith('eyJ')) return 'no-receipt';
  return raw.includes('~') ? ofSigned(refusal) : 'refused';
}
