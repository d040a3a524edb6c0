// One stakeholder: its claims, its credentials, its notifications.

import { api } from "../api.js";
import { h, put } from "../dom.js";
import { drop } from "../drafts.js";
import { lacks } from "../session.js";
import { button, complain, dialog, failure, field, form, load, nowhere, secret, tell } from "../ui.js";

const TABS = [["claims", "Claims", "./claims.js"], ["credentials", "Credentials", "./credentials.js"], ["notifications", "Notifications", "./notifications.js"]];

export async function show(place, id, [asked]) {
  const tab = asked || TABS[0][0];
  await load(place, () => ask(id), (stakeholder) => {
    if (!stakeholder) return nowhere(`There is no stakeholder ${id}. It may have been deleted.`, "#/stakeholders", "All stakeholders");
    const current = TABS.find(([known]) => known === tab);
    if (!current) return nowhere(`${stakeholder.name} has no part “${tab}”.`, `#/stakeholders/${id}`, `Open ${stakeholder.name}`);
    if (place.isConnected) document.title = `${stakeholder.name}: ${current[1]} · IntegrateDB`;
    return frame(stakeholder, current);
  });
}

/** The stakeholder; null if there is none. */
async function ask(id) {
  try {
    return (await api.get(`/stakeholders/${encodeURIComponent(id)}`)).data;
  } catch (refusal) {
    if (refusal.status === 404) return null;
    throw refusal;
  }
}

function frame(stakeholder, current) {
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

async function remove(stakeholder) {
  let others;
  try {
    others = (await api.get("/stakeholders")).data.filter((one) => one.id !== stakeholder.id);
  } catch (refusal) {
    return complain(refusal.message);
  }
  const heir = field("Given to", "reassign_to", { options: others.map(({ name }) => [name, name]) });
  heir.hidden = true;
  dialog(`Delete ${stakeholder.name}`, (close) => form([
    h("p", null, "Its sessions end, its role goes, and it can't be brought back."),
    field("What it made in the database", "objects", {
      hint: `If it has made nothing, its schema ${stakeholder.name} goes too.`,
      onchange: (event) => { heir.hidden = event.target.value !== "reassign"; },
      options: [
        ["", "is kept, by a role that may do nothing else"],
        others.length > 0 && ["reassign", "is given to another stakeholder"],
        ["drop", "is dropped, with all that depends on it"],
      ].filter(Boolean),
    }),
    heir,
    field(`Type ${stakeholder.name} to confirm`, "name", { autocomplete: "off", autocapitalize: "none", spellcheck: "false" }),
  ], "Delete", async ({ objects, reassign_to, name }, made) => {
    if (name.trim() !== stakeholder.name) throw { message: "", of: (known) => (known === "name" ? "is not the name" : null) };
    const choice = { drop: "?objects=drop", reassign: `?reassign_to=${encodeURIComponent(reassign_to)}` }[objects] ?? "";
    const { data } = await api.remove(`/stakeholders/${stakeholder.id}${choice}`);
    if (data?.kept) made.replaceWith(kept(data.kept, close));
    else close();
    for (const [known] of TABS) drop(`/stakeholders/${stakeholder.id}/${known}`);
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
