// What is known of the selection: what its removal would break, and how its channels are.

import { api, query } from "../api.js";
import { h, put } from "../dom.js";
import { count, failure, mark, when } from "../ui.js";
import { column, isBehind } from "./model.js";

/** How many applications are listed before the rest is only counted. */
const MOST = 50;

/** What the removal of a table or column would do to each application, by its name. */
export async function fates(path) {
  const { data } = await api.get(query("/impact", { path }));
  const found = new Map();
  for (const one of data.dependents) {
    const known = found.get(one.stakeholder);
    const does = new Set(known?.does).add(one.document === "notifications" ? "listens" : "claims");
    found.set(one.stakeholder, { ...(!known || one.would_break ? fate(one) : known), does });
  }
  return found;
}

function fate(one) {
  if (one.would_break) return { look: "bad", text: "breaks", rank: 0, since: one.since };
  if (one.alternatives.length) return { look: "good", text: `or ${one.alternatives[0]}`, rank: 1, since: one.since };
  return { look: "", text: one.need === "optional" ? "optional" : "goes on", rank: 2, since: one.since };
}

/** Draws what is known of the selection. */
export function draw(place, model, told, act) {
  const { selected } = model;
  place.classList.toggle("chosen", Boolean(selected));
  if (!selected) return put(place, overview(model));
  if ("table" in selected) return put(place, removal(model, told, act));
  return put(place, application(model.stakeholders.get(selected.stakeholder), model, act));
}

function overview(model) {
  const unmet = [...model.stakeholders.values()].reduce((sum, one) => sum + one.unmet_claims, 0);
  const fact = (number, word, look = "") => h("div", { class: `fact ${look}` }, h("dt", null, word), h("dd", null, number.toLocaleString("en")));
  return [
    h("dl", { class: "facts" },
      fact(model.tables.size, model.tables.size === 1 ? "table claimed" : "tables claimed"),
      fact(model.stakeholders.size, model.stakeholders.size === 1 ? "application" : "applications"),
      fact(unmet, unmet === 1 ? "unmet claim" : "unmet claims", unmet ? "bad" : "")),
    h("p", { class: "quiet" }, "Choose a table or a column to see what its removal would break, or an application to see what it needs."),
    h("ul", { class: "legend" },
      h("li", null, h("span", { class: "stroke" }), "needs"),
      h("li", null, h("span", { class: "stroke optional" }), "may do without"),
      h("li", null, h("span", { class: "stroke unmet" }), "unmet now")),
  ];
}

function top(kind, name, act) {
  return h("header", null,
    h("div", null, h("p", { class: "kind" }, kind), h("h2", { class: "identifier" }, name)),
    h("button", { type: "button", class: "button quiet small", onclick: () => act.choose(null) }, "Clear"));
}

function removal(model, told, act) {
  const { selected } = model;
  const table = model.tables.get(selected.table);
  const chosen = column(model);
  const head = chosen
    ? [top(`Column of ${table.path}`, chosen.name, act), h("p", { class: "quiet" }, chosen.exists ? `${chosen.type}, ${chosen.is_nullable ? "may be null" : "not null"}` : "It isn't in the database.")]
    : [top("Table", table.path, act), h("p", { class: "quiet" }, table.exists ? `${count(table.columns, "column")} claimed by ${count(table.stakeholders, "application")}` : "It isn't in the database.")];
  return [head, h("h3", null, "If it went away"), outcome(told, model, act)];
}

function outcome(told, model, act) {
  if (!told) return h("p", { class: "quiet" }, "Asking …");
  if (told.refusal) return failure(told.refusal, told.again);
  const ordered = [...told.fates].sort(([a, one], [b, other]) => one.rank - other.rank || a.localeCompare(b));
  const broken = ordered.filter(([, one]) => one.rank === 0).length;
  const verdict = broken
    ? h("p", { class: "verdict bad" }, `It would break ${count(broken, "application")}, so the migration would be refused.`)
    : h("p", { class: "verdict good" }, ordered.length ? "Nobody would break: everybody can do without." : "Nobody depends on it.");
  const ids = new Map([...model.stakeholders.values()].map((one) => [one.name, one.id]));
  return [verdict, h("ul", { class: "dependents" }, ordered.slice(0, MOST).map(([name, one]) => h("li", null,
    h("button", { type: "button", class: "link", onclick: () => act.choose({ stakeholder: ids.get(name) }) }, name),
    mark(one.text, one.look), [...one.does].map((does) => mark(does)),
    h("span", { class: "quiet since" }, "since ", when(one.since))))),
  ordered.length > MOST && h("p", { class: "quiet" }, `And ${count(ordered.length - MOST, "more application")}.`)];
}

function application(one, model, act) {
  const lines = [...model.lines.values()].filter((line) => line.stakeholder_id === one.id);
  return [
    top("Application", one.name, act),
    h("p", null, h("a", { class: "button small", href: `#/stakeholders/${one.id}` }, `Open ${one.name}`)),
    one.unmet_claims > 0 && h("p", { class: "verdict bad" }, `${count(one.unmet_claims, "claim")} of it ${one.unmet_claims === 1 ? "is" : "are"} unmet. `, h("a", { href: "#/unmet" }, "See why")),
    h("h3", null, "Claims"),
    lines.length === 0 && h("p", { class: "quiet" }, "It claims nothing."),
    h("ul", { class: "dependents" }, lines.slice(0, MOST).map((line) => h("li", null,
      h("button", { type: "button", class: "link", onclick: () => act.choose({ table: line.table_id }) }, model.tables.get(line.table_id)?.path ?? "?"),
      line.is_unmet && mark("unmet", "bad"), !line.is_required && mark("optional"),
      line.has_alternatives && mark("has alternatives", "good"), line.listens && mark("listens"),
      h("span", { class: "quiet since" }, line.is_every_column ? `all ${line.columns} columns` : count(line.columns, "column"))))),
    lines.length > MOST && h("p", { class: "quiet" }, `And ${count(lines.length - MOST, "more table")}.`),
    h("h3", null, "Channels"),
    one.channels.length === 0 && h("p", { class: "quiet" }, "It listens to nothing."),
    h("ul", { class: "dependents" }, one.channels.map((channel) => h("li", null,
      h("span", { class: "identifier" }, channel.name), standing(channel),
      h("span", { class: "quiet since" }, channel.waiting_since ? ["waiting since ", when(channel.waiting_since)] : isUnknown(channel) ? "nothing is known to wait" : "nothing waits"),
      channel.last_error && isBehind(channel) && h("p", { class: "wrong" }, channel.last_error)))),
    one.channels.length > 0 && h("p", null, h("a", { href: `#/stakeholders/${one.id}/notifications` }, "Deliveries and dead letters")),
  ];
}

function standing(channel) {
  return [
    channel.dead_letters > 0 && mark(count(channel.dead_letters, "dead letter"), "bad"),
    channel.paused && mark("paused", "warn"),
    isBehind(channel) && !channel.paused && mark("behind", "warn"),
    !channel.dead_letters && !channel.paused && !isBehind(channel) && !isUnknown(channel) && mark("up to date", "good"),
  ];
}

/** Of a SOCKET for which nothing waits it isn't said whether anybody has ever opened it. */
function isUnknown(channel) {
  return channel.type === "SOCKET" && !channel.waiting_since;
}
