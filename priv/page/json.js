// Documents as texts: where in a text a JSON pointer leads, and how documents are written
// for people.

/** Why a text isn't JSON, and where. */
export class NotJson extends Error {
  constructor(message, at, text) {
    const before = text.slice(0, at).split("\n");
    super(`${message} in line ${before.length}, column ${before.at(-1).length + 1}.`);
    this.at = at;
  }
}

/** Reads a text; answers its value, and of every pointer in it from where to where it is. */
export function read(text) {
  const places = new Map();
  let at = 0;
  const wrong = (message) => { throw new NotJson(message, at, text); };
  const space = () => { while (" \t\n\r".includes(text[at]) && at < text.length) at += 1; };
  const take = (character) => {
    space();
    if (text[at] !== character) wrong(at < text.length ? `Expected ${character}` : "The text ends too early");
    at += 1;
  };

  function string() {
    const found = /^"(?:[^"\\\u0000-\u001f]|\\.)*"/.exec(text.slice(at));
    if (!found) wrong(text[at] === '"' ? "A string doesn't end" : "Expected a string");
    try {
      const value = JSON.parse(found[0]);
      at += found[0].length;
      return value;
    } catch {
      return wrong("A string has an escape that JSON doesn't know");
    }
  }

  function list(pointer, close, item) {
    at += 1;
    space();
    if (text[at] === close) { at += 1; return; }
    for (let no = 0; ; no += 1) {
      item(pointer, no);
      space();
      if (text[at] === close) { at += 1; return; }
      take(",");
    }
  }

  function value(pointer) {
    space();
    const start = at;
    let result;
    if (text[at] === "{") {
      result = {};
      list(pointer, "}", () => {
        space();
        const key = string();
        take(":");
        result[key] = value(`${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
      });
    } else if (text[at] === "[") {
      result = [];
      list(pointer, "]", (_, no) => result.push(value(`${pointer}/${no}`)));
    } else if (text[at] === '"') {
      result = string();
    } else {
      const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/.exec(text.slice(at))?.[0];
      if (!word) wrong(at < text.length ? `Unexpected ${text[at]}` : "The text ends too early");
      at += word.length;
      result = JSON.parse(word);
    }
    places.set(pointer, [start, at]);
    return result;
  }

  const document = value("");
  space();
  if (at < text.length) wrong(`Unexpected ${text[at]}`);
  return { document, places };
}

/** Where the thing is that a pointer names, or what is nearest around it. */
export function locate(places, pointer) {
  let near = pointer.replace(/^#/, "");
  while (near && !places.has(near)) near = near.slice(0, near.lastIndexOf("/"));
  return places.get(near) ?? [0, 0];
}

/** Writes a document: what fits a line on a line, the rest below each other. */
export function write(value, indent = "") {
  const flat = JSON.stringify(value, null, 1)?.replace(/\n\s*/g, " ") ?? "null";
  const isSmall = flat.length + indent.length <= 76;
  const isList = Array.isArray(value);
  const isFlat = isList ? value.every((one) => typeof one !== "object") : false;
  if (value === null || typeof value !== "object" || (isSmall && (isFlat || depth(value) < 2))) return tight(flat);
  const inner = `${indent}  `;
  const parts = isList
    ? value.map((one) => inner + write(one, inner))
    : Object.entries(value).map(([key, one]) => `${inner}${JSON.stringify(key)}: ${write(one, inner)}`);
  if (!parts.length) return isList ? "[]" : "{}";
  return `${isList ? "[" : "{"}\n${parts.join(",\n")}\n${indent}${isList ? "]" : "}"}`;
}

function depth(value) {
  if (value === null || typeof value !== "object") return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}

function tight(flat) {
  return flat.replace(/^\[ (.*) \]$/s, "[$1]").replace(/^\{ (.*) \}$/s, "{$1}");
}
