import { isSpace } from './forms.js';
import { refuse } from './refusal.js';

const maxDepth = 32;
const maxMembers = 256;

// A number as written: 1 and 1.0 are the same number, but different texts.
export class Numeral {
  constructor(text) {
    this.text = text;
  }
}

// Reads exactly one JSON value with only one reading (I-JSON, RFC 7493): UTF-8, no duplicate
// members at any depth, no lone surrogate, no NUL in a name, nothing around the value,
// bounded depth. Numbers are returned as Numerals.
export function strictJSON(bytes) {
  let text;
  try {
    text = utf8.decode(bytes);
  } catch {
    refuse('json');
  }
  const reader = new Reader(text);
  const value = reader.value();
  if (reader.at !== text.length) refuse('json');
  return value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const literals = { true: true, false: false, null: null };
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const quoted = /"(?:[^"\\]|\\.)*"/y;

const [quote, backslash] = [0x22, 0x5c];

// Reads a text once, from its beginning.
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? refuse('json');
    this.at += found.length;
    return found;
  }

  // Skips white space, and returns the character behind it.
  next() {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
    return this.text[this.at];
  }

  value() {
    switch (this.text[this.at]) {
      case '{':
        return this.nested(new Map(), '}', (members) => this.member(members));
      case '[':
        return this.nested([], ']', (elements) => elements.push(this.value()));
      case '"':
        return this.string();
    }
    for (const word in literals) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return literals[word];
    }
    return new Numeral(this.match(number));
  }

  // Reads the parts of an object or an array into it.
  nested(parts, end, read) {
    if (this.depth === maxDepth) refuse('json', `nested > ${maxDepth}`);
    this.depth++;
    this.at++;
    for (let first = true; this.next() !== end; first = false) {
      if (!first) this.pass(',');
      read(parts);
    }
    this.at++;
    this.depth--;
    return parts;
  }

  // Passes a separator, and the white space around it.
  pass(separator) {
    if (this.next() !== separator) refuse('json');
    this.at++;
    this.next();
  }

  member(members) {
    const name = this.string();
    if (name.includes('\0')) refuse('json', 'NUL');
    if (members.has(name)) this.duplicate();
    if (members.size === maxMembers) refuse('json', `members > ${maxMembers}`);
    this.pass(':');
    members.set(name, this.value());
  }

  // Refuses a duplicate, if it is in JSON.
  duplicate() {
    try {
      JSON.parse(this.text);
    } catch {
      refuse('json');
    }
    refuse('duplicate');
  }

  string() {
    const { text, at } = this;
    if (text.charCodeAt(at) !== quote) refuse('json');
    let end = at + 1;
    for (let c; (c = text.charCodeAt(end)) !== quote; end++) {
      if (c === backslash) return this.escaped();
      if (!(c >= 0x20)) refuse('json'); // also at the end of the text
    }
    this.at = end + 1;
    return text.slice(at + 1, end);
  }

  // Reads a text with escapes. Only an escape can be a lone surrogate.
  escaped() {
    let value;
    try {
      value = JSON.parse(this.match(quoted));
    } catch {
      refuse('json');
    }
    if (!value.isWellFormed()) refuse('json', 'lone surrogate');
    return value;
  }
}

// Returns the value as JSON.parse would.
export function plain(value) {
  if (value instanceof Numeral) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    const out = {};
    for (const [name, v] of value) {
      if (name === '__proto__') Object.defineProperty(out, name, { value: plain(v), enumerable: true });
      else out[name] = plain(v);
    }
    return out;
  }
  return value;
}
