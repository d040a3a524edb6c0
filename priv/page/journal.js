// The journal of migrations: what each changed, and what followed.

import { api, query } from "./api.js";
import { h, put } from "./dom.js";
import { count, heading, load, mark, older, when } from "./ui.js";

const PAGE = 50;
const LOOKS = { validated: "good", synced: "", overridden: "bad" };

export async function show(place) {
  const body = h("div");
  put(place, heading("Migrations"), h("p", { class: "lead" }, "Every migration that committed through a validation, newest first. With the gate that is every transaction that changed the schema. A refused one is rolled back and leaves nothing here. ", refused()), body);
  const ask = (before) => api.get(query("/journal", { limit: PAGE, before }));
  await load(body, ask, ({ data, page }) => {
    const list = h("ol", { class: "journal" }, data.map(entry));
    return [data.length === 0 && h("p", { class: "empty" }, "No migration yet."), list, older(page, ask, (more) => list.append(...more.map(entry)))];
  });
}

/** Where refused migrations are. */
export function refused() {
  return h("a", { href: "#/audit?action=migration.refused" }, "Refused migrations in the audit");
}

function entry(one) {
  const commands = [one.commands ?? []].flat();
  const grants = [one.grants ?? []].flat();
  return h("li", { class: "entry" },
    h("header", null,
      mark(one.kind, LOOKS[one.kind] ?? ""), when(one.at),
      h("span", { class: "quiet" }, `by ${one.by_role}${one.application ? ` (${one.application})` : ""}${one.address ? ` from ${one.address}` : ""}, ${one.by_gate ? "seen by the gate" : "by a call"}, judged in ${Math.round(one.validation_ms * 10) / 10} ms`)),
    h("p", { class: "tables" }, one.tables.length ? one.tables.map((path) => h("span", { class: "identifier chip" }, path)) : h("span", { class: "quiet" }, "No claimed table changed.")),
    one.reason && h("p", { class: "notice bad" }, `Overridden: ${one.reason}`),
    (commands.length > 0 || grants.length > 0) && h("details", null,
      h("summary", null, [commands.length && count(one.command_count ?? commands.length, "command"), grants.length && count(grants.length, "change of grants", "changes of grants")].filter(Boolean).join(", ")),
      commands.length > 0 && h("ul", { class: "plain" }, commands.map((each) => h("li", null, h("code", null, `${each.command} ${each.object ?? ""}`)))),
      grants.length > 0 && h("ul", { class: "plain" }, grants.map((each) => h("li", null, h("code", null, `${each.action} ${each.on} ${each.columns ? `(${[each.columns].flat().join(", ")}) ` : ""}${each.role}`), each.problem ? ` ${each.problem}` : "")))));
}
