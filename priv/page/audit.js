// The audit: who changed what, from where, before and after, and whether it is whole.

import { api, query } from "./api.js";
import { h, put } from "./dom.js";
import { write } from "./json.js";
import { button, count, failure, field, form, heading, load, mark, when } from "./ui.js";

const PAGE = 50;

export async function show(place) {
  const verdict = h("div", { "aria-live": "polite" });
  const body = h("div");
  const filters = form(h("div", { class: "grid" },
    field("Who", "actor", { placeholder: "root", autocapitalize: "none" }),
    field("Action", "action", { placeholder: "stakeholder.create", autocapitalize: "none" }),
    field("What", "subject", { placeholder: "reporting", autocapitalize: "none" }),
    field("Since", "since", { type: "datetime-local" }),
    field("Until", "until", { type: "datetime-local" })),
  "Filter", (typed) => list(body, asked(typed)), { look: "" });
  put(place, heading("Audit", button("Verify", () => verify(verdict))), verdict, filters, body);
  await Promise.all([verify(verdict), list(body, {})]);
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
  const { data, page } = await api.get(query("/audit", { ...filters, limit: PAGE }));
  const items = h("ol", { class: "journal" }, data.map(entry));
  put(place, data.length === 0 && h("p", { class: "empty" }, "No entries."), items, more(items, filters, page?.before));
}

function more(items, filters, before) {
  if (!before) return null;
  const made = button("Show older ones", async () => {
    try {
      const { data, page } = await api.get(query("/audit", { ...filters, limit: PAGE, before }));
      items.append(...data.map(entry));
      made.replaceWith(...[more(items, filters, page?.before)].filter(Boolean));
    } catch (refusal) {
      made.replaceWith(failure(refusal, null));
    }
  }, { look: "quiet" });
  return made;
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
