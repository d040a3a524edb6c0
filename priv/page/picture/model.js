// What the picture shows: which tables and applications, in which order, and the lines
// between them. Nothing here touches the page.

/** How many of each side are shown before one asks for more. */
export const STEP = 60;

export function begin(data) {
  const model = {
    stakeholders: new Map(data.stakeholders.map((one) => [one.id, one])),
    tables: new Map(data.tables.map((one) => [one.id, { ...one, path: `${one.schema}.${one.table}` }])),
    lines: new Map(),
    columns: new Map(),
    total: data.total,
    search: "",
    onlyUnmet: false,
    selected: null,
    shown: { tables: STEP, stakeholders: STEP },
  };
  learn(model, data);
  return model;
}

/** Takes in lines, and the columns of a table, that were asked for later. */
export function learn(model, data, table = null) {
  for (const line of data.claims) model.lines.set(`${line.stakeholder_id}:${line.table_id}`, line);
  if (table !== null) model.columns.set(table, data.columns);
}

/** Whether not every line is here yet. */
export function isCut(model) {
  return model.lines.size < model.total;
}

/** The table that is open: the selected one, or that of the selected column. */
export function opened(model) {
  return model.selected && "table" in model.selected ? model.selected.table : null;
}

/** The claims of a table column by column, if they are known: stakeholder → columns. */
export function column(model) {
  const { selected } = model;
  if (!selected?.column) return null;
  return model.columns.get(selected.table)?.find((one) => one.name === selected.column) ?? null;
}

/** The ids that the selection is connected with on the other side; null: nothing is. */
export function connected(model) {
  const { selected } = model;
  if (!selected) return { tables: null, stakeholders: null };
  const chosen = column(model);
  const tables = new Set();
  const stakeholders = new Set(chosen ? chosen.claimed_by : []);
  for (const line of model.lines.values()) {
    if (selected.stakeholder === line.stakeholder_id) tables.add(line.table_id);
    if (selected.table === line.table_id && !chosen) stakeholders.add(line.stakeholder_id);
  }
  return "table" in selected
    ? { tables: new Set([selected.table]), stakeholders }
    : { tables, stakeholders: new Set([selected.stakeholder]) };
}

/** What is shown on each side: what fits the search, what is in trouble first if it isn't
 *  all in sight, and no more than was asked for. */
export function sides(model) {
  const { tables, stakeholders } = connected(model);
  const word = model.search.trim().toLowerCase();
  const fits = matching(model, word);
  // Without a search, what is connected with the selection is never left out.
  const stays = (set, one) => (word ? model.selected && isSelected(model.selected, one) : set?.has(one.id));
  return {
    tables: side(model, "tables", [...model.tables.values()].filter((one) => fits.tables(one) || stays(tables, one)), tables, (one) => one.is_unmet || !one.exists),
    stakeholders: side(model, "stakeholders", [...model.stakeholders.values()].filter((one) => fits.stakeholders(one) || stays(stakeholders, one)), stakeholders, (one) => one.unmet_claims > 0),
  };
}

function isSelected(selected, one) {
  return "path" in one ? selected.table === one.id : selected.stakeholder === one.id;
}

/** A search finds tables and applications by name, and what is connected with them. */
function matching(model, word) {
  const tables = new Set();
  const stakeholders = new Set();
  for (const line of model.lines.values()) {
    if (model.onlyUnmet && !line.is_unmet) continue;
    const table = model.tables.get(line.table_id);
    const stakeholder = model.stakeholders.get(line.stakeholder_id);
    if (!table || !stakeholder) continue;
    if (table.path.toLowerCase().includes(word) || stakeholder.name.toLowerCase().includes(word)) {
      tables.add(table.id);
      stakeholders.add(stakeholder.id);
    }
  }
  const named = (text) => word && text.toLowerCase().includes(word) && !model.onlyUnmet;
  const all = !word && !model.onlyUnmet;
  return {
    tables: (one) => all || tables.has(one.id) || named(one.path),
    stakeholders: (one) => all || stakeholders.has(one.id) || named(one.name),
  };
}

/** What is in sight of a side. Where not everything is, of the side across from the selection
 *  only what is connected is shown, so that both ends of a line are. */
function side(model, kind, found, connected, isTroubled) {
  const most = model.shown[kind];
  const isCut = found.length > most;
  const isAcross = model.selected && "table" in model.selected !== (kind === "tables");
  if (isCut && isAcross) {
    const near = found.filter((one) => connected.has(one.id));
    return { items: near.slice(0, most), found: near.length, hidden: found.length - near.length, total: model[kind].size, connected };
  }
  const rank = (one) => (isTroubled(one) ? 0 : 1);
  const ordered = isCut ? [...found].sort((one, other) => rank(one) - rank(other)) : found;
  const items = ordered.slice(0, most);
  const chosen = model.selected && ordered.find((one) => isSelected(model.selected, one));
  if (chosen && !items.includes(chosen)) items.unshift(chosen);
  return { items, found: found.length, hidden: 0, total: model[kind].size, connected };
}

/** The lines between what is in sight. `from` is a column where the table is open. */
export function lines(model, { tables, stakeholders }) {
  const left = new Set(tables.items.map((one) => one.id));
  const right = new Set(stakeholders.items.map((one) => one.id));
  const open = opened(model);
  const columns = open === null ? null : model.columns.get(open);
  const found = [];
  for (const line of model.lines.values()) {
    if (!left.has(line.table_id) || !right.has(line.stakeholder_id)) continue;
    if (columns && line.table_id === open && line.columns > 0) continue;
    found.push({ from: `table:${line.table_id}`, to: line.stakeholder_id, look: look(line), isActive: isActive(model, line.table_id, line.stakeholder_id) && !model.selected?.column });
  }
  for (const one of columns ?? []) {
    for (const id of one.claimed_by) {
      if (!right.has(id)) continue;
      const line = model.lines.get(`${id}:${open}`);
      const isUnmet = one.unmet_for.includes(id);
      found.push({
        from: `column:${open}:${one.name}`, to: id,
        look: isUnmet ? "unmet" : line && !line.is_required ? "optional" : "",
        isActive: model.selected.column ? model.selected.column === one.name : true,
      });
    }
  }
  return found;
}

function look(line) {
  if (line.is_unmet) return "unmet";
  return line.is_required ? "" : "optional";
}

function isActive({ selected }, table, stakeholder) {
  return Boolean(selected) && (selected.table === table || selected.stakeholder === stakeholder);
}

/** How the channels of an application are, in a word; null: nothing is wrong. */
export function trouble(stakeholder) {
  const channels = stakeholder.channels;
  const dead = channels.reduce((sum, one) => sum + one.dead_letters, 0);
  if (dead) return { look: "bad", text: `${dead} dead`, words: `${dead} dead letters` };
  if (channels.some((one) => one.paused)) return { look: "warn", text: "paused", words: "a channel is paused" };
  if (channels.some(isBehind)) return { look: "warn", text: "behind", words: "a channel is behind" };
  return null;
}

/** Whether a channel has been waiting for longer than it takes to tell something. */
export function isBehind(channel) {
  return Boolean(channel.waiting_since) && Date.now() - new Date(channel.waiting_since) > 10_000;
}
