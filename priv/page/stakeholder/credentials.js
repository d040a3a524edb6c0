// How programs log in as a stakeholder: its credentials, its keys and tokens, and its limits.

import { api, once } from "../api.js";
import { h, put } from "../dom.js";
import { create as createKey, ends, keys } from "../keys.js";
import { lacks } from "../session.js";
import { button, complain, confirm, count, dialog, field, form, load, mark, secret, table, tell, when } from "../ui.js";
import { create as createToken, tokens } from "./tokens.js";

export async function show(place, stakeholder) {
  const why = lacks("operator");
  const logins = h("div");
  const own = h("div");
  const streams = h("div");
  const guards = h("div");
  const fill = () => list(logins, stakeholder, why);
  const fillKeys = () => keys(own, (one) => one.stakeholder_id === stakeholder.id, fillKeys);
  const fillTokens = () => tokens(streams, stakeholder, why);
  put(place,
    section("Credentials for Postgres", "To rotate: issue another, deploy it, and revoke the old one when it has no sessions any more. Both work in between.", [button("Refresh", fill, { look: "quiet small", "aria-label": "Refresh the credentials" }), button("Issue", () => issue(stakeholder, fill), { look: "main", why })], logins),
    section("API keys", "For its own claims and notifications, and nothing else.", button("New key", () => createKey(stakeholder, fillKeys), { why }), own),
    section("Stream tokens", "For opening its websocket and its server-sent events, and nothing else.", button("New token", () => createToken(stakeholder, fillTokens), { why }), streams),
    section("Guards", "What keeps one application from holding up the others. Empty: no limit.", null, guards));
  await Promise.all([fill(), fillKeys(), fillTokens(), guard(guards, stakeholder, why)]);
}

function section(title, hint, action, body) {
  return h("section", { class: "section" },
    h("header", { class: "heading" }, h("h2", null, title), h("div", { class: "actions" }, action)),
    h("p", { class: "quiet" }, hint), body);
}

async function list(place, stakeholder, why) {
  const path = `/stakeholders/${stakeholder.id}/credentials`;
  await load(place, () => api.get(path), ({ data }) => table(
    "Credentials", ["Name", "Username", "Issued", "Ends", "Sessions", ""],
    data.map((one) => [
      one.name, h("code", null, one.username), when(one.inserted_at),
      one.is_revoked ? mark("revoked", "bad") : ends(one.expires_at), one.sessions ? String(one.sessions) : h("span", { class: "quiet" }, "none"),
      button("Revoke", () => revoke(path, one, stakeholder, () => list(place, stakeholder, why)), { look: "danger-quiet small", why, "aria-label": `Revoke ${one.username}` }),
    ]), { empty: `None: nobody can log in as ${stakeholder.name}.` }));
}

/** Asks with what is true now, since the list may be old. */
async function revoke(path, { id, username }, stakeholder, done) {
  try {
    const { data } = await api.get(path);
    const one = data.find((each) => each.id === id);
    if (!one) return done();
    confirm(`Revoke ${username}`, loss(one, data, stakeholder), "Revoke", async () => {
      await api.remove(`${path}/${id}`);
      tell("The credential is revoked.");
      done();
    });
  } catch (refusal) {
    complain(refusal.message);
  }
}

/** What goes with a credential: sessions, and perhaps the last way in. */
function loss(one, all, stakeholder) {
  const works = (other) => !other.is_revoked && !other.is_expired;
  const isLast = works(one) && !all.some((other) => other.id !== one.id && works(other));
  return [
    one.sessions ? `It has ${count(one.sessions, "session")}, which ${one.sessions === 1 ? "ends" : "end"} at once, and then it can't log in any more.` : "It has no sessions just now. Then it can't log in any more.",
    isLast && h("strong", null, ` It is the last login: nobody can log in as ${stakeholder.name} then, until you issue another.`),
  ];
}

function issue(stakeholder, done) {
  const only = once();
  dialog(`New credential of ${stakeholder.name}`, (close) => form([
    field("Name", "name", { hint: "To tell them apart, such as blue. May be empty.", autocapitalize: "none" }),
    field("Good for how many days", "expires_in_days", { type: "number", min: "1", hint: "Empty: until it is revoked." }),
  ], "Issue", async ({ name, expires_in_days: days }, made) => {
    const credential = {};
    if (name.trim()) credential.name = name.trim();
    if (days) credential.expires_in_days = Number(days);
    const { data } = await api.post(`/stakeholders/${stakeholder.id}/credentials`, { credential }, only);
    made.replaceWith(h("div", { class: "form" },
      h("p", null, "This password is shown now and never again."),
      secret("Username", data.username), secret("Password", data.password), data.uri && secret("URI", data.uri),
      h("div", { class: "actions" }, button("Done", () => close()))));
    done();
  }));
}

const GUARDS = [
  ["connection_limit", "Connections at most"],
  ["statement_timeout_ms", "Longest statement (ms)"],
  ["lock_timeout_ms", "Longest wait for a lock (ms)"],
  ["idle_in_transaction_timeout_ms", "Longest idle in transaction (ms)"],
];

async function guard(place, stakeholder, why) {
  const path = `/stakeholders/${stakeholder.id}/guards`;
  await load(place, () => api.get(path), ({ data }) => {
    const current = data.guards ?? data;
    return form(
      h("div", { class: "grid" }, GUARDS.map(([name, label]) => field(label, name, { type: "number", min: "0", value: current[name] ?? "", placeholder: "none" }))),
      "Save guards",
      async (typed) => {
        const guards = Object.fromEntries(GUARDS.map(([name]) => [name, typed[name] === "" ? null : Number(typed[name])]));
        await api.put(path, { guards });
        tell("Guards saved. They hold for new sessions.");
      }, { why, look: "" });
  });
}
