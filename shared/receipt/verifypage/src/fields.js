import { quoted, terms } from './element.js';

// Members with words of somebody other than the controller, and the members of an authority
// that the service states itself, as in the Go package page.
const others = new Set(['authentication', 'authority', 'claimed', 'copied', 'id']);
const facts = new Set(['case', 'law', 'party', 'protocol']);

// Members of the evidence that are stated for systems.
const coded = new Set(['acr', 'offer']);

// Lays out a JSON object of an actor or of evidence in its own order, as rows. It leaves out no
// member but those that only systems read, as the Go package page does.
export function fields(object, names) {
  const { words } = names;
  const own = { theirs: false, named: false }; // whether somebody else wrote the words, and chose the members' names

  function value(name, v, by) {
    if (others.has(name)) by = { theirs: true, named: name === 'authority' };
    if (Array.isArray(v)) return list(name, v, by);
    if (v !== null && typeof v === 'object') return terms('facts', rows(v, by));
    if (typeof v === 'string') return text(name, v, by);
    if (by.named) return quoted(`${v}`);
    return name === 'auth_time' && Number.isInteger(v) ? words.moment(new Date(v * 1000)) : words.term('value', v);
  }

  function list(name, values, by) {
    if (values.length === 0) return words.say('value.none');
    if (typeof values[0] === 'object') return terms('facts', values.map((v, i) => [`${i + 1}`, terms('facts', rows(v, by))]));
    const said = values.map((v) => (typeof v === 'string' ? text(name, v, by) : `${v}`));
    const words = said.filter((one) => typeof one === 'string').join(', ');
    return [words, ...said.filter((one) => typeof one !== 'string')].filter(Boolean);
  }

  function text(name, s, { theirs, named }) {
    if (named) return quoted(s);
    const said = words.term(`value.${name}`, s);
    if (said !== s) return said;
    return theirs ? quoted(s) : s;
  }

  const label = (name, { named }) => (named && !facts.has(name) ? `"${name}"` : words.term('field', name));
  const rows = (o, by) => Object.entries(o).filter(([name]) => by.named || !coded.has(name)).map(([name, v]) => [label(name, by), value(name, v, by)]);

  return rows(object, own);
}
