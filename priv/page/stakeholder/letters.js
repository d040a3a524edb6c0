// Dead letters: what channels gave up, with what it says, sent again or skipped.

import { api, query } from "../api.js";
import { h } from "../dom.js";
import { button, complain, confirm, count, dialog, load, older, row, table, tell, when } from "../ui.js";
import { write } from "../json.js";
import { sendAll } from "./resend.js";

const HEADS = ["Event", "Channel", "Given up", "Why", ""];

/** Lists the dead letters, newest first; `changed` is called when one is gone. */
export async function letters(place, base, why, changed) {
  const again = async () => {
    await letters(place, base, why, changed);
    changed();
  };
  const ask = (before) => api.get(query(`${base}/dead-letters`, { limit: 50, before }));
  const cells = (one) => [
    button(one.event_id, () => open(base, one, why, again), { look: "link", why, "aria-label": `Look at ${one.event_id}` }),
    one.channel, when(one.died_at), h("span", { class: "reason" }, `${one.error} (${count(one.attempts, "attempt")})`),
    h("span", { class: "actions" },
      button("Send again", (event) => resend(base, one, again, event.target), { look: "small", why, "aria-label": `Send again: ${one.event_id}` }),
      button("Skip", () => skip(base, one, again), { look: "danger-quiet small", why, "aria-label": `Skip ${one.event_id}` })),
  ];
  await load(place, ask, ({ data, page }) => {
    const list = table("Dead letters", HEADS, data.map(cells), { empty: "No dead letters." });
    const body = list.querySelector("tbody");
    return [
      list, older(page, ask, (more) => body.append(...more.map((one) => row(HEADS, cells(one))))),
      data.length > 1 && button("Send all again …", () => sendAll(base, again), { look: "small", why }),
    ];
  });
}

async function resend(base, one, again, control) {
  control.disabled = true;
  try {
    const { data } = await api.post(`${base}/dead-letters/${one.id}/replay`);
    if (data.delivered) {
      tell("Delivered. It is a dead letter no longer.");
      await again();
    } else {
      complain(`Not delivered: ${data.error ?? "it was refused again"}`);
    }
  } catch (refusal) {
    complain(refusal.message);
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
