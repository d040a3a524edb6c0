// The audit: who changed what, from where, before and after, and whether it is whole.

import { api, query } from "./api.js";
import { h, put } from "./dom.js";
import { write } from "./json.js";
import { button, count, field, form, heading, load, mark, older, when } from "./ui.js";

const PAGE = 50;

/** Why there may be fewer than one expects. */
const UNHEARD = " A refused migration is entered while some stakeholder has a channel of notifications. Without one it is only counted: migration.refusals_counted.";

export async function show(place, _, { action = "" }) {
  const verdict = h("div", { "aria-live": "polite" });
  const body = h("div");
  const filters = form([
    field("Who", "actor", { placeholder: "such as root", autocapitalize: "none" }),
    field("Action", "action", { placeholder: "such as claims", autocapitalize: "none", value: action }),
    field("What", "subject", { placeholder: "such as reporting", autocapitalize: "none" }),
    field("Since", "since", { type: "datetime-local" }),
    field("Until", "until", { type: "datetime-local" }),
  ], "Filter", (typed) => list(body, asked(typed)), { look: "", shape: "row" });
  put(place, heading("Audit", button("Verify the chain", () => verify(verdict))), verdict, filters, body);
  await list(body, { action });
}

function asked({ since, until, ...rest }) {
  const utc = (text) => (text ? new Date(text).toISOString() : "");
  return { ...rest, since: utc(since), until: utc(until) };
}

async function verify(place) {
  await load(place, () => api.get("/audit/verification"), ({ data }) => (data.is_intact
    ? h("p", { class: "notice good" }, h("strong", null, "Intact. "), `${count(data.entries, "entry", "entries")}, each chained to the one before.`)
    : h("p", { class: "notice bad", role: "alert" }, h("strong", null, "Not intact. "), data.broken_at ? `It breaks at entry ${data.broken_at}. ` : "", data.reason ?? "")));
}

async function list(place, filters) {
  const ask = (before) => api.get(query("/audit", { ...filters, limit: PAGE, before }));
  const { data, page } = await ask();
  const items = h("ol", { class: "journal" }, data.map(entry));
  put(place, data.length === 0 && h("p", { class: "empty" }, "No entries.", filters.action === "migration.refused" && UNHEARD), items, older(page, ask, (more) => items.append(...more.map(entry))));
}

function entry(one) {
  const who = one.actor?.name ?? one.actor?.kind ?? "nobody";
  const about = one.subject?.name ?? one.subject?.id ?? "";
  return h("li", { class: "entry" },
    h("header", null, h("code", { class: "action" }, one.action), one.subject && h("span", { class: "identifier" }, String(about)), when(one.at),
      h("span", { class: "quiet" }, `by ${who}${["user", who].includes(one.actor?.kind) ? "" : ` (${one.actor?.kind})`}${one.origin?.address ? ` from ${one.origin.address}` : ""}`), mark(`no. ${one.id}`)),
    (one.before || one.after) && h("details", null, h("summary", null, "Before and after"),
      h("div", { class: "sides" },
        h("div", null, h("h3", null, "Before"), h("pre", { class: "code", tabindex: "0" }, one.before ? write(one.before) : "nothing")),
        h("div", null, h("h3", null, "After"), h("pre", { class: "code", tabindex: "0" }, one.after ? write(one.after) : "nothing")))));
}
