// The words of one language, and periods and dates in it.
import english from '../../wording/en/consentoffer.json';

const pattern = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/;

// Reads an ISO 8601 duration of years, months, weeks and days.
const parts = (period) => {
  const [, years, months, weeks, days] = pattern.exec(period) ?? [];
  return { year: +(years ?? 0), month: +(months ?? 0), week: +(weeks ?? 0), day: +(days ?? 0) };
};

// The last whole day of a consent of that period from a day on, both YYYY-MM-DD: a month that is
// too short ends it on its last day.
export function lastDay(first, period) {
  const from = new Date(first), { year, month, week, day } = parts(period);
  const at = (days) => new Date(Date.UTC(from.getUTCFullYear() + year, from.getUTCMonth() + month, days));
  const longest = new Date(Date.UTC(from.getUTCFullYear() + year, from.getUTCMonth() + month + 1, 0)).getUTCDate();
  return at(Math.min(from.getUTCDate(), longest) + 7 * week + day - 1).toISOString().slice(0, 10);
}

// The day YYYY-MM-DD of a moment in a time zone.
export const dayIn = (timeZone, moment) => new Intl.DateTimeFormat('sv', { timeZone }).format(moment);

// The last day YYYY-MM-DD before an end: a midnight in the zone, or of an old one in UTC, ends the
// day before.
export function endDay(timeZone, end) {
  const at = +new Date(end), zone = [timeZone, 'UTC'].find((z) => dayIn(z, at) !== dayIn(z, at - 1));
  return zone ? dayIn(zone, at - 1) : dayIn(timeZone, at);
}

export class Words {
  // Takes the API's answer. What that does not have is English.
  constructor({ language = 'en', dir = 'ltr', quoted = '“{text}”', texts } = {}) {
    Object.assign(this, { language, dir, quoted, texts: { ...english, ...texts } });
  }

  // Says a text; {names} in it are replaced. Every key begins with "offer.", which is left out.
  say(key, values = {}) {
    return this.texts[`offer.${key}`].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  list(items) {
    return new Intl.ListFormat(this.language).format(items);
  }

  // "12 months", "1 year and 6 months"
  period(period) {
    const said = Object.entries(parts(period)).filter(([, n]) => n)
      .map(([unit, n]) => new Intl.NumberFormat(this.language, { style: 'unit', unit, unitDisplay: 'long' }).format(n));
    return this.list(said);
  }

  // "at most once a day"
  every(period) {
    const key = `every.${period}`;
    return this.say(`offer.${key}` in this.texts ? key : 'every', { period: this.period(period) });
  }

  // "22 November 2027", of a date YYYY-MM-DD
  day(date) {
    return new Intl.DateTimeFormat(this.language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date));
  }

  // The text of the catalogue in the language of the offer.
  of(text, catalogue) {
    return [this.language, ...catalogue.languages].map((language) => text[language]).find(Boolean);
  }
}
