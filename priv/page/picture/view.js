// The picture: tables and columns on one side, applications on the other, and lines for
// who claims what.

import { api, query } from "../api.js";
import { h, later, put, svg } from "../dom.js";
import { lacks } from "../session.js";
import { create } from "../stakeholders.js";
import { button, failure, heading, load } from "../ui.js";
import * as detail from "./detail.js";
import * as lists from "./lists.js";
import * as drawing from "./lines.js";
import { STEP, begin, isCut, learn, lines, sides } from "./model.js";
import { asTable } from "./table.js";

export async function show(place) {
  await load(place, () => api.get("/dependencies"), ({ data }) => (data.stakeholders.length ? build(begin(data)) : first(() => show(place))));
}

/** What there is to do before anything can be seen. */
function first(done) {
  return h("div", null,
    heading("Who depends on what"),
    h("div", { class: "notice" },
      h("p", null, "Nobody depends on anything yet. Begin with an application: as a stakeholder it gets a role, a schema and a password of its own, and then says which tables and columns it reads."),
      h("div", { class: "actions" }, button("New stakeholder", () => create(done), { look: "main", why: lacks("operator") }))));
}

function build(model) {
  const parts = {
    left: h("div", { class: "side-list", "data-side": "tables", role: "group", "aria-label": "Tables and columns" }),
    right: h("div", { class: "side-list", "data-side": "stakeholders", role: "group", "aria-label": "Applications" }),
    lines: svg("svg", { class: "lines", "aria-hidden": "true", preserveAspectRatio: "none" }),
    detail: h("aside", { class: "detail", "aria-label": "Selection", "aria-live": "polite" }),
    table: asTable(),
    stage: h("div", { class: "stage" }),
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
  put(parts.stage,
    h("div", null, h("h2", null, "Tables"), parts.left), parts.lines, h("div", null, h("h2", null, "Applications"), parts.right));
  const root = h("div", { class: "picture" },
    heading("Who depends on what",
      toggle("Only unmet", (on) => {
        model.onlyUnmet = on;
        draw(view, act);
      }),
      toggle("As a table", (on) => {
        parts.table.place.hidden = !on;
        body.hidden = on;
        draw(view, act);
      })),
    h("div", { class: "search" }, search),
    parts.table.place);
  const body = h("div", { class: "picture-body" }, parts.stage, parts.detail);
  root.append(body);
  new ResizeObserver(() => redraw(view)).observe(parts.stage);
  // The shorter list stays in sight beside the longer one, so lines change with scrolling.
  const follow = () => (parts.stage.isConnected ? redraw(view) : window.removeEventListener("scroll", follow));
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
  // Where what is known of it comes up from below, it isn't to cover it.
  view.parts.stage.querySelector('.item[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
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
  if (!parts.table.place.hidden) parts.table.draw(model);
  redraw(view);
}

function redraw({ parts, model, lines: found }) {
  drawing.draw(parts.lines, parts.left, parts.right, found, Boolean(model.selected));
}
