// A document that is written, tried, and then saved.

import { api } from "../api.js";
import { h, put } from "../dom.js";
import { editor } from "../editor.js";
import { button, failure } from "../ui.js";

/**
 * Makes the editor of a document, its buttons, and the place of what came of them. `changed`
 * hears of what is written, `changes` shows the answer to a dry run, and `stored` makes the
 * document and what is shown out of the answer to a save.
 */
export function tried(name, { path, data, etag, why, changed, changes, stored }) {
  const outcome = h("div", { class: "outcome", "aria-live": "polite" });
  const save = button("Save", act(store), { look: "main", disabled: true });
  const check = button("Check", act(tryOut), { look: "main", why });
  const made = editor(name, { path, data, etag, why }, (now) => {
    save.disabled = true;
    put(outcome);
    changed?.(now);
  });

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
    put(outcome, changes(await api.put(`${path}?dry_run=true`, { data: given })));
    save.disabled = false;
  }

  async function store(given) {
    const answer = await api.put(path, { data: given }, made.headers);
    const [now, shown] = stored(answer);
    made.saved(now, answer.etag);
    put(outcome, shown);
  }

  return { editor: made, actions: h("div", { class: "actions" }, check, save), outcome };
}
