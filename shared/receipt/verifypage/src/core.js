// What a program needs of this folder: see main.js for the page.
export { parseRoots } from './certificate.js';
export { check } from './check.js';
export { Verifier } from './receipt.js';
