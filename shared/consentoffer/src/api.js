// The requests to the API. The token is asked of the page before each, is kept nowhere, and
// goes into the Authorization header alone.

const patience = 30_000; // milliseconds until a request counts as lost

// Refused is an answer other than a success, or none: then the status is 0.
export class Refused extends Error {
  constructor(status, problem = {}) {
    super(problem.title);
    this.status = status;
    this.problem = problem;
    this.refused = status >= 400 && status < 500; // a definite no: nothing was done
    this.type = /[^/]*$/.exec(problem.type ?? '')[0];
  }
}

export class API {
  // base is the address of the API without a slash at the end; getToken returns an access token.
  constructor(base, getToken) {
    this.base = base;
    this.getToken = getToken;
  }

  async #fetch(path, options) {
    try {
      return await fetch(this.base + path, { credentials: 'omit', signal: AbortSignal.timeout(patience), ...options });
    } catch {
      throw new Refused(0);
    }
  }

  // Sends a request as the person, once more with another token if the first is refused, and
  // returns the answer.
  async ask(path, { headers = {}, ...options } = {}) {
    let answer;
    for (const refused of [false, true]) {
      const token = await (async () => this.getToken({ refused }))().catch(() => ''); // the page's function may fail
      if (!token) throw new Refused(401);
      answer = await this.#fetch(path, { ...options, headers: { ...headers, Authorization: `Bearer ${token}` } });
      if (answer.status !== 401) break;
    }
    if (answer.ok) return answer;
    throw new Refused(answer.status, await answer.json().catch(() => ({})));
  }

  // Gets the words of the element in a language. They are public.
  async words(language) {
    const answer = await this.#fetch(`/v1/consent-offer?${new URLSearchParams({ language })}`);
    if (!answer.ok) throw new Refused(answer.status);
    return this.#json(answer);
  }

  // Gets an offer, the catalogue that it cites, and the lines of what stands today.
  async offer(purposes, language) {
    const query = new URLSearchParams([...purposes.map((purpose) => ['purpose', purpose]), ['language', language]]);
    const offer = await this.#json(await this.ask(`/v1/offers?${query}`));
    const catalogue = await this.#fetch(`/v1/catalogue/${offer.catalogue}`);
    if (!catalogue.ok) throw new Refused(catalogue.status);
    const { lines } = await this.#json(await this.ask('/v1/standing'));
    return { ...offer, terms: await this.#json(catalogue), lines };
  }

  // Sends the choices. The same choices again bring the same receipt.
  async answer(offer, choices) {
    return this.#json(await this.ask('/v1/opt-in', {
      method: 'POST', body: JSON.stringify({ offer: offer.offer, choices }),
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': offer.offer_id },
    }));
  }

  // Gets a receipt as a PDF.
  async paper(seq, language) {
    const answer = await this.ask(`/v1/receipts/${seq}?${new URLSearchParams({ format: 'pdf', language })}`);
    return answer.blob().catch(() => { throw new Refused(0); });
  }

  async #json(answer) {
    return answer.json().catch(() => { throw new Refused(0); });
  }
}
