// Backfills: the rows that are there already, sent as events.

import { api } from "../api.js";
import { button, complain, count, dialog, field, form, load, mark, table, tell, when } from "../ui.js";

const LOOKS = { running: "warn", done: "good", failed: "bad", cancelled: "" };

/** Lists the backfills, newest first. */
export async function backfills(place, base, why) {
  const again = () => backfills(place, base, why);
  await load(place, () => api.get(`${base}/backfill?limit=20`), ({ data }) => [
    table("Backfills", ["No.", "Match", "State", "Rows read", "Begun", ""], data.map((one) => [
      String(one.id), String(one.match), [mark(one.state, LOOKS[one.state] ?? ""), one.error ? ` ${one.error}` : ""],
      progress(one.tables ?? []), when(one.inserted_at),
      one.state === "running" ? button("Cancel", () => cancel(base, one, again), { look: "danger-quiet small", why, "aria-label": `Cancel backfill ${one.id}` }) : "",
    ]), { empty: "None was asked for. A backfill sends the rows that were there before it listened." }),
    button("New backfill", () => create(base, again), { look: "small", why }),
  ]);
}

function progress(tables) {
  const read = tables.reduce((sum, one) => sum + (one.rows_read ?? 0), 0);
  const estimated = tables.reduce((sum, one) => sum + Math.max(one.rows_estimated ?? 0, 0), 0);
  return `${count(read, "row")}${estimated ? ` of about ${estimated.toLocaleString("en")}` : ""}`;
}

async function cancel(base, one, again) {
  try {
    await api.remove(`${base}/backfill/${one.id}`);
    tell("Cancelled. What has been read by now still arrives.");
    again();
  } catch (refusal) {
    complain(refusal.message);
  }
}

async function create(base, done) {
  let matches;
  try {
    matches = [(await api.get(base)).data.match].flat();
  } catch (refusal) {
    return complain(refusal.message);
  }
  if (!matches.length) return complain("It listens to nothing yet, so there is nothing to send.");
  dialog("New backfill", (close) => form([
    field("Rows of", "match", { options: matches.map((one, no) => [String(no), words(one)]), hint: "What it listens to, as it is saved below." }),
    field("Rows a second at most", "rows_per_second", { type: "number", min: "1", value: "5000" }),
  ], "Begin", async ({ match, rows_per_second: speed }) => {
    await api.post(`${base}/backfill`, { data: { match: Number(match), rows_per_second: Number(speed) } });
    close();
    tell("It has begun.");
    done();
  }));
}

/** A match of a document, so that one tells it from the others. */
function words(match) {
  const name = (one) => (typeof one === "string" ? one : one.path ?? one.name ?? one.alternatives.map(name).join(" or "));
  const fields = [match.fields ?? []].flat().map(name).join(", ");
  return `${name(match)}${fields && ` (${fields})`}${match.where ? ", with a condition" : ""}`;
}
