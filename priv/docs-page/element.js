// An element with attributes and children; what is no child is left out. Texts stay texts.
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== "") made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child || child === 0));
  return made;
}

// A text as its parts: what stands in backticks is code.
export function prose(text) {
  const parts = (text ?? "").split("`");
  return parts.map((part, no) => (no % 2 === 1 ? element("code", {}, part) : part));
}
