// What a stakeholder listens to: how its channels are, what they gave up, what is there
// already, and the document.

import { api } from "../api.js";
import { h, put } from "../dom.js";
import { isBehind } from "../picture/model.js";
import { lacks } from "../session.js";
import { button, complain, confirm, count, dialog, field, form, load, mark, secret, tell, when } from "../ui.js";
import { backfills } from "./backfills.js";
import { letters } from "./letters.js";
import { tried } from "./tried.js";

export async function show(place, stakeholder) {
  const base = `/stakeholders/${stakeholder.id}/notifications`;
  const why = lacks("operator");
  const parts = { channels: h("div"), letters: h("div"), backfills: h("div"), document: h("div") };
  const fill = () => load(parts.channels, () => api.get(`${base}/status`), ({ data }) => channels(base, data, why, fill));
  const all = () => Promise.all([fill(), letters(parts.letters, base, why, fill), backfills(parts.backfills, base, why)]);
  put(place,
    section("Channels", parts.channels, button("Refresh", all, { look: "quiet small" })),
    section("Dead letters", parts.letters), section("Backfills", parts.backfills), section("What it listens to", parts.document));
  await Promise.all([all(), document(parts.document, base, why, all)]);
}

function section(title, body, action = null) {
  return h("section", { class: "section" }, h("header", { class: "heading" }, h("h2", null, title), h("div", { class: "actions" }, action)), body);
}

function channels(base, { stream, channels: list }, why, again) {
  return [
    list.length > 0 && !stream.is_being_read && h("p", { class: "notice warn" }, "Nobody reads the stream of changes just now, so nothing is told."),
    list.length === 0 && h("p", { class: "empty" }, "It listens to nothing. Write a document below."),
    h("div", { class: "cards" }, list.map((one) => card(base, one, why, again))),
  ];
}

function card(base, one, why, again) {
  const act = (path, body, done) => async (event) => {
    event.target.disabled = true;
    try {
      done(await api.post(`${base}/${path}`, { data: { channel: one.name, ...body } }));
    } catch (refusal) {
      complain(refusal.message);
    }
    event.target.disabled = false;
  };
  const refreshed = (text) => () => {
    tell(text);
    again();
  };
  return h("article", { class: "card" },
    h("header", null, h("h3", { class: "identifier" }, one.name), one.name !== one.type && mark(one.type), state(one)),
    h("dl", { class: "pairs" },
      pair("Waiting", waiting(one)),
      pair("Delivered", [one.delivered.toLocaleString("en"), one.delivered_at ? [", last ", when(one.delivered_at)] : ""]),
      pair("Failures", one.failures.toLocaleString("en")),
      pair("Dead letters", String(one.dead_letters))),
    one.last_error && h("div", { class: "last" }, h("p", { class: "wrong" }, one.last_error), h("p", { class: "quiet" }, "The last failure was ", when(one.last_error_at), ".")),
    h("div", { class: "actions" },
      one.paused
        ? button("Resume", act("resume", {}, refreshed("It goes on.")), { look: "small", why, "aria-label": `Resume ${one.name}` })
        : button("Pause", act("pause", {}, refreshed("It is paused. What happens meanwhile is told afterwards.")), { look: "small", why, "aria-label": `Pause ${one.name}` }),
      button("Test", act("test", {}, ({ data }) => tested(one, data)), { look: "small", why, "aria-label": `Test ${one.name}` }),
      button("Tell again …", () => replay(base, one, again), { look: "small", why }),
      one.type === "WEBHOOK" && button("New secret …", () => rotate(base, one), { look: "small", why })));
}

function pair(name, value) {
  return [h("dt", null, name), h("dd", null, value)];
}

function waiting(one) {
  if (isUnheard(one)) return "not known: no client has acknowledged anything yet";
  return one.pending ? [`${count(one.pending, "change")}, since `, when(one.oldest_pending_at)] : "nothing";
}

function state(one) {
  if (one.paused) return mark("paused", "warn");
  if (one.dead_letters > 0) return mark(count(one.dead_letters, "dead letter"), "bad");
  if (one.pending > 0 && isFailing(one)) return mark("failing", "bad");
  if (isUnheard(one)) return mark("not acknowledged");
  return isBehind({ waiting_since: one.oldest_pending_at }) ? mark("behind", "warn") : mark("up to date", "good");
}

/** Whether it is a SOCKET of which nobody knows how far its clients are, as for /metrics. */
function isUnheard(one) {
  return one.type === "SOCKET" && !one.acknowledged_at;
}

/** Whether the last that happened was a failure. */
function isFailing(one) {
  return Boolean(one.last_error_at) && !(one.delivered_at > one.last_error_at);
}

function tested(one, results) {
  const result = [results].flat().find((each) => each.channel === one.name) ?? [results].flat()[0] ?? {};
  const fine = result.delivered ?? result.connected;
  if (fine) tell(`${one.name} took the test event.`);
  else complain(`${one.name} didn't take the test event: ${result.error ?? "nobody is connected"}`);
}

function replay(base, one, done) {
  dialog(`Tell ${one.name} again`, (close) => form([
    field("From", "from", { hint: `The id of an event, a time such as 2026-01-31T12:00:00Z, or an LSN, before ${one.position}, where it is now. Everything from there on is told again; nothing is skipped.`, autocomplete: "off" }),
  ], "Tell again", async ({ from }) => {
    await api.post(`${base}/replay`, { data: { channel: one.name, from } });
    close();
    tell("It is told again from there.");
    done();
  }));
}

function rotate(base, one) {
  confirm(`New secret for ${one.name}`, "For 24 hours requests are signed with both the old and the new one.", "Make a new secret", async () => {
    const { data } = await api.post(`${base}/rotate`, { data: { channel: one.name } });
    dialog(`Secret of ${one.name}`, (close) => h("div", { class: "form" },
      h("p", null, "It is shown now and never again."), secret("Secret", data.secret), h("div", { class: "actions" }, button("Done", () => close()))));
  });
}

async function document(place, base, why, done) {
  await load(place, () => api.get(base), ({ data, etag }) => {
    const changes = ({ data: planned }) => planChanges(planned.dry_run, planned.not_told);
    const stored = ({ data: { from, secrets, not_told: untold, ...now } }) => {
      done();
      return [now, saved(from, secrets, untold)];
    };
    const made = tried("Notifications", { path: base, data, etag, why, changes, stored });
    return [made.editor.element, made.actions, made.outcome];
  });
}

function planChanges(plan, untold) {
  const list = (title, look, one, all) => all.length > 0 && h("section", null, h("h3", null, count(all.length, ...title)), h("ul", { class: "steps" }, all.map((each) => h("li", { class: look }, one(each)))));
  const match = (one) => h("code", null, one.path ?? one.alternatives.map(({ path }) => path).join(" or "));
  const channel = (name) => h("span", { class: "identifier" }, name);
  return [
    h("p", { class: "notice good" }, plan.is_change ? "It can be saved. Then this changes:" : "It can be saved, and nothing would change."),
    list(["match added", "matches added"], "add", match, plan.matches.added),
    list(["match removed", "matches removed"], "take", match, plan.matches.removed),
    list(["channel added", "channels added"], "add", channel, plan.channels.added),
    list(["channel with other settings", "channels with other settings"], "add", channel, plan.channels.changed),
    list(["channel removed, with its position and its dead letters", "channels removed, with their positions and their dead letters"], "take", channel, plan.channels.removed),
    plan.alerts_change && h("p", null, "Other alerts are told, or by other channels."),
    notTold(untold),
  ];
}

function saved(from, secrets, untold) {
  const made = Object.entries(secrets ?? {});
  return [
    h("p", { class: "notice good" }, from ? ["Saved. Nothing is missed after ", h("code", null, from), "."] : "Saved. The stream begins when the transactions that are writing now have ended."),
    made.length > 0 && h("div", { class: "form" }, h("p", null, "These secrets sign what is sent. They are shown now and never again."), made.map(([channel, text]) => secret(`Secret of ${channel}`, text))),
    notTold(untold),
  ];
}

function notTold(untold) {
  return untold?.length > 0 && h("div", { class: "notice warn" }, h("p", null, "Not everything that it names is told, since it isn't claimed:"), h("ul", null, untold.map((one) => h("li", null, h("code", null, typeof one === "string" ? one : one.path ?? JSON.stringify(one)), one.why ? ` ${one.why}` : ""))));
}
