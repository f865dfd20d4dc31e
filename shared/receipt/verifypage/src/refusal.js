// A refusing verdict with its reason, one of the codes of docs/receipt-format.md. The detail
// gives the place in a few characters that need no translation. It does not extend Error: a
// file may have many refusals, and most of the work would go into stack traces.
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
