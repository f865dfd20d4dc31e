// The verdicts, the best first: those of `receipt verify`.
const order = ['no-receipt', 'genuine', 'genuine-not-contiguous', 'consistent', 'ambiguous', 'refused', 'changed'];

// The verdict of all together. What is no receipt makes nothing worse.
export const worst = (verdicts) => verdicts.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a), 'no-receipt');

export const passed = (verdict) => ['genuine', 'genuine-not-contiguous', 'consistent'].includes(verdict);

// The codes of what is not what was signed. All others are about who signed it, or what.
const ofChange = ['size', 'form', 'base64', 'json', 'duplicate', 'key-binding', 'signature', 'disclosure'];

// The verdict on what was signed once, and is refused.
export const ofSigned = ({ code }) => (ofChange.includes(code) ? 'changed' : 'refused');

// The verdict on a text that is refused as a receipt.
export function ofText(raw, refusal) {
  if (!raw.startsWith('eyJ')) return 'no-receipt';
  return raw.includes('~') ? ofSigned(refusal) : 'refused';
}
