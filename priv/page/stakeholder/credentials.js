// How programs log in as a stakeholder: its credentials, its keys and tokens, and its limits.

import { api } from "../api.js";
import { h, put } from "../dom.js";
import { create as createKey, ends, keys, once } from "../keys.js";
import { lacks } from "../session.js";
import { button, confirm, dialog, field, form, load, secret, table, tell, when } from "../ui.js";
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
    section("Credentials for Postgres", "To rotate: issue, deploy, revoke. Both work in between.", button("Issue", () => issue(stakeholder, fill), { look: "main", why }), logins),
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
    "Credentials", ["Name", "Username", "Issued", "Ends", ""],
    data.map((one) => [
      one.name ?? h("span", { class: "quiet" }, "unnamed"), h("code", null, one.username), when(one.inserted_at), ends(one.expires_at),
      button("Revoke", () => confirm(`Revoke ${one.username}`, "Its sessions end at once, and it can't log in any more.", "Revoke", async () => {
        await api.remove(`${path}/${one.id}`);
        tell("The credential is revoked.");
        list(place, stakeholder, why);
      }), { look: "danger-quiet small", why, "aria-label": `Revoke ${one.username}` }),
    ]), { empty: `Only the first one, ${stakeholder.name}, whose password was shown when it was made.` }));
}

function issue(stakeholder, done) {
  dialog(`New credential of ${stakeholder.name}`, (close) => form([
    field("Name", "name", { hint: "To tell them apart, such as blue. May be empty.", autocapitalize: "none" }),
    field("Good for how many days", "expires_in_days", { type: "number", min: "1", hint: "Empty: until it is revoked." }),
  ], "Issue", async ({ name, expires_in_days: days }, made) => {
    const credential = {};
    if (name.trim()) credential.name = name.trim();
    if (days) credential.expires_in_days = Number(days);
    const { data } = await api.post(`/stakeholders/${stakeholder.id}/credentials`, { credential }, once());
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
