// Claims that the database doesn't meet now.

import { api } from "./api.js";
import { h, put } from "./dom.js";
import { refused } from "./journal.js";
import { count, heading, load, mark, when } from "./ui.js";

const PROBLEMS = {
  path: "table is gone", name: "column is gone", type: "other type", min_length: "too short",
  is_nullable: "may be null", published: "not published", replica_identity: "no identity",
};

export async function show(place) {
  const body = h("div");
  put(place, heading("Unmet claims"),
    h("p", { class: "lead" }, "A claim is unmet when the database lacks what it names. Migrations that would do that are refused, so these were overridden, or happened where nobody looked. Until they are met, or their stakeholders claim something else, every migration is refused that calls integratedb_validate_migration(). The gate refuses only what a migration itself breaks."),
    body);
  await load(body, () => Promise.all([api.get("/unmet"), api.get("/stakeholders")]), ([{ data, refusals }, { data: stakeholders }]) => {
    const ids = new Map(stakeholders.map((one) => [one.name, one.id]));
    return [
      data.length > 0 && refusals?.count > 0 && h("p", { class: "quiet" }, `${count(refusals.count, "migration")} refused so far, the last one `, when(refusals.last_at), ". ", refusals.in_audit && refused()),
      data.length === 0 && h("p", { class: "empty good" }, "Every claim is met."),
      h("ul", { class: "problems" }, data.map((one) => problem(one, ids.get(one.stakeholder)))),
    ];
  });
}

function problem(one, id) {
  return h("li", { class: "problem" },
    h("p", { class: "title" },
      h("a", { class: "identifier", href: `#/stakeholders/${id ?? ""}` }, one.stakeholder), " ",
      h("span", { class: "identifier" }, one.field ? `${one.path}.${one.field}` : one.path), " ",
      mark(PROBLEMS[one.property] ?? one.property, "bad")),
    h("p", null, one.problem),
    one.found && h("p", { class: "quiet" }, `Needed: ${one.needed ?? "that it is there"}. Found: ${one.found}.`));
}
