import { lines, unbroken } from './lines.js';

// Makes an element. Content of a file is always text and never markup, and hidden characters
// are made visible. A number stays on one line.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') element.addEventListener('click', value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== '').map((c) => (typeof c === 'string' ? unbroken(lines(c).join('\n')) : c)));
  return element;
}

// A person's own words. Every line is marked.
export const quoted = (text, ...below) => h('blockquote', {}, lines(text).map((line) => h('p', { dir: 'auto' }, line)), below);

export const items = (texts) => (texts.length === 1 ? texts[0] : h('ul', {}, texts.map((t) => h('li', {}, t))));

export const link = (url) => (/^https?:\/\//.test(url) ? h('a', { href: url, rel: 'noreferrer' }, url) : url);

// Replaces links by their text, since content by an unconfirmed signer must lead nowhere.
export function unlinked(element) {
  for (const a of element.querySelectorAll('a')) a.replaceWith(...a.childNodes);
  return element;
}

// A text whose direction of writing moves nothing around it.
export const isolated = (text) => h('bdi', {}, text);

// A list of terms with their values.
export const terms = (className, rows) =>
  h('dl', { class: className }, rows.filter(Boolean).map(([term, ...value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))));

// A table that scrolls on its own on a narrow screen.
export const table = (label, columns, rows) =>
  h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': label },
    h('table', {}, h('thead', {}, h('tr', {}, columns.map((c) => h('th', { scope: 'col' }, c)))),
      h('tbody', {}, rows.map(([first, ...rest]) => h('tr', {}, h('th', { scope: 'row' }, first), rest.map((cell) => h('td', {}, cell)))))));
