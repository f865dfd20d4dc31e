// A verdict with its precise reason: the codes of docs/receipt-format.md. The
// detail says where, in a few characters that need no language.
export class Refusal extends Error {
  constructor(code, detail = '') {
    super(detail ? `${code}: ${detail}` : code);
    this.code = code;
    this.detail = detail;
  }
}

export function refuse(code, detail) {
  throw new Refusal(code, detail);
}
