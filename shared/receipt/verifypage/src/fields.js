import { link, quoted, terms } from './element.js';

// Members with words of somebody other than the controller, and the members of an authority
// that the service states itself, as in the Go package page.
const others = new Set(['authentication', 'authority', 'claimed', 'copied', 'id']);
const facts = new Set(['case', 'law', 'party', 'protocol']);

// Members that name a party by its id. The same record also has the party's name.
const partyIDs = new Set(['pii_controllers', 'recipient_third_parties', 'authority_party']);

// Lays out a JSON object in its own order and never leaves out a member, as the Go package
// page does.
export function fields(object, names) {
  const { words } = names;
  const own = { theirs: false, named: false }; // whether somebody else wrote the words, and chose the members' names

  function value(name, v, by) {
    if (others.has(name)) by = { theirs: true, named: name === 'authority' };
    if (Array.isArray(v)) return list(name, v, by);
    if (v !== null && typeof v === 'object') {
      return name === 'party_address' || name === 'address' ? Object.values(v).join(', ') : terms('fields', rows(v, by));
    }
    if (typeof v === 'string') return text(name, v, by);
    return by.named ? quoted(`${v}`) : words.term('value', v);
  }

  function list(name, values, by) {
    if (values.length === 0) return words.say('value.none');
    if (typeof values[0] !== 'object') {
      const said = values.map((v) => (typeof v === 'string' ? text(name, v, by) : `${v}`));
      return by.theirs ? said : said.join(', ');
    }
    if (values.length === 1) return terms('fields', rows(values[0], by));
    return terms('fields', values.map((v, i) => [`${i + 1}`, terms('fields', rows(v, by))]));
  }

  function text(name, s, { theirs, named }) {
    if (named) return quoted(s);
    if (partyIDs.has(name)) return names.party(s);
    const said = words.term(`value.${name}`, s);
    if (said !== s) return said;
    if (theirs) return quoted(s);
    if (/^\d{4}-\d{2}-\d{2}T[\d:]+Z$/.test(s)) return name === 'validity_duration' ? words.until(new Date(s)) : words.moment(new Date(s));
    const period = words.period(s);
    return period ? `${period} (${s})` : link(s);
  }

  const label = (name, { named }) => (named && !facts.has(name) ? `"${name}"` : words.term('field', name));
  const rows = (o, by) => Object.entries(o).map(([name, v]) => [label(name, by), value(name, v, by)]);

  return terms('fields', rows(object, own));
}
