// The claims of a stakeholder: written with the schema's help, tried, and then saved.

import { api } from "../api.js";
import { h } from "../dom.js";
import { lacks } from "../session.js";
import { count, load, tell } from "../ui.js";
import { helper } from "./helper.js";
import { tried } from "./tried.js";

export async function show(place, stakeholder) {
  const path = `/stakeholders/${stakeholder.id}/claims`;
  await load(place, () => api.get(path), (stored) => build(path, stored));
}

function build(path, { data, etag }) {
  const why = lacks("operator");
  const made = tried("Claims", {
    path, data, etag, why,
    changed: (now) => help.follow(now),
    changes: ({ data: planned }) => changes(planned.dry_run, planned.not_revoked),
    stored({ data: { not_revoked: kept, ...now } }) {
      tell("Claims saved.");
      return [now, [h("p", { class: "notice good" }, "Saved. The grants are as the claims say."), kept && notRevoked(kept)]];
    },
  });
  const help = helper(made.editor.document, (changed) => made.editor.set(changed), why);
  return h("div", { class: "claims" },
    h("div", null, made.editor.element, made.actions, why && h("p", { class: "quiet" }, why), made.outcome),
    help.element);
}

function changes({ grants, revokes }, kept) {
  if (!grants.length && !revokes.length) return [h("p", { class: "notice good" }, "It can be saved, and no grant would change."), kept && notRevoked(kept)];
  const list = (title, look, steps) => steps.length > 0 && h("section", null, h("h3", null, title), h("ul", { class: "steps" }, steps.map((one) => h("li", { class: look }, privilege(one)))));
  return [
    h("p", { class: "notice good" }, "It can be saved. Then this changes:"),
    list(count(grants.length, "grant"), "add", grants), list(count(revokes.length, "grant taken away", "grants taken away"), "take", revokes),
    kept && notRevoked(kept),
  ];
}

function privilege({ privilege: what, schema, table, columns }) {
  return [`${what} on `, h("code", null, table ? `${schema}.${table}` : `schema ${schema}`), columns?.length ? ` (${columns.join(", ")})` : ""];
}

function notRevoked(kept) {
  return h("div", { class: "notice warn" }, h("p", null, "Another role granted this, so it stays readable:"), h("ul", null, kept.map((one) => h("li", null, privilege(one)))));
}
