// A verdict with its precise reason: the codes of docs/receipt-format.md. The
// detail says where, in a few characters that need no language. It is no Error: a file may
// have many, and a trace of each would be the most of the work.
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
