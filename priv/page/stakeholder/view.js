// One stakeholder: its claims, its credentials, its notifications.

import { api } from "../api.js";
import { h, put } from "../dom.js";
import { lacks } from "../session.js";
import { button, dialog, failure, field, form, load, secret, tell } from "../ui.js";

const TABS = [["claims", "Claims", "./claims.js"], ["credentials", "Credentials", "./credentials.js"], ["notifications", "Notifications", "./notifications.js"]];

export async function show(place, id, [tab = "claims"]) {
  await load(place, () => api.get(`/stakeholders/${encodeURIComponent(id)}`), ({ data }) => frame(data, tab));
}

function frame(stakeholder, name) {
  const current = TABS.find(([known]) => known === name) ?? TABS[0];
  const body = h("div", { class: "tab" });
  const why = lacks("operator");
  open(body, current, stakeholder).catch((refusal) => put(body, failure(refusal, null)));
  return [
    h("p", { class: "crumbs" }, h("a", { href: "#/stakeholders" }, "Stakeholders")),
    h("header", { class: "heading" },
      h("h1", { tabindex: "-1", class: "identifier" }, stakeholder.name),
      h("div", { class: "actions" },
        button("Rename", () => rename(stakeholder), { why }),
        button("Delete", () => remove(stakeholder), { why, look: "danger-quiet" }))),
    h("nav", { class: "tabs", "aria-label": `Parts of ${stakeholder.name}` }, TABS.map(([known, label]) =>
      h("a", { href: `#/stakeholders/${stakeholder.id}/${known}`, "aria-current": known === current[0] ? "page" : null }, label))),
    body,
  ];
}

async function open(body, [, , file], stakeholder) {
  body.setAttribute("aria-busy", "true");
  const module = await import(file);
  await module.show(body, stakeholder);
  body.removeAttribute("aria-busy");
}

function rename(stakeholder) {
  dialog(`Rename ${stakeholder.name}`, (close) => form([
    h("p", null, "Its role and schema are renamed too; its password stays. Programs that log in as it need the new name."),
    field("New name", "name", { value: stakeholder.name, autocapitalize: "none", spellcheck: "false" }),
  ], "Rename", async ({ name }) => {
    await api.put(`/stakeholders/${stakeholder.id}`, { stakeholder: { name } });
    close();
    tell("Renamed.");
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  }));
}

function remove(stakeholder) {
  dialog(`Delete ${stakeholder.name}`, (close) => form([
    h("p", null, "Its sessions end, its role goes, and it can't be brought back."),
    field("What it made in the database", "objects", { options: [
      ["", "is kept, by a role that may do nothing else"],
      ["reassign", "is given to another stakeholder"],
      ["drop", "is dropped, with all that depends on it"],
    ] }),
    field("Given to", "reassign_to", { hint: "Only where it is given to another stakeholder: its name.", autocapitalize: "none" }),
    field(`Type ${stakeholder.name} to confirm`, "name", { autocomplete: "off", autocapitalize: "none", spellcheck: "false" }),
  ], "Delete", async ({ objects, reassign_to, name }, made) => {
    if (name.trim() !== stakeholder.name) throw { message: "", of: (known) => (known === "name" ? "is not the name" : null) };
    const choice = { drop: "?objects=drop", reassign: `?reassign_to=${encodeURIComponent(reassign_to)}` }[objects] ?? "";
    const { data } = await api.remove(`/stakeholders/${stakeholder.id}${choice}`);
    if (data?.kept) made.replaceWith(kept(data.kept, close));
    else close();
    location.hash = "#/stakeholders";
    tell(`${stakeholder.name} is deleted.`);
  }, { look: "danger", extra: [button("Cancel", () => close())] }));
}

function kept({ schema, owner, objects }, close) {
  return h("div", { class: "form" },
    h("p", null, "What it made was kept:"),
    h("ul", { class: "plain" }, objects.map((one) => h("li", null, h("code", null, one)))),
    secret("Schema", schema), secret("Owner", owner),
    h("div", { class: "actions" }, button("Done", () => close())));
}
