// All stakeholders: who there is, and a new one.

import { api, once } from "./api.js";
import { h, later, put } from "./dom.js";
import { lacks } from "./session.js";
import { trouble } from "./picture/model.js";
import { button, count, dialog, field, form, heading, load, mark, secret, table } from "./ui.js";
import { show as showOne } from "./stakeholder/view.js";

/** How many are listed before one has to search. */
const MOST = 200;

export async function show(place, [id, ...rest]) {
  if (id) return showOne(place, id, rest);
  const list = h("div");
  put(place, heading("Stakeholders", button("New stakeholder", () => create(() => fill(list)), { look: "main", why: lacks("operator") })), list);
  return fill(list);
}

async function fill(list) {
  // The dependencies say of each how it is; of the lines between, one is as good as none.
  await load(list, () => api.get("/dependencies?limit=1"), ({ data: { stakeholders: data } }) => {
    const found = h("div");
    const draw = (word) => {
      const fits = data.filter((one) => one.name.includes(word.trim().toLowerCase()));
      put(found,
        table("Stakeholders", ["Name", "Claims", "State", "Look at"], fits.slice(0, MOST).map((one) => [
          h("a", { class: "identifier", href: `#/stakeholders/${one.id}` }, one.name),
          one.tables ? count(one.tables, "table") : h("span", { class: "quiet" }, "nothing"),
          state(one),
          h("span", { class: "links" }, ["claims", "credentials", "notifications"].map((tab) =>
            h("a", { href: `#/stakeholders/${one.id}/${tab}`, "aria-label": `${tab} of ${one.name}` }, tab))),
        ]), { empty: data.length ? "None of this name." : "No application is known yet. Each gets a role, a schema and a password of its own." }),
        fits.length > MOST && h("p", { class: "quiet" }, `${MOST} of ${fits.length}. Search to see others.`));
    };
    draw("");
    const search = h("input", { type: "search", "aria-label": "Search stakeholders", placeholder: "Search", oninput: later(100, () => draw(search.value)) });
    return [data.length > 8 && h("div", { class: "search" }, search), found];
  });
}

function state(one) {
  const worry = trouble(one);
  return [
    one.unmet_claims > 0 && mark(`${one.unmet_claims} unmet`, "bad"), " ",
    worry && mark(worry.words, worry.look),
    !one.unmet_claims && !worry && mark("fine", "good"),
  ];
}

/** Makes a stakeholder. */
export function create(done) {
  const only = once();
  dialog("New stakeholder", (close) => form([
    field("Name", "name", { autocapitalize: "none", spellcheck: "false", hint: "The name of its role and schema: a letter first, then letters, digits and _, 32 at most." }),
  ], "Create", async ({ name }, made) => {
    const { data } = await api.post("/stakeholders", { stakeholder: { name } }, only);
    made.replaceWith(shown(data, close));
    done();
  }));
}

function shown({ id, name, credentials }, close) {
  return h("div", { class: "form" },
    h("p", null, "This password is shown now and never again."),
    secret("Username", credentials.username),
    secret("Password", credentials.password),
    credentials.uri && secret("URI", credentials.uri),
    h("div", { class: "actions" },
      h("a", { class: "button main", href: `#/stakeholders/${id}/claims`, onclick: () => close() }, `Write the claims of ${name}`),
      button("Done", () => close())));
}
