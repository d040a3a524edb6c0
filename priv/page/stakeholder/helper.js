// The schema's help for whoever writes claims: find a table, tick its columns.

import { api, query } from "../api.js";
import { h, later, put } from "../dom.js";
import { button, count, failure } from "../ui.js";

/** How many tables are shown, beside those that are claimed. */
const MOST = 12;

/** How many are asked for, so that one knows how many more there are. */
const ASKED = 200;

/** Makes the helper of a document. `change` takes the document that a tick makes; `why` says
 *  who may not. */
export function helper(document, change, why) {
  let now = document;
  let open = null;
  const list = h("ul", { class: "relations" });
  const search = h("input", { type: "search", id: "helper-search", placeholder: "Part of a name", autocapitalize: "none", spellcheck: "false", oninput: later(150, find) });

  /** What was found, those first that were claimed then: a tick moves nothing. */
  let found = null;
  let turn = 0;

  async function find() {
    const mine = (turn += 1);
    const word = search.value.trim();
    try {
      const { data } = await api.get(query("/relations", { search: word, limit: ASKED }));
      const isCut = data.length === ASKED;
      const all = isCut ? [...await missing(data, word), ...data] : data;
      if (mine !== turn) return;
      const paths = new Set(claimed(now));
      found = { first: all.filter((one) => paths.has(one.path)), rest: all.filter((one) => !paths.has(one.path)), isCut };
      draw();
    } catch (refusal) {
      if (mine === turn) put(list, h("li", null, failure(refusal, find)));
    }
  }

  /** Where there are so many tables that not all are here: those of them that are claimed. */
  async function missing(here, word) {
    const fits = (path) => plain(path).toLowerCase().includes(word.toLowerCase()) && !here.some((one) => one.path === path);
    const paths = claimed(now).filter(fits).slice(0, MOST);
    const answers = await Promise.all(paths.map((path) => api.get(query("/relations", { search: plain(path), limit: MOST }))));
    return answers.flatMap(({ data }, no) => data.filter((one) => one.path === paths[no]));
  }

  function draw() {
    if (!found) return;
    const held = list.contains(window.document.activeElement) ? window.document.activeElement.dataset.key : null;
    const { first, rest, isCut } = found;
    const hidden = rest.length - MOST;
    put(list,
      first.length + rest.length === 0 && h("li", { class: "empty" }, "No table of this name."),
      [...first, ...rest.slice(0, MOST)].map((one) => h("li", null, row(one), open === one.path && columns(one))),
      hidden > 0 && h("li", { class: "quiet" }, `${isCut ? "More than " : ""}${count(hidden, "other")}. Type more of the name to see ${hidden === 1 ? "it" : "them"}.`));
    if (held) [...list.querySelectorAll("[data-key]")].find((one) => one.dataset.key === held)?.focus();
  }

  function row(one) {
    const match = matchOf(now, one.path);
    const fields = match && fieldsOf(match);
    return h("button", {
      type: "button", class: "relation", "data-key": one.path, "aria-expanded": String(open === one.path),
      onclick: () => { open = open === one.path ? null : one.path; draw(); },
    }, h("span", { class: "identifier" }, one.path), h("span", { class: "quiet" }, one.kind === "table" ? "" : one.kind),
    match && h("span", { class: "mark good" }, fields.has("*") ? "all" : `${fields.size} of ${one.columns.length}`));
  }

  function columns(one) {
    const match = matchOf(now, one.path);
    const fields = match ? fieldsOf(match) : new Set();
    const box = (name, label, type) => h("label", { class: "tick" },
      h("input", {
        type: "checkbox", checked: fields.has(name) || (name !== "*" && fields.has("*")), disabled: Boolean(why) || now === null || (name !== "*" && fields.has("*")),
        "data-key": `${one.path}.${name}`, onchange: (event) => tick(one.path, name, event.target.checked),
      }), h("span", { class: name === "*" ? "" : "identifier" }, label), h("span", { class: "type" }, type));
    return h("fieldset", { class: "ticks" }, h("legend", { class: "unseen" }, `Columns of ${one.path}`),
      box("*", "Every column, also later ones", ""), one.columns.map((column) => box(column.name, column.name, column.type)),
      match && button("Claim it no more", () => drop(one.path), { look: "quiet small", why }));
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

/** The tables that a document claims one by one. */
function claimed(document) {
  return [document?.match ?? []].flat().filter((match) => match?.path && !match.alternatives).map((match) => match.path);
}

/** A path without the quotes that documents write, as it is searched for. */
function plain(path) {
  return path.replace(/"((?:[^"]|"")*)"/g, (_, name) => name.replaceAll('""', '"'));
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
