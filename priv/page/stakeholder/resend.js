// All dead letters of a stakeholder, sent again: the oldest first, one after the other.

import { api, query } from "../api.js";
import { h, put } from "../dom.js";
import { button, complain, count, dialog, form } from "../ui.js";

/** As many as the API lists at once. */
const PAGE = 1000;

/** Says how many there are, asks, and sends them; `done` is called at the end. */
export async function sendAll(base, done) {
  try {
    const all = await list(base);
    ask(base, all, done);
  } catch (refusal) {
    complain(refusal.message);
  }
}

/** All of them, the oldest first. */
async function list(base) {
  const all = [];
  for (let before = null; ;) {
    const { data, page } = await api.get(query(`${base}/dead-letters`, { limit: PAGE, before }));
    all.push(...data);
    before = page?.before;
    if (!before) return all.reverse();
  }
}

function ask(base, all, done) {
  const run = { isOver: false };
  const { box } = dialog("Send all again", (close) => form([
    h("p", null, `Send ${count(all.length, "dead letter")} again, the oldest first and one after the other? What isn't taken stays here.`),
  ], "Send all again", async (_, made) => {
    const place = h("div", { class: "form", role: "status" });
    made.replaceWith(place);
    await send(base, all, run, place, close);
    done();
  }, { extra: [button("Cancel", () => close())] }));
  // Whoever closes it stops it.
  box.addEventListener("close", () => { run.isOver = true; });
}

async function send(base, all, run, place, close) {
  const told = { sent: 0, delivered: 0, error: null };
  const progress = h("p", null);
  put(place, progress, h("div", { class: "actions" }, button("Stop", () => close())));
  for (const one of all) {
    if (run.isOver) break;
    put(progress, `${told.sent.toLocaleString("en")} of ${all.length.toLocaleString("en")} …`);
    await api.post(`${base}/dead-letters/${one.id}/replay`).then(({ data }) => {
      if (data.delivered) told.delivered += 1;
      else told.error = data.error ?? "it was refused again";
    }, (refusal) => { told.error = refusal.message; });
    told.sent += 1;
  }
  put(place,
    h("p", null, `${told.delivered.toLocaleString("en")} of ${count(all.length, "dead letter")} delivered.`),
    told.error && h("p", { class: "wrong" }, `${count(told.sent - told.delivered, "was", "were")} not taken. The last answer: ${told.error}`),
    h("div", { class: "actions" }, button("Done", () => close())));
}
