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
  if (bytes.length === 0 || isSpace(bytes[0]) || isSpace(bytes.at(-1))) refuse('json', 'white space');
  let text;
  try {
    text = utf8.decode(bytes);
    JSON.parse(text);
  } catch {
    refuse('json');
  }
  return new Reader(text).value();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const literals = { __proto__: null, true: true, false: false, null: null };

// Reads a text that JSON.parse has accepted, and checks what JSON.parse does not.
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text);
    this.at += found.length;
    return found;
  }

  next() {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
    return this.text[this.at];
  }

  value() {
    switch (this.next()) {
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.array());
      case '"':
        return this.string();
    }
    const word = this.match(/[-+.0-9A-Za-z]+/y);
    return word in literals ? literals[word] : new Numeral(word);
  }

  nested(read) {
    if (this.depth === maxDepth) refuse('json', `nested > ${maxDepth}`);
    this.depth++;
    this.at++;
    const value = read();
    this.at++;
    this.depth--;
    return value;
  }

  object() {
    const members = new Map();
    while (this.next() !== '}') {
      if (this.text[this.at] === ',') this.at++, this.next();
      const name = this.string();
      if (name.includes('\0')) refuse('json', 'NUL');
      if (members.has(name)) refuse('duplicate');
      if (members.size === maxMembers) refuse('json', `members > ${maxMembers}`);
      this.next();
      this.at++; // the colon
      members.set(name, this.value());
    }
    return members;
  }

  array() {
    const elements = [];
    while (this.next() !== ']') {
      if (this.text[this.at] === ',') this.at++;
      elements.push(this.value());
    }
    return elements;
  }

  string() {
    const end = this.text.indexOf('"', this.at + 1);
    const plain = this.text.slice(this.at + 1, end);
    if (!plain.includes('\\')) { // most have no escape, and only an escape can be a lone surrogate
      this.at = end + 1;
      return plain;
    }
    const value = JSON.parse(this.match(/"(?:[^"\\]|\\.)*"/y));
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
