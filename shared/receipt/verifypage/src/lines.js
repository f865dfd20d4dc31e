const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const marker = (c) => `‹U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}›`;

// The lines of a person's text. Characters that move, hide or reorder others are made
// visible, as the Go package freetext does.
export const lines = (text) => text.replaceAll('\t', ' ').split(/\r\n|\r|\n/).map((line) => line.replace(hidden, marker));

// Keeps the digits of a number, such as one to call, on one line. The Go package freetext does the same.
export const unbroken = (text) => text.replace(/(\d) (?=\d)/g, '$1\u00a0');

const maxInline = 64;

// A text within a line, such as the name of a file. Plain letters stay as they are; any other
// text is quoted, and a long one is cut in the middle. The Go package freetext does the same,
// except for wide characters.
export function inline(text) {
  if (/^[a-zA-Z0-9._~/:@+%=&?#*-]+$/.test(text)) return text;
  const shown = [...text].map((c) => c.replace(hidden, marker).replace(/["\\]/g, '\\$&'));
  if (shown.length > maxInline) shown.splice(maxInline / 2, shown.length - maxInline + 1, '…');
  return `"${shown.join('')}"`;
}
