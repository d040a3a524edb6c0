// The two sides of the picture: real buttons in lists, which arrow keys go through.

import { h, put } from "../dom.js";
import { button, count } from "../ui.js";
import { STEP, opened, trouble } from "./model.js";

/** Draws the side of the tables. `act` has what can be done: `choose`, `more`. */
export function tables(place, model, side, act) {
  const open = opened(model);
  draw(place, side, act, "tables", "table", (one) => [
    item(`table:${one.id}`, isChosen(model, { table: one.id }), side, one.id, () => act.choose({ table: one.id }), [
      h("span", { class: "name", title: one.path }, h("span", { class: "schema" }, `${one.schema}.`), one.table),
      !one.exists && h("span", { class: "mark bad" }, "gone"),
      one.exists && one.is_unmet && h("span", { class: "mark bad" }, "unmet"),
      h("span", { class: "number", title: count(one.stakeholders, "application") }, String(one.stakeholders), h("span", { class: "unseen" }, " applications")),
    ], { "aria-expanded": String(one.id === open) }),
    one.id === open && columns(model, one, act),
  ]);
}

function columns(model, table, act) {
  const known = model.columns.get(table.id);
  if (!known) return h("p", { class: "quiet columns" }, "Loading …");
  const every = known.length === 0 ? h("p", { class: "quiet columns" }, "No columns.") : null;
  return every ?? h("ul", { class: "columns" }, known.map((one) => h("li", null,
    item(`column:${table.id}:${one.name}`, model.selected.column === one.name, null, null, () => act.choose({ table: table.id, column: one.name }), [
      h("span", { class: one.claimed_by.length ? "name" : "name free" }, one.name),
      h("span", { class: "type" }, one.type ?? ""),
      !one.exists && h("span", { class: "mark bad" }, "gone"),
      one.exists && one.unmet_for.length > 0 && h("span", { class: "mark bad" }, "unmet"),
      h("span", { class: "number" }, one.claimed_by.length ? String(one.claimed_by.length) : "free", h("span", { class: "unseen" }, one.claimed_by.length ? " applications" : ": nobody claims it")),
    ]))));
}

/** Draws the side of the applications; `fates` says what would become of each. */
export function stakeholders(place, model, side, act, fates) {
  draw(place, side, act, "stakeholders", "application", (one) => {
    const fate = fates?.get(one.name);
    const worry = trouble(one);
    return item(`stakeholder:${one.id}`, isChosen(model, { stakeholder: one.id }), side, one.id, () => act.choose({ stakeholder: one.id }), [
      h("span", { class: "name", title: one.name }, one.name),
      fate && h("span", { class: `mark ${fate.look}` }, fate.text),
      !fate && one.unmet_claims > 0 && h("span", { class: "mark bad" }, `${one.unmet_claims} unmet`),
      !fate && worry && h("span", { class: `mark ${worry.look}`, title: worry.words }, worry.text),
      h("span", { class: "number", title: count(one.tables, "table") }, String(one.tables), h("span", { class: "unseen" }, " tables")),
    ]);
  });
}

function isChosen({ selected }, one) {
  if (!selected) return false;
  return "table" in one ? selected.table === one.table && !selected.column : selected.stakeholder === one.stakeholder;
}

function item(key, isPressed, side, id, onclick, content, more = {}) {
  const isFar = side?.connected && !side.connected.has(id);
  return h("button", {
    type: "button", class: isFar ? "item far" : "item", "data-key": key, tabindex: "-1",
    "aria-pressed": String(isPressed), onclick, ...more,
  }, content);
}

function draw(place, side, act, name, word, row) {
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  put(place,
    side.items.length === 0 && h("p", { class: "empty" }, nothing(side, word)),
    h("ul", { class: "items" }, side.items.map((one) => h("li", null, row(one)))),
    side.hidden > 0 && h("p", { class: "rest quiet" }, `${count(side.hidden, `other ${word}`)} not shown. Escape shows all.`),
    side.found > side.items.length && h("div", { class: "rest" },
      h("span", { class: "quiet" }, `${side.items.length} of ${count(side.found, word)}. `),
      button(`Show ${Math.min(STEP, side.found - side.items.length)} more`, () => act.more(name), { look: "quiet small" })));
  const items = [...place.querySelectorAll(".item")];
  const focused = items.find((one) => one.dataset.key === held);
  const entry = focused ?? items.find((one) => one.getAttribute("aria-pressed") === "true") ?? items[0];
  entry?.setAttribute("tabindex", "0");
  focused?.focus({ preventScroll: true });
}

function nothing({ total }, word) {
  if (total) return `No ${word} fits.`;
  return word === "table" ? "No table is claimed yet. Open an application to write its claims." : "No applications.";
}

/** Lets arrow keys go through both lists: up and down within, left and right between. */
export function keyboard(left, right, act) {
  const move = (from, to) => {
    if (!to) return;
    for (const one of from.closest("[data-side]").querySelectorAll('.item[tabindex="0"]')) one.setAttribute("tabindex", "-1");
    for (const one of to.closest("[data-side]").querySelectorAll('.item[tabindex="0"]')) one.setAttribute("tabindex", "-1");
    to.setAttribute("tabindex", "0");
    to.focus();
  };
  for (const place of [left, right]) {
    place.addEventListener("keydown", (event) => {
      const current = event.target.closest(".item");
      if (!current) return;
      const items = [...place.querySelectorAll(".item")];
      const at = items.indexOf(current);
      const other = place === left ? right : left;
      const entry = () => other.querySelector(".item:not(.far)") ?? other.querySelector(".item");
      const to = {
        ArrowDown: () => items[at + 1], ArrowUp: () => items[at - 1], Home: () => items[0], End: () => items.at(-1),
        ArrowRight: () => (place === left ? entry() : null), ArrowLeft: () => (place === right ? entry() : null),
      }[event.key];
      if (event.key === "Escape") act.choose(null);
      else if (to) move(current, to());
      else return;
      event.preventDefault();
    });
  }
}
