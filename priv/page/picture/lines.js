// The lines between the sides, in one drawing: a path for each look, however many lines.

import { put, svg } from "../dom.js";

/** From how many lines on they are drawn so fine that one sees through them. */
const MANY = 120;

const LOOKS = ["", "optional", "unmet"];

/** Draws lines between buttons by their keys. */
export function draw(drawing, left, right, lines, hasSelection) {
  const box = drawing.getBoundingClientRect();
  if (box.width < 8) return put(drawing);
  drawing.classList.toggle("many", lines.length > MANY);
  drawing.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const from = places(left, box);
  const to = places(right, box);
  const paths = new Map();
  for (const line of lines) {
    const start = from.get(line.from);
    const end = to.get(`stakeholder:${line.to}`);
    if (start === undefined || end === undefined) continue;
    const name = `${line.look}|${line.isActive ? "active" : hasSelection ? "far" : ""}`;
    const half = box.width / 2;
    const curve = `M0 ${start}C${half} ${start} ${half} ${end} ${box.width} ${end}`;
    paths.set(name, (paths.get(name) ?? "") + curve);
  }
  const order = ["far", "", "active"];
  const drawn = order.flatMap((state) => LOOKS.map((look) => {
    const d = paths.get(`${look}|${state}`);
    return d && svg("path", { d, class: `line ${look} ${state}` });
  }));
  return put(drawing, drawn);
}

function places(side, box) {
  const found = new Map();
  for (const item of side.querySelectorAll(".item")) {
    const { top, height } = item.getBoundingClientRect();
    found.set(item.dataset.key, Math.round((top + height / 2 - box.top) * 2) / 2);
  }
  return found;
}
