import texts from 'words';

export const languages = Object.keys(texts);

// The words of the page in one language, and how it says dates, periods and
// lists: as the Go package wording does.
export class Words {
  constructor(wanted) {
    const base = wanted.split('-')[0];
    this.language = [wanted, base, 'en'].find((l) => l in texts);
    this.texts = texts[this.language];
  }

  has(key) {
    return Object.hasOwn(this.texts, key);
  }

  // The text of a key with each {name} replaced. A key without a text stands for itself.
  say(key, values = {}) {
    return (this.has(key) ? this.texts[key] : key).replace(/\{([a-z]+)\}/g, (whole, name) => values[name] ?? whole);
  }

  // An identifier of a kind, in words; one that has none stands for itself.
  term(kind, id) {
    return this.has(`${kind}.${id}`) ? this.texts[`${kind}.${id}`] : `${id}`;
  }

  count(key, n) {
    return this.say(n === 1 ? `${key}.one` : `${key}.other`, { n });
  }

  list(items) {
    if (items.length < 2) return items.join('');
    return this.say('list', { first: items.slice(0, -1).join(', '), last: items.at(-1) });
  }

  // A civil date in UTC.
  date(t) {
    const month = this.say('date.months').split('|')[t.getUTCMonth()];
    return this.say('date.day', { day: t.getUTCDate(), month, year: t.getUTCFullYear() });
  }

  day(text) {
    return /^\d{4}-\d{2}-\d{2}$/.test(text) ? this.date(new Date(text)) : text;
  }

  moment(t) {
    return this.say('date.moment', { date: this.date(t), time: t.toISOString().slice(11, 16) });
  }

  // An end is the first moment after: midnight is the end of the day before.
  until(t) {
    if (t % 86400000 === 0) return this.say('date.end-of', { date: this.date(new Date(t - 86400000)) });
    return this.moment(t);
  }

  // A calendar duration of ISO 8601, such as P12M; undefined for any other text.
  period(text) {
    const [found, years, months, weeks, days] = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/.exec(text) ?? [];
    if (!found || found === 'P') return undefined;
    const parts = Object.entries({ year: +(years ?? 0), month: +(months ?? 0), day: 7 * (weeks ?? 0) + +(days ?? 0) });
    const said = parts.filter(([, n]) => n > 0).map(([unit, n]) => this.count(`period.${unit}`, n));
    return said.length > 0 ? this.list(said) : this.count('period.day', 0);
  }
}
