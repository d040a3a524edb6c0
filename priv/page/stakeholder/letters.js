// Dead letters: what channels gave up, with what it says, sent again or skipped.

import { api, query } from "../api.js";
import { h, put } from "../dom.js";
import { button, confirm, count, dialog, load, table, tell, when } from "../ui.js";
import { write } from "../json.js";

/** Lists the dead letters, newest first; `changed` is called when one is gone. */
export async function letters(place, base, why, changed) {
  let all = [];
  const again = async () => {
    await letters(place, base, why, changed);
    changed();
  };
  const draw = (page) => [
    table("Dead letters", ["Event", "Channel", "Given up", "Why", ""], all.map((one) => [
      button(one.event_id, () => open(base, one, why, again), { look: "link", why, "aria-label": `Look at ${one.event_id}` }),
      one.channel, when(one.died_at), h("span", { class: "reason" }, `${one.error} (${count(one.attempts, "attempt")})`),
      h("span", { class: "actions" },
        button("Send again", (event) => resend(base, one, again, event.target), { look: "small", why, "aria-label": `Send again: ${one.event_id}` }),
        button("Skip", () => skip(base, one, again), { look: "danger-quiet small", why, "aria-label": `Skip ${one.event_id}` })),
    ]), { empty: "No dead letters." }),
    page?.before && button("Show older ones", () => more(page.before), { look: "quiet" }),
  ];
  const more = async (before) => {
    const { data, page } = await api.get(query(`${base}/dead-letters`, { limit: 50, before }));
    all = [...all, ...data];
    put(place, draw(page));
  };
  await load(place, () => api.get(`${base}/dead-letters?limit=50`), ({ data, page }) => {
    all = data;
    return draw(page);
  });
}

async function resend(base, one, again, control) {
  control.disabled = true;
  try {
    const { data } = await api.post(`${base}/dead-letters/${one.id}/replay`);
    tell(data.delivered ? "Delivered. It is a dead letter no longer." : `Not delivered: ${data.error ?? "it was refused again"}`);
    if (data.delivered) await again();
  } catch (refusal) {
    tell(refusal.message);
  }
  control.disabled = false;
}

function skip(base, one, again) {
  confirm("Skip this event", "It is never sent again.", "Skip", async () => {
    await api.remove(`${base}/dead-letters/${one.id}`);
    tell("Skipped.");
    await again();
  });
}

function open(base, one, why, again) {
  dialog("Dead letter", (close) => {
    const body = h("div");
    load(body, () => api.get(`${base}/dead-letters/${one.id}`), ({ data }) => [
      h("p", null, data.error),
      data.event
        ? h("pre", { class: "code", tabindex: "0", "aria-label": "Event" }, write(data.event))
        : h("p", { class: "notice warn" }, "The stakeholder may no longer read it, so it can only be skipped."),
      h("div", { class: "actions" },
        button("Send again", async (event) => {
          await resend(base, one, async () => {
            close();
            await again();
          }, event.target);
        }, { look: "main", why })),
    ]);
    return body;
  });
}
