// Claims that the database doesn't meet now.

import { api } from "./api.js";
import { h, put } from "./dom.js";
import { count, heading, load, mark, when } from "./ui.js";

export async function show(place) {
  const body = h("div");
  put(place, heading("Unmet claims"), body);
  await load(body, () => api.get("/unmet"), ({ data, refusals }) => [
    h("p", { class: "lead" }, "A claim is unmet when the database lacks what it names. Migrations that would do that are refused, so these were overridden, or happened unseen."),
    refusals?.count > 0 && h("p", { class: "quiet" }, `${count(refusals.count, "migration")} refused so far, the last one `, when(refusals.last_at), "."),
    data.length === 0 && h("p", { class: "empty good" }, "Every claim is met."),
    h("ul", { class: "problems" }, data.map((one) => h("li", { class: "problem" },
      h("p", { class: "title" }, h("a", { class: "identifier", href: "#/stakeholders" }, one.stakeholder), " needs ",
        h("span", { class: "identifier" }, one.field ? `${one.path}.${one.field}` : one.path), " ", mark(one.property, "bad")),
      h("p", null, one.problem),
      one.found && h("p", { class: "quiet" }, `Needed: ${one.needed ?? "it to be there"}. Found: ${one.found}.`)))),
  ]);
}
