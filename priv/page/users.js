// The people who may log in, and what each may do.

import { api, once } from "./api.js";
import { h, put } from "./dom.js";
import { lacks, user } from "./session.js";
import { button, confirm, dialog, field, form, heading, load, mark, table, tell } from "./ui.js";

const ROLES = [["viewer", "viewer: reads everything but secrets"], ["operator", "operator: also changes stakeholders and claims"], ["admin", "admin: also users and keys"]];

export async function show(place) {
  const why = lacks("admin");
  const list = h("div");
  const fill = () => load(list, () => api.get("/users"), ({ data }) => table("Users", ["Username", "Role", ""], data.map((one) => [
    [one.username, one.id === user.id ? h("span", { class: "quiet" }, " (you)") : ""], mark(one.role),
    h("span", { class: "actions" },
      button("Change", () => change(one, fill), { look: "small", why, "aria-label": `Change ${one.username}` }),
      button("Delete", () => confirm(`Delete ${one.username}`, "Their sessions and tokens end at once.", "Delete", async () => {
        await api.remove(`/users/${one.id}`);
        tell(`${one.username} is deleted.`);
        fill();
      }), { look: "danger-quiet small", why: one.id === user.id ? "This is you." : why, "aria-label": `Delete ${one.username}` })),
  ])));
  put(place, heading("Users", button("New user", () => create(fill), { look: "main", why })), list);
  await fill();
}

function create(done) {
  const only = once();
  dialog("New user", (close) => form([
    field("Username", "username", { autocomplete: "off", autocapitalize: "none", spellcheck: "false" }),
    field("Password", "password", { type: "password", autocomplete: "new-password", hint: "10 characters or more." }),
    field("Role", "role", { options: ROLES }),
  ], "Create", async (typed) => {
    await api.post("/users", { user: typed }, only);
    close();
    tell(`${typed.username} can log in now.`);
    done();
  }));
}

function change(one, done) {
  dialog(`Change ${one.username}`, (close) => form([
    field("Username", "username", { value: one.username, autocomplete: "off", autocapitalize: "none", spellcheck: "false" }),
    field("Role", "role", { options: ROLES, value: one.role }),
    field("New password", "password", { type: "password", autocomplete: "new-password", hint: "Empty: it stays. A new one ends their sessions and tokens." }),
  ], "Save", async ({ password, ...rest }) => {
    await api.put(`/users/${one.id}`, { user: password ? { ...rest, password } : rest });
    close();
    tell("Saved.");
    done();
  }));
}
