// Shows a notice, which is Markdown (CommonMark): headings, paragraphs, lists, emphasis and
// links. What else somebody writes stays as it is written, and HTML is text.
import { h } from './dom.js';

const heading = /^(#{1,6})\s+(.*?)\s*#*\s*$/;
const item = /^\s{0,3}(?:[-*+]|\d{1,9}[.)])\s+(.*)$/;
const numbered = /^\s{0,3}\d/;
// Bounds keep the work linear in the length of the text.
const inline = /\\([!-/:-@[-`{-~])|\*\*([^*]{1,1000})\*\*|\*([^*\s][^*]{0,1000})\*|\[([^\]]{1,1000})\]\(((?:https:\/\/|mailto:|tel:)[^\s)]{1,2000})\)/g;

function spans(text) {
  const out = [];
  let from = 0;
  for (const m of text.matchAll(inline)) {
    out.push(text.slice(from, m.index));
    const [, escaped, strong, emphasis, label, href] = m;
    if (escaped) out.push(escaped);
    else if (strong) out.push(h('strong', {}, spans(strong)));
    else if (emphasis) out.push(h('em', {}, spans(emphasis)));
    else out.push(h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, label));
    from = m.index + m[0].length;
  }
  out.push(text.slice(from));
  return out;
}

// Returns the elements of a notice whose headings come below one of the given level.
export function markdown(source, level) {
  const out = [];
  let open; // the paragraph or the list item that the next line continues: its element and text
  const close = () => { if (open) open.element.append(...spans(open.text.join(' ')).filter(Boolean)); open = undefined; };
  const begin = (element, text) => { close(); open = { element, text: [text] }; return element; };
  for (const line of source.split(/\r\n?|\n/)) {
    const [, marks, title] = heading.exec(line) ?? [];
    const [, point] = item.exec(line) ?? [];
    if (!line.trim()) close();
    else if (marks) {
      out.push(begin(h(`h${Math.min(level + marks.length, 6)}`), title));
      close();
    } else if (point !== undefined) {
      const kind = numbered.test(line) ? 'ol' : 'ul';
      const last = out.at(-1);
      const list = last?.localName === kind ? last : h(kind);
      if (list !== last) out.push(list);
      list.append(begin(h('li'), point));
    } else if (open) open.text.push(line.trim());
    else out.push(begin(h('p'), line.trim()));
  }
  close();
  return out;
}
