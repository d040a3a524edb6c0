// A JSON Schema in words: what may stand where.

import { element, prose } from "./element.js";

// References are followed when somebody opens them, since some lead back to themselves.
export function schema(contract, described, depth = 0) {
  if (described === true || Object.keys(described).length === 0) return line("anything");
  if (described === false) return line("nothing");
  if (described.$ref) return reference(contract, described, depth);
  const several = described.anyOf ?? described.oneOf;
  if (several && !described.properties) {
    const choices = several.filter((choice) => choice.type !== "null");
    const suffix = choices.length < several.length ? ", or null" : "";
    return element("div", {},
      line(`${choices.length > 1 ? "one of these" : "this"}${suffix}`, described.description),
      list(choices.map((choice) => schema(contract, choice, depth))));
  }
  const parts = [described, ...(described.allOf ?? [])];
  const rows = [];
  for (const part of parts) {
    if (part !== described) rows.push(schema(contract, part, depth));
    for (const [name, member] of Object.entries(part.properties ?? {})) {
      if (part === described && member !== false) rows.push(memberRow(contract, described, name, member, depth));
    }
  }
  const others = described.additionalProperties;
  if (others && typeof others === "object" && !others.$ref?.endsWith("/Ignored")) rows.push(row("any name", false, schema(contract, others, depth + 1)));
  if (described.items) rows.push(row("each", false, schema(contract, described.items, depth + 1)));
  const head = line(kind(described), described.description ?? described.title);
  return rows.length > 0 ? element("div", {}, head, list(rows)) : head;
}

function reference(contract, { $ref, description }, depth) {
  const name = $ref.split("/").pop();
  const target = contract.components.schemas[name];
  const small = !target.properties && !target.allOf && !target.anyOf && !target.oneOf && !target.items;
  if (small) return line(kind(target), description ?? target.description);
  const folded = element("details", {},
    element("summary", {}, element("code", {}, name), words(description ?? target.description)));
  folded.addEventListener("toggle", () => folded.append(schema(contract, target, depth + 1)), { once: true });
  return folded;
}

function memberRow(contract, described, name, member, depth) {
  return row(name, (described.required ?? []).includes(name), schema(contract, member, depth + 1));
}

const row = (name, must, what) =>
  element("div", {}, element("code", { class: must ? "must" : "" }, name), " ", what);

const list = (rows) => element("ul", {}, ...rows.map((one) => element("li", {}, one)));

const words = (text) => text && element("span", { class: "words" }, " ", ...prose(text));

const line = (what, about) =>
  element("span", {}, element("span", { class: "kind" }, what), words(about));

// The kind of a value, and its bounds.
function kind(described) {
  if ("const" in described) return JSON.stringify(described.const);
  if (described.enum) return described.enum.map((value) => JSON.stringify(value)).join(", ");
  const type = [described.type ?? "anything"].flat().join(" or ");
  const bounds = [
    described.format,
    bound("from", described.minimum, "to", described.maximum),
    bound("at least", described.minLength, "at most", described.maxLength, " characters"),
    described.pattern && `matches ${described.pattern}`,
    "default" in described && `by default ${JSON.stringify(described.default)}`,
    described.examples && `like ${JSON.stringify(described.examples[0])}`,
  ];
  return [type, ...bounds.filter(Boolean)].join(", ");
}

function bound(from, least, to, most, unit = "") {
  const said = [];
  if (least !== undefined) said.push(`${from} ${least}`);
  if (most !== undefined && most <= Number.MAX_SAFE_INTEGER) said.push(`${to} ${most}`);
  return said.length > 0 && said.join(" ") + unit;
}
