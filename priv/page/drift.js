// Where the privileges of stakeholders differ from their claims.

import { api } from "./api.js";
import { h, put } from "./dom.js";
import { heading, load, mark, secret } from "./ui.js";

const KINDS = {
  missing: ["missing", "bad", "Claimed, and not held."],
  excess: ["excess", "warn", "Held because it was granted for a claim that is gone."],
  foreign: ["foreign", "", "Granted by somebody else, and not claimed."],
  beyond: ["beyond", "bad", "What its role is gives it more than it claims."],
};

export async function show(place) {
  const body = h("div");
  put(place, heading("Drift"), h("p", { class: "lead" }, "Where what stakeholders may read differs from what they claim. ", h("code", null, "integratedb drift --repair"), " mends what the control plane may mend, as does ", h("code", null, "select integratedb_sync()"), ". Both work in the database: the command where ", h("code", null, "DATABASE_URL"), " is set, and not through this server."), body);
  await load(body, () => api.get("/drift"), ({ data }) => [
    data.length === 0 && h("p", { class: "empty good" }, "Every stakeholder was granted what it claims, and its role is nothing that gives more. What everybody may (PUBLIC), and what a stakeholder owns, is not looked at."),
    h("ul", { class: "problems" }, data.map(problem)),
  ]);
}

function problem(one) {
  const [word, look, meaning] = KINDS[one.kind] ?? [one.kind, "", ""];
  const on = one.table ? `${one.schema}.${one.table}` : one.schema && `schema ${one.schema}`;
  return h("li", { class: "problem" },
    h("p", { class: "title" }, mark(word, look), " ", h("span", { class: "identifier" }, one.stakeholder), `: ${one.privilege}`, on && [" on ", h("span", { class: "identifier" }, on)], one.columns?.length ? ` (${one.columns.join(", ")})` : ""),
    h("p", { class: "quiet" }, meaning, one.is_allowed ? " A repair mends it, as does this statement." : " No repair mends it, but this statement does, run by whoever may."),
    secret("Statement", one.statement));
}
