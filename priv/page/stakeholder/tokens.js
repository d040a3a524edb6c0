// The tokens with which applications open the streams of a stakeholder.

import { api, once } from "../api.js";
import { h } from "../dom.js";
import { ends } from "../keys.js";
import { button, confirm, dialog, field, form, load, secret, table, tell, when } from "../ui.js";

/** Lists the tokens of a stakeholder. */
export async function tokens(place, stakeholder, why) {
  const path = `/stakeholders/${stakeholder.id}/tokens`;
  await load(place, () => api.get(path), ({ data }) => table(
    "Stream tokens", ["Name", "Made", "Last used", "Ends", ""],
    data.map((one) => [
      one.name, when(one.inserted_at), when(one.last_used_at), ends(one.expires_at),
      button("Revoke", () => confirm(`Revoke ${one.name}`, "What it has opened ends within seconds.", "Revoke", async () => {
        await api.remove(`${path}/${one.id}`);
        tell("The token is revoked.");
        tokens(place, stakeholder, why);
      }), { look: "danger-quiet small", why, "aria-label": `Revoke ${one.name}` }),
    ]), { empty: "No tokens." }));
}

/** Makes a token. */
export function create(stakeholder, done) {
  const only = once();
  dialog(`New stream token of ${stakeholder.name}`, (close) => form([
    field("Name", "name", { hint: "What uses it, such as: browsers of the shop." }),
    field("Good for how many days", "expires_in_days", { type: "number", min: "1", hint: "Empty: until it is revoked." }),
  ], "Make the token", async ({ name, expires_in_days: days }, made) => {
    const token = days ? { name, expires_in_days: Number(days) } : { name };
    const { data } = await api.post(`/stakeholders/${stakeholder.id}/tokens`, { token }, only);
    made.replaceWith(h("div", { class: "form" }, h("p", null, "This token is shown now and never again."), secret("Token", data.token), h("div", { class: "actions" }, button("Done", () => close()))));
    done();
  }));
}
