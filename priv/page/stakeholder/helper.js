// The schema's help for whoever writes claims: find a table, tick its columns.

import { api, query } from "../api.js";
import { h, later, put } from "../dom.js";
import { button, failure } from "../ui.js";

/** How many tables a search shows. */
const MOST = 12;

/** Makes the helper of a document. `change` takes the document that a tick makes. */
export function helper(document, change) {
  let now = document;
  let open = null;
  const list = h("ul", { class: "relations" });
  const search = h("input", { type: "search", id: "helper-search", placeholder: "orders", autocapitalize: "none", spellcheck: "false", oninput: later(150, find) });

  async function find() {
    try {
      const { data } = await api.get(query("/relations", { search: search.value.trim(), limit: MOST }));
      draw(data);
    } catch (refusal) {
      put(list, h("li", null, failure(refusal, find)));
    }
  }

  let known = [];
  function draw(relations = known) {
    known = relations;
    const held = list.contains(window.document.activeElement) ? window.document.activeElement.dataset.key : null;
    put(list,
      relations.length === 0 && h("li", { class: "empty" }, "No table of this name."),
      relations.map((one) => h("li", null, row(one), open === one.path && columns(one))),
      relations.length === MOST && h("li", { class: "quiet" }, "Type more of the name to see others."));
    if (held) [...list.querySelectorAll("[data-key]")].find((one) => one.dataset.key === held)?.focus();
  }

  function row(one) {
    const match = matchOf(now, one.path);
    const claimed = match && fieldsOf(match);
    return h("button", {
      type: "button", class: "relation", "data-key": one.path, "aria-expanded": String(open === one.path),
      onclick: () => { open = open === one.path ? null : one.path; draw(); },
    }, h("span", { class: "identifier" }, one.path), h("span", { class: "quiet" }, one.kind === "table" ? "" : one.kind),
    match && h("span", { class: "mark good" }, claimed.has("*") ? "all" : `${claimed.size} of ${one.columns.length}`));
  }

  function columns(one) {
    const match = matchOf(now, one.path);
    const claimed = match ? fieldsOf(match) : new Set();
    const box = (name, label, type) => h("label", { class: "tick" },
      h("input", {
        type: "checkbox", checked: claimed.has(name) || (name !== "*" && claimed.has("*")), disabled: now === null || (name !== "*" && claimed.has("*")),
        "data-key": `${one.path}.${name}`, onchange: (event) => tick(one.path, name, event.target.checked),
      }), h("span", { class: name === "*" ? "" : "identifier" }, label), h("span", { class: "type" }, type));
    return h("fieldset", { class: "ticks" }, h("legend", { class: "unseen" }, `Columns of ${one.path}`),
      box("*", "Every column, also later ones", ""), one.columns.map((column) => box(column.name, column.name, column.type)),
      match && button("Claim it no more", () => drop(one.path), { look: "quiet small" }));
  }

  function tick(path, name, isOn) {
    const next = structuredClone(now ?? { match: [] });
    next.match = [next.match ?? []].flat();
    let match = matchOf(next, path);
    if (!match) next.match.push(match = { path, fields: [] });
    const fields = [match.fields ?? []].flat();
    const rest = fields.filter((field) => nameOf(field) !== name);
    match.fields = isOn ? (name === "*" ? ["*"] : [...rest, name]) : rest;
    change(next);
  }

  function drop(path) {
    const next = structuredClone(now);
    next.match = [next.match].flat().filter((match) => match.path !== path || match.alternatives);
    change(next);
  }

  find();
  return {
    element: h("aside", { class: "helper", "aria-label": "Tables of the database" },
      h("h2", null, "What there is"), h("p", { class: "quiet" }, "Choose a table and tick what the application reads."),
      h("div", { class: "field" }, h("label", { for: "helper-search" }, "Search tables"), search), list),
    /** Takes note of what the document says now; null while it can't be read. */
    follow(document) {
      now = document;
      draw();
    },
  };
}

/** The match that claims this table for itself. */
function matchOf(document, path) {
  return [document?.match ?? []].flat().find((match) => match && match.path === path && !match.alternatives);
}

function fieldsOf(match) {
  return new Set([match.fields ?? []].flat().map(nameOf));
}

function nameOf(field) {
  return typeof field === "string" ? field : field?.name;
}
