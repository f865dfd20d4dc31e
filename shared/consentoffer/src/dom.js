// Makes an element. Text of others only ever becomes a text node: nothing here reads HTML.
// `props` has attributes; a function is a listener, and true an attribute without a value.
export function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value || value === 0) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}
