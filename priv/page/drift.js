// Where the privileges of stakeholders differ from their claims.

import { api } from "./api.js";
import { h, put } from "./dom.js";
import { button, heading, load, mark, tell } from "./ui.js";

const KINDS = {
  missing: ["missing", "bad", "Claimed, and not held."],
  excess: ["excess", "warn", "Held because it was granted for a claim that is gone."],
  foreign: ["foreign", "", "Granted by somebody else, and not claimed."],
};

export async function show(place) {
  const body = h("div");
  put(place, heading("Drift"), h("p", { class: "lead" }, "Where what stakeholders may read differs from what they claim. The next sync mends what the control plane may mend."), body);
  await load(body, () => api.get("/drift"), ({ data }) => [
    data.length === 0 && h("p", { class: "empty good" }, "Every grant is as the claims say."),
    h("ul", { class: "problems" }, data.map(problem)),
  ]);
}

function problem(one) {
  const [word, look, meaning] = KINDS[one.kind] ?? [one.kind, "", ""];
  const on = one.table ? `${one.schema}.${one.table}` : `schema ${one.schema}`;
  return h("li", { class: "problem" },
    h("p", { class: "title" }, mark(word, look), " ", h("span", { class: "identifier" }, one.stakeholder), `: ${one.privilege} on `, h("span", { class: "identifier" }, on), one.columns?.length ? ` (${one.columns.join(", ")})` : ""),
    h("p", { class: "quiet" }, meaning, one.is_allowed ? " The next sync mends it." : " The control plane may not mend it; this statement would, run by whoever may:"),
    h("div", { class: "once" }, h("code", { class: "secret", tabindex: "0" }, one.statement), button("Copy", async () => {
      await navigator.clipboard?.writeText(one.statement);
      tell("Copied.");
    }, { look: "small", "aria-label": "Copy the statement" })));
}
