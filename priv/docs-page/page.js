// Shows the contract to people: every operation with what it takes, gives and refuses.

import { schema } from "./schema.js";
import { element, prose } from "./element.js";
import { curl } from "./curl.js";

const METHODS = ["get", "post", "put", "delete"];

const byId = (id) => document.getElementById(id);

async function show() {
  const answer = await fetch("api/v1/openapi.json");
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  const contract = await answer.json();
  byId("version").textContent = contract.info.version;
  byId("state").replaceWith(element("p", { class: "room" }, ...prose(contract.info.description)));
  for (const room of contract.tags) showRoom(contract, room);
  byId("search").addEventListener("input", search);
  // Somebody may have begun to type before all of it was here.
  search();
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) target.scrollIntoView({ behavior: "instant" });
}

function showRoom(contract, { name, description }) {
  const operations = [];
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation?.tags.includes(name)) operations.push({ method, path, ...operation });
    }
  }
  byId("rooms").append(
    element("div", { class: "group" },
      element("h2", {}, name),
      element("ul", {}, ...operations.map(({ method, operationId, summary }) =>
        element("li", { "data-of": operationId },
          element("a", { href: `#${operationId}` }, badge(method), summary))))),
  );
  byId("content").append(
    element("section", { "aria-label": name },
      element("h2", {}, name),
      element("p", { class: "room" }, ...prose(description)),
      ...operations.map((operation) => article(contract, operation))),
  );
}

const badge = (method) => element("span", { class: `method ${method}` }, method.toUpperCase());

function article(contract, operation) {
  const { method, path, operationId, summary, description, parameters = [] } = operation;
  const all = parameters.map((parameter) => resolve(contract, parameter));
  const body = operation.requestBody?.content["application/json"].schema;
  return element("article", { id: operationId },
    element("h3", {}, element("a", { href: `#${operationId}` }, badge(method), element("code", {}, path))),
    element("p", {}, element("strong", {}, summary)),
    element("p", { class: "about" }, ...prose(description)),
    all.length > 0 && element("h4", {}, "Parameters"),
    all.length > 0 && table(["name", "in", "what"], all.map((one) => parameter(contract, one))),
    body && element("h4", {}, "Takes"),
    body && element("div", { class: "schema" }, schema(contract, body)),
    element("h4", {}, "Answers"),
    answers(contract, operation.responses),
    element("h4", {}, "Example"),
    element("pre", { tabindex: "0" }, element("code", {}, curl(contract, operation, all, body))),
  );
}

function parameter(contract, one) {
  const name = element("code", { class: one.required ? "must" : "" }, one.name);
  const what = element("div", {}, schema(contract, one.schema));
  return [name, one.in, element("div", {}, one.description && element("span", {}, ...prose(one.description), " "), what)];
}

function answers(contract, responses) {
  const rows = Object.entries(responses).map(([status, response]) => {
    const { description, content = {}, headers = {} } = resolve(contract, response);
    const [kind, body] = Object.entries(content)[0] ?? [];
    const names = Object.keys(headers);
    const what = element("div", {},
      element("span", {}, ...prose(description)),
      names.length > 0 && element("span", { class: "words" }, ` Headers: ${names.join(", ")}.`),
      body && element("details", {},
        element("summary", {}, element("span", { class: "kind" }, kind)),
        element("div", { class: "schema" }, schema(contract, body.schema))));
    return [element("code", {}, status), what];
  });
  return table(["status", "what"], rows);
}

function table(heads, rows) {
  return element("div", { class: "table" }, element("table", {},
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell)))))));
}

function resolve(contract, value) {
  if (!value.$ref) return value;
  const steps = value.$ref.slice(2).split("/");
  return steps.reduce((part, step) => part[step.replaceAll("~1", "/").replaceAll("~0", "~")], contract);
}

function search() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const one of document.querySelectorAll("article")) {
    const text = one.textContent.toLowerCase();
    const fits = words.every((word) => text.includes(word));
    one.hidden = !fits;
    document.querySelector(`[data-of="${one.id}"]`).hidden = !fits;
  }
  // Schemas have items too, so what is looked for is what was hidden above.
  for (const group of document.querySelectorAll("section, .group")) {
    group.hidden = !group.querySelector("article:not([hidden]), [data-of]:not([hidden])");
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== byId("search")) {
    event.preventDefault();
    byId("search").focus();
  }
});

if (matchMedia("(max-width: 50rem)").matches) byId("menu").open = false;

show().catch((error) => {
  const state = byId("state") ?? byId("content");
  state.textContent = `The contract can't be shown: ${error.message}.`;
});
