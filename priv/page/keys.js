// API keys: named, limited to a role or one stakeholder, shown once.

import { api, once } from "./api.js";
import { h, put } from "./dom.js";
import { ROLES, lacks, user } from "./session.js";
import { button, confirm, dialog, field, form, heading, load, mark, secret, table, tell, when } from "./ui.js";

export async function show(place) {
  const list = h("div");
  const fill = () => keys(list, () => true, fill);
  put(place,
    heading("API keys", button("New key", () => create(null, fill), { look: "main", why: lacks("operator") })),
    h("p", { class: "lead" }, "A program sends its key as ", h("code", null, "Authorization: Bearer idbk_…"), ". A key is shown once, and can do no more than its role."),
    list);
  await fill();
}

/** Lists the keys that fit into a place. */
export async function keys(place, fits, again) {
  await load(place, () => api.get("/keys"), ({ data }) => table(
    "API keys", ["Name", "Good for", "Made", "Last used", "Ends", ""],
    data.filter(fits).map((one) => [
      one.name,
      one.stakeholder_id ? h("a", { href: `#/stakeholders/${one.stakeholder_id}` }, `stakeholder ${one.stakeholder_id}`) : mark(one.role),
      when(one.inserted_at), when(one.last_used_at), ends(one.expires_at),
      button("Revoke", () => confirm(`Revoke ${one.name}`, "Whatever uses this key is refused from now on.", "Revoke", async () => {
        await api.remove(`/keys/${one.id}`);
        tell("The key is revoked.");
        again();
      }), { look: "danger-quiet small", why: lacks("operator"), "aria-label": `Revoke ${one.name}` }),
    ]), { empty: "No keys." }));
}

/** When something ends, marked where it has. */
export function ends(time) {
  if (!time) return h("span", { class: "quiet" }, "never");
  return new Date(time) < Date.now() ? [mark("expired", "bad"), " ", when(time)] : when(time);
}

/** Makes a key, of a stakeholder if one is given. */
export function create(stakeholder, done) {
  const only = once();
  const roles = ROLES.slice(0, ROLES.indexOf(user.role) + 1).map((role) => [role, role]);
  dialog(stakeholder ? `New API key of ${stakeholder.name}` : "New API key", (close) => form([
    field("Name", "name", { hint: "What uses it, such as: deploy of the shop." }),
    !stakeholder && field("Role", "role", { options: roles, hint: "A viewer reads, an operator also changes stakeholders, an admin everything." }),
    field("Good for how many days", "expires_in_days", { type: "number", min: "1", hint: "Empty: until it is revoked." }),
  ], "Make the key", async ({ name, role, expires_in_days: days }, made) => {
    const key = stakeholder ? { name, stakeholder_id: stakeholder.id } : { name, role };
    if (days) key.expires_in_days = Number(days);
    const { data } = await api.post("/keys", { key }, only);
    made.replaceWith(h("div", { class: "form" }, h("p", null, "This key is shown now and never again."), secret("Key", data.key), h("div", { class: "actions" }, button("Done", () => close()))));
    done();
  }));
}
