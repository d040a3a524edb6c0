// The frame: who is logged in, where one is, and the view that belongs there.

import { h, put } from "./dom.js";
import { logOut, lacks, resume, unreachable, user, welcome } from "./session.js";
import { button, complain, confirm, count, dialog, dismiss, failure, field, form, hush, nowhere, tell } from "./ui.js";
import { api } from "./api.js";
import * as drafts from "./drafts.js";

/** Address, name in the menu, module, and which role it takes. */
const VIEWS = [
  ["picture", "Picture", "./picture/view.js"],
  ["stakeholders", "Stakeholders", "./stakeholders.js"],
  ["unmet", "Unmet claims", "./unmet.js"],
  ["drift", "Drift", "./drift.js"],
  ["journal", "Migrations", "./journal.js"],
  ["audit", "Audit", "./audit.js"],
  ["users", "Users", "./users.js", "admin"],
  ["keys", "API keys", "./keys.js"],
];

const app = document.getElementById("app");

async function start() {
  try {
    const hint = await resume();
    if (user) open();
    else welcome(app, hint, open);
  } catch (refusal) {
    unreachable(app, refusal, start);
  }
}

/** Whose drafts are kept. */
let owner = null;

function open() {
  if (owner !== user.id) drafts.dropAll();
  owner = user.id;
  put(app,
    h("button", { type: "button", class: "skip", onclick: () => app.querySelector("h1")?.focus() }, "Skip to content"),
    h("div", { class: "frame" }, menu(), h("main", { id: "view", class: "view" })));
  window.onhashchange = show;
  show();
}

function menu() {
  const links = VIEWS.filter(([, , , role]) => !role || !lacks(role)).map(([name, label]) =>
    h("li", null, h("a", { href: `#/${name}`, "data-name": name }, label)));
  const more = h("button", { type: "button", class: "button quiet small more", "aria-expanded": "false", "aria-controls": "menu", onclick: () => toggle(more) }, "Menu");
  return h("header", { class: "side" },
    h("div", { class: "brand" }, h("img", { src: "/page/icon.svg", alt: "", width: "26", height: "26" }), h("span", null, "IntegrateDB"), more),
    h("nav", { id: "menu", "aria-label": "Views" },
      h("ul", null, links),
      h("div", { class: "who" },
        h("a", { href: "/docs" }, "The API"),
        h("div", null, h("strong", null, user.username), h("span", { class: "quiet" }, ` ${user.role ?? ""}`)),
        h("div", { class: "actions" },
          button("Password", changePassword, { look: "quiet small" }),
          button("Log out", askAndLeave, { look: "quiet small" })))));
}

function toggle(more) {
  const opens = more.getAttribute("aria-expanded") === "false";
  more.setAttribute("aria-expanded", String(opens));
  document.getElementById("menu").classList.toggle("open", opens);
}

function askAndLeave() {
  const unsaved = drafts.pending();
  if (!unsaved) return leave();
  confirm("Log out", `${count(unsaved, "document")} that you have changed ${unsaved === 1 ? "isn't" : "aren't"} saved and would be lost.`, "Log out", async () => {
    if (await leave()) drafts.dropAll();
  });
}

/** Answers whether nobody is logged in now. */
async function leave() {
  try {
    await logOut();
  } catch (refusal) {
    complain(refusal.message);
    return false;
  }
  hush();
  window.onhashchange = null;
  start();
  return true;
}

function changePassword() {
  dialog("Change your password", (close) => form([
    field("New password", "password", { type: "password", autocomplete: "new-password", hint: "10 characters or more. Every session and token of yours ends, this one too." }),
  ], "Change", async ({ password }) => {
    await api.put(`/users/${user.id}`, { user: { password } });
    close();
    tell("The password is changed. Log in with it.");
    leave();
  }));
}

let turn = 0;

/** What an address asks for: `#/stakeholders/3/claims`, `#/audit?action=key`. Null where it
 *  can't be read. */
function asked(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  try {
    const [name, ...rest] = path.split("/").map(decodeURIComponent);
    return { name: name || VIEWS[0][0], rest, parameters: Object.fromEntries(new URLSearchParams(query)) };
  } catch {
    return null;
  }
}

/** Shows the view that the address names. */
async function show(event) {
  const { name, rest, parameters } = asked(location.hash) ?? {};
  const view = VIEWS.find(([known]) => known === name) ?? [null, "Not here"];
  const mine = (turn += 1);
  const focused = document.activeElement;
  hush();
  dismiss();
  for (const link of app.querySelectorAll("nav a")) {
    if (link.dataset.name === view[0]) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.getElementById("menu").classList.remove("open");
  app.querySelector(".more").setAttribute("aria-expanded", "false");
  document.title = `${view[1]} · IntegrateDB`;
  // Each view draws into a place of its own: one that answers late is shown to nobody.
  const place = h("div", { class: `at-${view[0]}`, "aria-busy": "true" });
  try {
    const module = view[2] ? await import(view[2]) : { show: nothing };
    if (mine !== turn) return;
    put(document.getElementById("view"), place);
    await module.show(place, rest, parameters);
    place.removeAttribute("aria-busy");
  } catch (refusal) {
    if (mine === turn) put(document.getElementById("view"), failure(refusal, show));
  }
  if (event && mine === turn) arrive(focused);
}

function nothing(place) {
  put(place, nowhere(`No view has the address ${location.hash}.`, `#/${VIEWS[0][0]}`, "To the picture"));
}

/** Leads whoever has followed a link to the heading of what they see now, which is read out
 *  to who can't. Who has gone on by themselves meanwhile is left alone. */
function arrive(focused) {
  const now = document.activeElement;
  if (now === focused || now === document.body) app.querySelector("h1")?.focus();
}

start();
