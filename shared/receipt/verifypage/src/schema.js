import { Numeral } from './json.js';

// Checks values of strictJSON against JSON Schemas (2020-12), as the Go package jsonschema does:
// the keywords that the published schemas have, in the same order. A schema becomes a function
// once, which takes a value and returns its first violation, {keyword, path}, or undefined.
// path has the names and indexes that lead to the value, the innermost first.

const violates = (keyword) => ({ keyword, path: [] });

function at(name, bad) {
  bad?.path.push(name);
  return bad;
}

function kindOf(value) {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (value instanceof Map) return 'object';
  return Array.isArray(value) ? 'array' : 'number';
}

const isInteger = (text) => text !== '-0' && !/[.eE]/.test(text);

// Two values are equal if they are written alike.
function written(value) {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Numeral) return value.text;
  return JSON.stringify(value, (_, v) => {
    if (v instanceof Map) return { members: [...v].sort(([a], [b]) => (a < b ? -1 : 1)) };
    return v instanceof Numeral ? { number: v.text } : v;
  });
}

const remarks = ['$schema', '$defs', 'title', 'description'];

// The keywords that are checked with properties, and with if.
const ofMembers = ['required', 'additionalProperties', 'propertyNames'];
const ofIf = ['then', 'else'];

// Each returns a function of a value and its kind. They are in the order in which they apply.
const keywords = {
  type: (type) => {
    const kinds = [type].flat();
    const integer = kinds.includes('integer');
    return (value, kind) => (kinds.includes(kind) || (integer && kind === 'number' && isInteger(value.text)) ? undefined : violates('type'));
  },
  enum: (values) => {
    const allowed = new Set(values.map((v) => JSON.stringify(v)));
    return (value) => (allowed.has(written(value)) ? undefined : violates('enum'));
  },
  const: (only) => (value) => (written(value) === JSON.stringify(only) ? undefined : violates('const')),
  $ref: (ref, _, part) => part(ref),
  minimum: (least) => (value, kind) => (kind === 'number' && Number(value.text) < least ? violates('minimum') : undefined),
  maximum: (most) => (value, kind) => (kind === 'number' && Number(value.text) > most ? violates('maximum') : undefined),
  minItems: (least) => (value, kind) => (kind === 'array' && value.length < least ? violates('minItems') : undefined),
  maxItems: (most) => (value, kind) => (kind === 'array' && value.length > most ? violates('maxItems') : undefined),
  uniqueItems: () => (value, kind) => (kind === 'array' && new Set(value.map(written)).size < value.length ? violates('uniqueItems') : undefined),
  items: (schema, _, part) => {
    const check = part(schema);
    return (value, kind) => (kind === 'array' ? first(value, (element, i) => at(i, check(element))) : undefined);
  },
  minLength: (least) => (value, kind) => (kind === 'string' && length(value, least) < least ? violates('minLength') : undefined),
  maxLength: (most) => (value, kind) => (kind === 'string' && value.length > most && length(value, Infinity) > most ? violates('maxLength') : undefined),
  pattern: (text) => {
    const pattern = new RegExp(text, 'u');
    return (value, kind) => (kind === 'string' && !pattern.test(value) ? violates('pattern') : undefined);
  },
  minProperties: (least) => (value, kind) => (kind === 'object' && value.size < least ? violates('minProperties') : undefined),
  maxProperties: (most) => (value, kind) => (kind === 'object' && value.size > most ? violates('maxProperties') : undefined),
  properties: (_, schema, part) => {
    const check = members(schema, part);
    return (value, kind) => (kind === 'object' ? check(value) : undefined);
  },
  allOf: (schemas, _, part) => {
    const checks = schemas.map(part);
    return (value) => first(checks, (check) => check(value));
  },
  if: (condition, schema, part) => {
    const [test, then, otherwise] = [condition, schema.then ?? true, schema.else ?? true].map(part);
    return (value) => (test(value) ? otherwise(value) : then(value));
  },
};

// Returns the first violation among parts, or undefined.
function first(all, check) {
  for (let i = 0; i < all.length; i++) {
    const bad = check(all[i], i);
    if (bad) return bad;
  }
  return undefined;
}

// The length of a text in code points, as far as it takes to know that it is long enough.
function length(text, enough) {
  if (text.length >= 2 * enough) return enough;
  let n = 0;
  for (const _ of text) n++;
  return n;
}

// Checks the members of an object. Those that are missing come first, then the values of those
// that are there, then those that should not be there.
function members({ properties = {}, required = [], additionalProperties = true, propertyNames = true }, part) {
  const known = new Map(Object.entries(properties).map(([name, schema]) => [name, part(schema)]));
  const others = part(additionalProperties);
  const names = part(propertyNames);
  return (object) => {
    let [bad, other, name] = [];
    if (!required.every((wanted) => object.has(wanted))) return violates('required');
    for (const [text, value] of object) {
      const check = known.get(text);
      if (!check && additionalProperties === false) other = violates('additionalProperties');
      else bad ??= at(text, (check ?? others)(value));
      if (propertyNames !== true) name ??= names(text);
    }
    return bad ?? other ?? name;
  };
}

// Compiles a published schema. others are those that it refers to, by what it calls them.
export function compile(root, others = {}) {
  const done = new Map(); // by schema

  // Returns the check of a schema, or of what a reference names.
  function part(schema, base = root) {
    if (typeof schema === 'boolean') return () => (schema ? undefined : violates(''));
    if (typeof schema === 'string') {
      const [name, pointer] = schema.split('#');
      const document = name ? others[name] : base;
      return part(pointer.split('/').slice(1).reduce((inside, step) => inside[step], document), document);
    }
    if (!done.has(schema)) {
      let checks;
      done.set(schema, (value) => {
        checks ??= checksOf(schema, (inside) => part(inside, base)); // it may refer to itself
        const kind = kindOf(value);
        return first(checks, (check) => check(value, kind));
      });
    }
    return done.get(schema);
  }
  return part(root);
}

function checksOf(schema, part) {
  const unknown = Object.keys(schema).find((keyword) => ![...Object.keys(keywords), ...ofMembers, ...ofIf, ...remarks].includes(keyword));
  if (unknown) throw new Error(`the keyword ${unknown} is not known`);
  const whole = ofMembers.some((keyword) => keyword in schema) ? { properties: {}, ...schema } : schema;
  return Object.keys(keywords).filter((keyword) => keyword in whole).map((keyword) => keywords[keyword](whole[keyword], whole, part));
}
