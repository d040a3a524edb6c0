// Elements: the only way anything comes onto the page. Texts are always texts, never
// markup, so nothing that a database or a person says can become a script.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Properties beginning with `on` are listeners, `class` and what has a dash are
 *  attributes, `false` and `null` leave an attribute out. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same, of a drawing. */
export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...flat(children));
  return element;
}

/** Puts these into an element, instead of what was there. */
export function put(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

let last = 0;

/** An id that nothing else on the page has. */
export function unique(word) {
  last += 1;
  return `${word}-${last}`;
}

/** Calls a function when nothing has come for a moment. */
export function later(wait, call) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), wait);
  };
}
