// The picture: tables and columns on one side, applications on the other, and lines for
// who claims what.

import { api, query } from "../api.js";
import { h, later, put, svg } from "../dom.js";
import { button, failure, heading, load, table } from "../ui.js";
import * as detail from "./detail.js";
import * as lists from "./lists.js";
import * as drawing from "./lines.js";
import { STEP, begin, isCut, learn, lines, sides } from "./model.js";

/** How many lines the table shows before one has to search. */
const ROWS = 200;

export async function show(place) {
  await load(place, () => api.get("/dependencies"), ({ data }) => build(begin(data)));
}

function build(model) {
  const parts = {
    left: h("div", { class: "side-list", "data-side": "tables", role: "group", "aria-label": "Tables and columns" }),
    right: h("div", { class: "side-list", "data-side": "stakeholders", role: "group", "aria-label": "Applications" }),
    lines: svg("svg", { class: "lines", "aria-hidden": "true", preserveAspectRatio: "none" }),
    detail: h("aside", { class: "detail", "aria-label": "Selection", "aria-live": "polite" }),
    table: h("div", { hidden: true }),
  };
  const view = { model, parts, told: null, turn: 0 };
  const act = {
    choose: (selected) => choose(view, act, selected),
    more: (side) => {
      model.shown[side] += STEP;
      draw(view, act);
    },
  };
  lists.keyboard(parts.left, parts.right, act);
  const search = h("input", {
    type: "search", "aria-label": "Search tables and applications", placeholder: "Search tables and applications",
    oninput: later(120, () => {
      model.search = search.value;
      model.shown = { tables: STEP, stakeholders: STEP };
      draw(view, act);
    }),
  });
  const stage = h("div", { class: "stage" },
    h("div", null, h("h2", null, "Tables"), parts.left), parts.lines, h("div", null, h("h2", null, "Applications"), parts.right));
  const root = h("div", { class: "picture" },
    heading("Who depends on what",
      toggle("Only unmet", (on) => {
        model.onlyUnmet = on;
        draw(view, act);
      }),
      toggle("As a table", (on) => {
        parts.table.hidden = !on;
        body.hidden = on;
        draw(view, act);
      })),
    h("div", { class: "search" }, search),
    parts.table);
  const body = h("div", { class: "picture-body" }, stage, parts.detail);
  root.append(body);
  new ResizeObserver(() => redraw(view)).observe(stage);
  // The shorter list stays in sight beside the longer one, so lines change with scrolling.
  const follow = () => (stage.isConnected ? redraw(view) : window.removeEventListener("scroll", follow));
  window.addEventListener("scroll", follow, { passive: true });
  draw(view, act);
  return root;
}

function toggle(label, change) {
  const made = button(label, () => {
    const on = made.getAttribute("aria-pressed") === "false";
    made.setAttribute("aria-pressed", String(on));
    change(on);
  }, { look: "toggle", "aria-pressed": "false" });
  return made;
}

async function choose(view, act, selected) {
  const { model } = view;
  const isSame = JSON.stringify(selected) === JSON.stringify(model.selected);
  model.selected = isSame ? null : selected;
  view.told = null;
  const mine = (view.turn += 1);
  draw(view, act);
  if (!model.selected) return;
  const again = () => {
    model.selected = null;
    choose(view, act, selected);
  };
  try {
    await Promise.all([know(view, act, mine), foretell(view, act, mine, again)]);
  } catch (refusal) {
    if (mine === view.turn) put(view.parts.detail, failure(refusal, again));
  }
}

/** Asks for what isn't here yet: the columns of a table, or lines beyond the first. */
async function know(view, act, mine) {
  const { model } = view;
  const { table: id, stakeholder } = model.selected;
  if (id !== undefined && !model.columns.has(id)) {
    const { schema, table: name } = model.tables.get(id);
    if (name === "*") model.columns.set(id, []);
    else learn(model, (await api.get(query("/dependencies", { schema, table: name }))).data, id);
  } else if (stakeholder !== undefined && isCut(model)) {
    learn(model, (await api.get(query("/dependencies", { stakeholder }))).data);
  } else {
    return;
  }
  if (mine === view.turn) draw(view, act);
}

async function foretell(view, act, mine, again) {
  const { selected, tables } = view.model;
  if (!("table" in selected)) return;
  const { path } = tables.get(selected.table);
  const whole = selected.column ? `${path}.${selected.column}` : path;
  const told = await detail.fates(whole).then((fates) => ({ fates }), (refusal) => ({ refusal, again }));
  if (mine !== view.turn) return;
  view.told = told;
  draw(view, act);
}

function draw(view, act) {
  const { model, parts } = view;
  const both = sides(model);
  view.lines = lines(model, both);
  lists.tables(parts.left, model, both.tables, act);
  lists.stakeholders(parts.right, model, both.stakeholders, act, view.told?.fates);
  detail.draw(parts.detail, model, view.told, act);
  if (!parts.table.hidden) put(parts.table, asTable(model));
  redraw(view);
}

function redraw({ parts, model, lines: found }) {
  drawing.draw(parts.lines, parts.left, parts.right, found, Boolean(model.selected));
}

/** The same as a table, for whoever can't see a picture. */
function asTable(model) {
  const word = model.search.trim().toLowerCase();
  const rows = [...model.lines.values()]
    .map((line) => ({ line, table: model.tables.get(line.table_id)?.path ?? "", name: model.stakeholders.get(line.stakeholder_id)?.name ?? "" }))
    .filter(({ line, table: path, name }) => (path.toLowerCase().includes(word) || name.toLowerCase().includes(word)) && (!model.onlyUnmet || line.is_unmet));
  return [
    table("Who claims what", ["Application", "Table", "Columns", "Need", "State"], rows.slice(0, ROWS).map(({ line, table: path, name }) => [
      name, path, line.is_every_column ? `all ${line.columns}` : String(line.columns),
      line.is_required ? "required" : "optional", line.is_unmet ? h("span", { class: "mark bad" }, "unmet") : "met",
    ]), { empty: "No claims." }),
    rows.length > ROWS && h("p", { class: "quiet" }, `${ROWS} of ${rows.length} lines. Search to see others.`),
  ];
}
