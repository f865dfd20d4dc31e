import texts from 'words';

export const languages = Object.keys(texts);

// The words of the page in one language. It writes dates, periods and lists as the Go package
// wording does.
export class Words {
  constructor(wanted) {
    const base = wanted.split('-')[0];
    this.language = [wanted, base, 'en'].find((l) => l in texts);
    this.texts = texts[this.language];
  }

  has(key) {
    return Object.hasOwn(this.texts, key);
  }

  // The text of a key with each {name} replaced; the key itself if it has no text.
  say(key, values = {}) {
    return (this.has(key) ? this.texts[key] : key).replace(/\{([a-z]+)\}/g, (whole, name) => values[name] ?? whole);
  }

  // The word for an identifier of a kind, or the identifier itself.
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

  // The text with a capital letter at its beginning.
  upper(text) {
    const [first = ''] = text;
    return first.toUpperCase() + text.slice(first.length);
  }

  // The same as nodes. Values may be nodes.
  nodes(key, values) {
    return this.say(key).split(/\{([a-z]+)\}/).map((part, i) => (i % 2 === 0 ? part : values[part] ?? ''));
  }

  // A list of nodes.
  listed(items) {
    const joined = (some) => some.flatMap((item, i) => (i === 0 ? [item] : [', ', item]));
    return items.length < 2 ? items : this.nodes('list', { first: joined(items.slice(0, -1)), last: items.at(-1) });
  }

  // Joins texts that others wrote, each in quotation marks: they begin with a capital letter, and
  // here they stand amid a sentence.
  quoted(texts) {
    return this.listed(texts.map((text) => this.nodes('quoted', { text })));
  }

  // The words with times in a time zone (an IANA name). Each time of day names the zone's
  // city. If the zone is unknown, times are in UTC.
  inZone(name) {
    if (!name) return this;
    const zoned = Object.create(this);
    try {
      zoned.format = new Intl.DateTimeFormat('en-US', {
        timeZone: name, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
      });
      zoned.city = name.split('/').at(-1).replaceAll('_', ' ');
    } catch {} // the browser does not know the zone
    return zoned;
  }

  // A moment as {date, time} in the zone, such as 2026-11-23 and 14:05:00.
  local(t) {
    if (!this.format) return { date: t.toISOString().slice(0, 10), time: t.toISOString().slice(11, 19) };
    const { year, month, day, hour, minute, second } = Object.fromEntries(this.format.formatToParts(t).map((p) => [p.type, p.value]));
    return { date: `${year}-${month}-${day}`, time: `${hour}:${minute}:${second}` };
  }

  // A civil date in the zone.
  date(t) {
    return this.day(this.local(t).date);
  }

  // A civil date, given as 2006-01-02.
  day(text) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
    const t = new Date(text);
    const month = this.say('date.months').split('|')[t.getUTCMonth()];
    return this.say('date.day', { day: t.getUTCDate(), month, year: t.getUTCFullYear() });
  }

  moment(t) {
    const { date, time } = this.local(t);
    const city = this.city ?? 'UTC';
    return this.say(city === 'UTC' ? 'date.moment-utc' : 'date.moment', { date: this.day(date), time: time.slice(0, 5), city });
  }

  // An end, given as the first moment after it: midnight (in the zone, or else in UTC) is
  // written as the end of the day before.
  until(t) {
    const [date, city] = this.ending(t);
    return date ? this.say('date.end-of', { date, city }) : this.moment(t);
  }

  // The civil date of an end.
  lastDay(t) {
    return this.ending(t)[0] ?? this.date(t);
  }

  // The day that ends at a midnight, and the city of that midnight.
  ending(t) {
    const { date, time } = this.local(t);
    const before = (midnight) => this.day(new Date(midnight - 86400000).toISOString().slice(0, 10));
    if (time === '00:00:00') return [before(new Date(date)), this.city ?? 'UTC'];
    return t % 86400000 === 0 ? [before(t), 'UTC'] : [];
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
