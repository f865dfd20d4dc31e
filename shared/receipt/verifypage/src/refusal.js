// A verdict with its precise reason: the codes of docs/receipt-format.md. The
// detail says where, in a few characters that need no language. It is no Error: a trace of
// the stack for each of 100,000 lines that are no receipts would take most of the time.
export class Refusal {
  constructor(code, detail = '') {
    this.message = detail ? `${code}: ${detail}` : code;
    this.code = code;
    this.detail = detail;
  }
}

export function refuse(code, detail) {
  throw new Refusal(code, detail);
}
