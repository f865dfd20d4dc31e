// What an offer's questions say, in words.
import { endDay } from './words.js';

// A question of an offer, in the words of its language.
export class Question {
  constructor(words, offer, item) {
    Object.assign(this, item, {
      words, id: `${item.purpose} ${item.recipient}`, terms: offer.terms, today: offer.lines.find((l) => l.purpose === item.purpose && l.recipient === item.recipient), noticeText: offer.notices.find((n) => n.digest === item.notice)?.text,
    });
    this.required = item.data.filter((d) => d.necessity === 'required');
    this.optional = item.data.filter((d) => d.necessity !== 'required');
    this.period = words.period(item.valid);
  }

  // The five lines: who gets what, why, how far back, how long, how to stop.
  facts() {
    const { words: w, recipient_name: recipient, required } = this;
    const kept = w.period(this.retention.recipient);
    return [
      ['who', required.length ? w.say('who.gets', { recipient, data: this.labels(required) }) : w.say('who.ticked', { recipient })],
      ['why', this.description],
      ['back', this.#access()],
      ['long', [w.say('long.valid', this), kept && w.say('long.kept', { kept })].filter(Boolean).join(' ')],
      ['stop', this.#stop()],
    ].map(([term, text]) => [w.say(term), text]);
  }

  // What the person allows today, or nothing if they never answered.
  stands() {
    const { words: w, today } = this;
    if (!today) return '';
    return today.in_force ? w.say('today.yes', { moment: w.day(endDay(this.terms.data_requests.timezone, today.until)) }) : w.say('today.none');
  }

  #access() {
    const { words: w, access } = this;
    const back = w.period(access.lookback) || w.say('back.none');
    return `${back}, ${access.kind === 'recurring' ? w.every(access.every) : w.say('once')}`;
  }

  #stop() {
    const { words: w, terms, recipient_name: recipient } = this;
    const { what, within } = terms.purposes[this.purpose].after_withdrawal;
    return [
      `${w.say('stop.here', { url: terms.withdrawal.url })}.`, w.of(terms.withdrawal.alternative, terms).replace(/(\d) (?=\d)/g, '$1\u00a0'),
      w.say(`after.${what}`, { recipient, period: w.period(within) }),
    ].join(' ');
  }

  // Lists labels amid a sentence, each in quotation marks.
  labels(data) {
    return this.words.list(data.map((d) => this.words.quoted.replace('{text}', () => d.label)));
  }

  // The data that a yes is about: those that the purpose needs, and the ticked ones.
  chosen(answer) {
    return this.data.filter((d) => d.necessity === 'required' || answer.data.includes(d.id));
  }

  ticked(answer) {
    return this.labels(this.optional.filter((d) => answer.data.includes(d.id)));
  }

  // The choice that the API gets (schema opt-in/1), of a yes or a no.
  choice(answer) {
    const { purpose, recipient } = this;
    if (answer.answer === 'no') return { purpose, recipient, answer: 'no' };
    return {
      purpose, recipient, answer: 'yes', data: this.chosen(answer).map((d) => d.id), ...(answer.until && { until: answer.until }),
    };
  }
}
