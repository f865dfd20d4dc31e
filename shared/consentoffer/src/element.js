// <consent-offer>: puts the questions of an offer before a person, one at a time, sends the
// answers, and hands the receipt to the page around it.
//
//   attribute api        the address of the API: https://consent.bank.example
//   attribute purposes   which purposes to ask about, separated by blanks; without it, all that may be asked now
//   attribute lang       of the element or around it: the language. It may change: the answers stay
//   property  getToken   a function that returns an access token, or a promise of one; it gets
//                        {refused: true} when the last one was refused. Setting it begins.
//
// Events, which bubble: consent-receipt {receipt, seq, digest}, consent-expired {type},
// consent-error {status, type}, consent-closed {sent}.
import style from './style.css';
import { API, Refused } from './api.js';
import { Question } from './terms.js';
import { Words, dayIn, lastDay } from './words.js';
import * as views from './views.js';

// Problems after which the offer cannot be answered any more, and another one can.
const replaced = ['offer-stale', 'offer-expired', 'offer-invalid', 'idempotency-mismatch'];

const sheet = new CSSStyleSheet();
sheet.replaceSync(style);

const none = () => ({ answer: '', data: [], until: '' });

class ConsentOffer extends HTMLElement {
  #root = this.attachShadow({ mode: 'open' });
  #api;
  #words;
  #language; // of the page around the element when the words were last taken
  #offer;
  #questions;
  #given; // an answer for each question
  #at; // the question that is shown; their number: all answers; undefined: something else is shown
  #getToken;
  #begun;
  #sent = false; // undefined while it is not known whether the answers have arrived

  connectedCallback() {
    if (Object.hasOwn(this, 'getToken')) { // it was set before this script was there
      const early = this.getToken;
      delete this.getToken;
      this.getToken = early;
    }
    this.#start();
  }

  get getToken() {
    return this.#getToken;
  }

  set getToken(get) {
    this.#getToken = get;
    this.#start();
  }

  // Begins once: an element that is moved keeps its answers.
  #start() {
    if (this.#api || !this.isConnected || !this.#getToken) return;
    this.#root.adoptedStyleSheets = [sheet];
    new MutationObserver(() => this.#translate()).observe(document, { subtree: true, attributeFilter: ['lang'] });
    this.#api = new API(this.getAttribute('api').replace(/\/$/, ''), (state) => this.#getToken(state));
    const language = this.#around();
    this.#speak(language).catch(() => { this.#words = new Words(); this.#language = language; }).then(() => this.#ask());
  }

  // The language of the page around the element.
  #around() {
    return this.closest('[lang]')?.lang ?? '';
  }

  // Whether the page around has another language by now.
  #turned() {
    return this.isConnected && this.#around() !== this.#language;
  }

  // Takes the words of a language, or of the nearest that there is.
  async #speak(language) {
    this.#words = new Words(await this.#api.words(language));
    this.#language = language;
  }

  // Shows the same in another language. An offer has one language, so there is a new one; but not
  // while it is not known whether the answers have arrived: to the same offer they count once.
  #translate() {
    if (this.#sent === undefined || this.#at === undefined || !this.#turned()) return;
    this.#take();
    this.#ask('', this.#at, this.#around());
  }

  #say(key, values) {
    return this.#words.say(key, values);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`consent-${name}`, { detail, bubbles: true }));
  }

  // Shows a view. The focus goes to its heading, except for the first one: the person is
  // elsewhere on the page then.
  #show(view, at) {
    this.#at = at;
    const section = document.createElement('section');
    Object.assign(section, { lang: this.#words.language, dir: this.#words.dir });
    section.append(...view.filter(Boolean));
    this.#root.replaceChildren(section);
    if (this.#begun) section.querySelector('[tabindex]').focus();
    this.#begun ||= section.querySelector('h2');
  }

  // Does something with the API, and shows what went wrong: then `retry` is tried again. Only what
  // sends answers has a way back.
  async #attempt(work, retry, back) {
    this.#show(views.waiting(this.#words));
    try {
      await work();
    } catch (error) {
      const why = error instanceof Refused ? error : new Refused(); // a fault of this script, or an answer that it does not expect
      this.#tell('error', { status: why.status, type: why.type });
      if (back && !why.refused) this.#sent = undefined;
      const sent = back && (this.#sent === undefined ? 'unsure' : 'refused');
      this.#show(views.failed(this.#words, why, { sent, again: retry, back, close: () => this.#close() }));
    }
  }

  // Gets an offer. `notice` says what became of an earlier one; `at` is where that one was left, and
  // its answers go along if they are to the same terms.
  #ask(notice, at, language = this.#language) {
    return this.#attempt(async () => {
      if (language !== this.#language) await this.#speak(language);
      const purposes = (this.getAttribute('purposes') ?? '').split(/\s+/).filter(Boolean);
      const offer = await this.#api.offer(purposes, this.#words.language);
      if (this.#turned()) { // while it loaded: the last language counts
        await this.#ask(notice, at, this.#around());
        return;
      }
      if (offer.catalogue !== this.#offer?.catalogue) at = undefined;
      const before = new Map(at === undefined ? [] : this.#questions.map((q, i) => [q.id, this.#given[i]]));
      if (offer.language !== this.#words.language) this.#words = new Words(await this.#api.words(offer.language));
      this.#offer = offer;
      this.#questions = offer.items.map((item) => new Question(this.#words, offer, item));
      this.#given = this.#questions.map((q) => before.get(q.id) ?? none());
      if (!offer.items.length) this.#show(views.nothing(this.#words, () => this.#close()));
      else if (at >= offer.items.length) this.#review();
      else this.#question(at ?? 0, { notice: notice && { title: this.#say('replaced'), hint: notice } });
    }, () => this.#ask(notice, at, language));
  }

  // Puts a question, and then goes to the next one, or back to the overview that it was changed from.
  #question(i, { notice, next = () => this.#after(i), back = i > 0 && (() => this.#question(i - 1)) } = {}) {
    const q = this.#questions[i], answer = this.#given[i];
    const here = { notice, next, back };
    const send = (form, complain) => {
      this.#take();
      if (!answer.answer) complain(this.#say('error.answer'));
      else if (answer.answer === 'yes' && !q.chosen(answer).length) complain(this.#say('error.data'));
      else if (answer.answer === 'no' && answer.data.length) this.#asked(i, here);
      else next();
    };
    const skip = () => { this.#given[i] = none(); next(); };
    this.#show(views.question(this.#words, q, { n: i + 1, all: this.#questions.length, answer, notice }, { send, back, skip, leave: () => this.#close() }), i);
  }

  // Takes what is filled in on the view.
  #take() {
    const form = this.#root.querySelector('form'), data = new FormData(form);
    if (form.querySelector('[name=answer]')) Object.assign(this.#given[this.#at], { answer: data.get('answer') ?? '', data: data.getAll('data') });
    for (const [i, answer] of this.#given.entries()) answer.until = data.get(`until-${i}`) ?? answer.until;
  }

  #after(i) {
    if (i + 1 < this.#questions.length) this.#question(i + 1);
    else this.#review();
  }

  #asked(i, here) {
    const answer = this.#given[i];
    const send = (form, complain) => {
      const meant = form.get('meant');
      if (!meant) return complain(this.#say('asked.question'));
      answer.answer = meant;
      if (meant === 'no') answer.data = [];
      here.next();
    };
    this.#show(views.asked(this.#words, this.#questions[i], answer, { send, back: () => this.#question(i, here) }), i);
  }

  #review() {
    const first = dayIn(this.#offer.terms.data_requests.timezone), last = (q) => lastDay(first, q.valid);
    const review = () => this.#review();
    const send = (form, complain) => {
      this.#take();
      for (const [i, q] of this.#questions.entries()) {
        const { until } = this.#given[i];
        if (until && (until < first || until > last(q))) return complain(this.#say('error.date', { from: this.#words.day(first), to: this.#words.day(last(q)) }));
      }
      const choices = this.#questions.flatMap((q, i) => (this.#given[i].answer ? [q.choice(this.#given[i])] : []));
      if (!choices.length) return complain(this.#say('unanswered'));
      this.#send(choices);
    };
    const change = (i) => this.#question(i, { next: review, back: review });
    this.#show(views.review(this.#words, this.#questions, this.#given, { unsure: this.#sent === undefined, send, change, leave: () => this.#close(), days: { first, last } }), this.#questions.length);
  }

  // Sends the choices, once more the very same if no answer came.
  #send(choices) {
    return this.#attempt(async () => {
      let answer;
      try {
        answer = await this.#api.answer(this.#offer, choices);
      } catch (error) {
        if (!replaced.includes(error.type)) throw error;
        this.#tell('expired', { type: error.type });
        await this.#ask(this.#became(error.type));
        return;
      }
      const { receipt, seq, digest } = answer;
      this.#sent = true;
      this.#show(views.done(this.#words, seq, { save: () => this.#save(seq), close: () => this.#close() }));
      this.#tell('receipt', { receipt, seq, digest });
    }, () => this.#send(choices), () => this.#review());
  }

  // Says what became of the answers to an offer that is replaced. The service looks for what was
  // recorded before it looks at anything but the signature of the offer.
  #became(problem) {
    if (problem === 'idempotency-mismatch') {
      this.#sent = true;
      return this.#say('replaced.recorded');
    }
    if (problem !== 'offer-invalid') this.#sent = false;
    return `${this.#say('replaced.hint')} ${this.#say(this.#sent === undefined ? 'unsure' : 'refused')}`;
  }

  async #save(seq) {
    const error = this.#root.querySelector('#error');
    error.textContent = '';
    try {
      const href = URL.createObjectURL(await this.#api.paper(seq, this.#words.language));
      Object.assign(document.createElement('a'), { href, download: `receipt-${seq}.pdf` }).click();
      URL.revokeObjectURL(href);
    } catch {
      error.textContent = this.#say('failed');
    }
  }

  #close() {
    this.#at = undefined;
    this.#root.replaceChildren();
    this.#tell('closed', { sent: this.#sent });
  }
}

customElements.define('consent-offer', ConsentOffer);
