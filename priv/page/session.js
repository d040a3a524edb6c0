// Who is logged in: a session by cookie, which scripts can't read, and the token that
// proves a request comes from this page.

import { api, carry, onSignedOut } from "./api.js";
import { h, put } from "./dom.js";
import { dialog, failure, field, form } from "./ui.js";

/** From who may least to who may most. */
export const ROLES = ["viewer", "operator", "admin"];

/** The user, or null. */
export let user = null;

/** Why the user may not do what takes a role; null: they may. */
export function lacks(role) {
  if (user && ROLES.indexOf(user.role) >= ROLES.indexOf(role)) return null;
  const article = role === "viewer" ? "a" : "an";
  return `This takes ${article} ${role}; you are ${user?.role === "viewer" ? "a" : "an"} ${user?.role ?? "nobody"}.`;
}

/** Asks who is logged in; answers what the log-in has to know. */
export async function resume() {
  const answer = await api.once("GET", "/auth/session");
  enter(answer.data);
  return answer;
}

function enter(session) {
  user = session;
  carry(session?.csrf_token ?? null);
}

async function logIn({ username, password }) {
  const answer = await api.once("POST", "/auth/session", { user: { username, password } });
  enter(answer.data);
}

/** Ends the session. */
export async function logOut() {
  await api.once("DELETE", "/auth/session").catch((refusal) => {
    if (refusal.status !== 401) throw refusal;
  });
  enter(null);
}

function credentials(fresh) {
  return [
    field("Username", "username", { autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true }),
    field("Password", "password", {
      type: "password", autocomplete: fresh ? "new-password" : "current-password", required: true,
      hint: fresh ? "10 characters or more." : null,
    }),
  ];
}

/** The view for whoever isn't logged in. `done` is called when somebody is. */
export function welcome(place, hint, done) {
  const card = h("main", { class: "welcome" },
    h("img", { src: "/page/icon.svg", alt: "", width: "40", height: "40" }),
    h("h1", null, "IntegrateDB"));
  card.append(hint.needs_first_user ? first(hint, done) : known(done));
  put(place, card);
  card.querySelector("input").focus();
}

function known(done) {
  return form(credentials(false), "Log in", async (typed) => {
    await logIn(typed).catch(plainly);
    done();
  });
}

function first(hint, done) {
  const secret = hint.takes_bootstrap_secret
    && field("Bootstrap secret", "secret", { type: "password", autocomplete: "off", hint: "The setting BOOTSTRAP_SECRET of this server." });
  const made = form([...credentials(true), secret], "Create the first user", async (typed) => {
    const headers = typed.secret ? { "X-Bootstrap-Secret": typed.secret } : {};
    await api.once("POST", "/users", { user: { username: typed.username, password: typed.password } }, headers);
    await logIn(typed);
    done();
  });
  return h("div", null, h("p", { class: "lead" }, "Nobody can log in yet. The first user is an administrator."), made);
}

function plainly(refusal) {
  if (refusal.status === 403) refusal.message = "Username and password don't fit.";
  throw refusal;
}

let asking = null;

/** Asks for a log-in over the page, so that what is typed below stays. */
onSignedOut(() => {
  asking ??= new Promise((resolve) => {
    const { close } = dialog("Your session has ended", () => form(
      [h("p", null, "Log in again to go on. Nothing you have typed is lost."), ...credentials(false)],
      "Log in",
      async (typed) => {
        await logIn(typed).catch(plainly);
        asking = null;
        close();
        resolve();
      },
    ), { closes: false });
  });
  return asking;
});

/** Where the server can't be asked who is logged in. */
export function unreachable(place, refusal, again) {
  put(place, h("main", { class: "welcome" }, h("h1", null, "IntegrateDB"), failure(refusal, again)));
}
