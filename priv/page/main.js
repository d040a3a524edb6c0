// The frame: who is logged in, where one is, and the view that belongs there.

import { h, put } from "./dom.js";
import { logOut, lacks, resume, unreachable, user, welcome } from "./session.js";
import { button, failure, field, form, dialog, tell } from "./ui.js";
import { api } from "./api.js";

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

function open() {
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
        h("div", null, h("strong", null, user.username), h("span", { class: "quiet" }, ` ${user.role ?? ""}`)),
        h("div", { class: "actions" },
          button("Password", changePassword, { look: "quiet small" }),
          button("Log out", leave, { look: "quiet small" })))));
}

function toggle(more) {
  const opens = more.getAttribute("aria-expanded") === "false";
  more.setAttribute("aria-expanded", String(opens));
  document.getElementById("menu").classList.toggle("open", opens);
}

async function leave() {
  try {
    await logOut();
  } catch (refusal) {
    tell(refusal.message);
    return;
  }
  window.onhashchange = null;
  start();
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

/** Shows the view that the address names: `#/stakeholders/3/claims`. */
async function show() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("?")[0].split("/").map(decodeURIComponent);
  const view = VIEWS.find(([known]) => known === name) ?? VIEWS[0];
  const mine = (turn += 1);
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
    const module = await import(view[2]);
    if (mine !== turn) return;
    put(document.getElementById("view"), place);
    await module.show(place, rest);
    place.removeAttribute("aria-busy");
  } catch (refusal) {
    if (mine === turn) put(document.getElementById("view"), failure(refusal, show));
  }
}

start();
