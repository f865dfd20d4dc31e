const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const marker = (c) => `‹U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}›`;

// The lines of a text that somebody wrote, with what moves, hides or reorders the rest made
// visible: as the Go package freetext does.
export const lines = (text) => text.replaceAll('\t', ' ').split(/\r\n|\r|\n/).map((line) => line.replace(hidden, marker));
