// The picture as a table, for whoever can't see one: a row for each line.

import { h, put } from "../dom.js";
import { mark, table } from "../ui.js";

/** How many rows are shown before one has to search. */
const ROWS = 200;

const COLUMNS = [
  { head: "Table", of: (row) => row.table },
  { head: "Application", of: (row) => row.name },
  { head: "Columns", of: (row) => row.line.columns, show: (row) => (row.line.is_every_column ? `all ${row.line.columns}` : String(row.line.columns)) },
  { head: "Need", of: (row) => (row.line.is_required ? "required" : "optional") },
  { head: "State", of: (row) => (row.line.is_unmet ? "unmet" : "met"), show: (row) => (row.line.is_unmet ? mark("unmet", "bad") : "met") },
];

/** Makes it, sorted by table and then by application until somebody wants it otherwise. */
export function asTable() {
  const sort = { by: 0, isDown: false };
  const place = h("div", { hidden: true });
  let model = null;
  sort.choose = (column) => {
    sort.isDown = sort.by === column && !sort.isDown;
    sort.by = column;
    draw();
    place.querySelector(`[data-column="${column}"]`).focus();
  };

  function draw() {
    const rows = found(model).sort((one, other) => order(sort, one, other));
    put(place,
      table("Who claims what", COLUMNS.map(({ head }) => head), rows.slice(0, ROWS).map((row) => COLUMNS.map(({ of, show }) => (show ?? of)(row))), { empty: "No claims.", sort }),
      rows.length > ROWS && h("p", { class: "quiet" }, `${ROWS} of ${rows.length} lines. Search to see others.`));
  }

  return {
    place,
    draw(now) {
      model = now;
      draw();
    },
  };
}

function found(model) {
  const word = model.search.trim().toLowerCase();
  return [...model.lines.values()]
    .map((line) => ({ line, table: model.tables.get(line.table_id)?.path ?? "", name: model.stakeholders.get(line.stakeholder_id)?.name ?? "" }))
    .filter(({ line, table: path, name }) => (path.toLowerCase().includes(word) || name.toLowerCase().includes(word)) && (!model.onlyUnmet || line.is_unmet));
}

/** By the column that was chosen, and what is the same there by table and application. */
function order({ by, isDown }, one, other) {
  const first = compare(COLUMNS[by].of(one), COLUMNS[by].of(other));
  return (isDown ? -first : first) || compare(one.table, other.table) || compare(one.name, other.name);
}

function compare(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
