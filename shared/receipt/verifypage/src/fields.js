import { link, terms } from './element.js';

// Lays out a JSON object in its own order, so that nothing that it states is left
// out: as the Go package page does.
export function fields(object, names) {
  const { words } = names;

  function value(name, v) {
    if (Array.isArray(v)) return list(name, v);
    if (v !== null && typeof v === 'object') {
      return name === 'party_address' ? Object.values(v).join(', ') : terms('fields', rows(v));
    }
    return typeof v === 'string' ? text(name, v) : words.term('value', v);
  }

  function list(name, values) {
    if (values.length === 0) return words.say('value.none');
    if (typeof values[0] !== 'object') return values.map((v) => (typeof v === 'string' ? text(name, v) : `${v}`)).join(', ');
    if (values.length === 1) return terms('fields', rows(values[0]));
    return terms('fields', values.map((v, i) => [`${i + 1}`, terms('fields', rows(v))]));
  }

  function text(name, s) {
    const said = words.term(`value.${name}`, s);
    if (said !== s) return said;
    if (/^\d{4}-\d{2}-\d{2}T[\d:]+Z$/.test(s)) return name === 'validity_duration' ? words.until(new Date(s)) : words.moment(new Date(s));
    const period = words.period(s);
    return period ? `${period} (${s})` : link(s);
  }

  const rows = (o) => Object.entries(o).map(([name, v]) => [words.term('field', name), value(name, v)]);

  return terms('fields', rows(object));
}
