// The claims of a stakeholder: written with the schema's help, tried, and then saved.

import { api } from "../api.js";
import { h, put } from "../dom.js";
import { editor } from "../editor.js";
import { lacks } from "../session.js";
import { button, count, failure, load, tell } from "../ui.js";
import { helper } from "./helper.js";

export async function show(place, stakeholder) {
  const path = `/stakeholders/${stakeholder.id}/claims`;
  await load(place, () => api.get(path), (stored) => build(path, stored));
}

function build(path, { data, etag }) {
  const why = lacks("operator");
  const outcome = h("div", { class: "outcome", "aria-live": "polite" });
  const save = button("Save", act(store), { look: "main", disabled: true });
  const made = editor("Claims", { path, data, etag, why }, (now) => {
    save.disabled = true;
    put(outcome);
    help.follow(now);
  });
  const help = helper(made.document, (changed) => made.set(changed), why);
  const check = button("Check", act(tryOut), { look: "main", why });

  /** Runs one thing at a time, and shows what is said against it. */
  function act(what) {
    return async () => {
      const given = made.take();
      if (given === undefined) return;
      check.disabled = true;
      save.disabled = true;
      try {
        await what(given);
      } catch (refusal) {
        show(refusal, () => act(what)());
      } finally {
        check.disabled = false;
      }
    };
  }

  function show(refusal, again) {
    put(outcome);
    try {
      made.refuse(refusal);
    } catch {
      put(outcome, failure(refusal, refusal.passes ? again : null));
    }
  }

  async function tryOut(given) {
    const { data } = await api.put(`${path}?dry_run=true`, { data: given });
    put(outcome, changes(data.dry_run, data.not_revoked));
    save.disabled = false;
  }

  async function store(given) {
    const { data, etag } = await api.put(path, { data: given }, made.headers);
    const { not_revoked: kept, ...stored } = data;
    made.saved(stored, etag);
    put(outcome, h("p", { class: "notice good" }, "Saved. The grants are as the claims say."), kept && notRevoked(kept));
    tell("Claims saved.");
  }

  return h("div", { class: "claims" },
    h("div", null, made.element, h("div", { class: "actions" }, check, save), why && h("p", { class: "quiet" }, why), outcome),
    help.element);
}

function changes({ grants, revokes }, kept) {
  if (!grants.length && !revokes.length) return [h("p", { class: "notice good" }, "It can be saved, and no grant would change."), kept && notRevoked(kept)];
  const list = (title, look, steps) => steps.length > 0 && h("section", null, h("h3", null, title), h("ul", { class: "steps" }, steps.map((one) => h("li", { class: look }, privilege(one)))));
  return [
    h("p", { class: "notice good" }, "It can be saved. Then this changes:"),
    list(count(grants.length, "grant"), "add", grants), list(count(revokes.length, "grant taken away", "grants taken away"), "take", revokes),
    kept && notRevoked(kept),
  ];
}

function privilege({ privilege: what, schema, table, columns }) {
  return [`${what} on `, h("code", null, table ? `${schema}.${table}` : `schema ${schema}`), columns?.length ? ` (${columns.join(", ")})` : ""];
}

function notRevoked(kept) {
  return h("div", { class: "notice warn" }, h("p", null, "Another role granted this, so it stays readable:"), h("ul", null, kept.map((one) => h("li", null, privilege(one)))));
}
