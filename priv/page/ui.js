// The parts that views are made of.

import { h, put, unique } from "./dom.js";

/** A button. `look` is `main`, `quiet` or `danger`; `why` disables it and says the reason. */
export function button(label, onclick, { look = "", why = null, ...rest } = {}) {
  const made = h("button", { type: "button", class: `button ${look}`, onclick, ...rest }, label);
  return why ? forbid(made, why) : made;
}

/** Disables a control, and says why to whoever points at it or hears it. It stays
 *  reachable, since what can't be reached can't be explained. */
export function forbid(control, why) {
  control.setAttribute("aria-disabled", "true");
  control.setAttribute("title", why);
  control.setAttribute("aria-description", why);
  control.addEventListener("click", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    tell(why);
  }, { capture: true });
  return control;
}

/** Says something in passing. */
export function tell(text) {
  const message = h("p", null, text);
  put(told(), message);
  setTimeout(() => message.remove(), 6000);
}

/** Where it is said: what is over the page hides the page's own place, from ears as well. */
function told() {
  return [...document.querySelectorAll("dialog > .told")].at(-1) ?? document.getElementById("told");
}

/** Says what went wrong: until somebody has read it, or looks at something else. */
export function complain(text) {
  const message = h("div", { class: "bad", role: "alert" }, h("p", null, text), button("Close", () => message.remove(), { look: "quiet small" }));
  put(told(), message);
}

/** Takes away what was said against something that one no longer looks at. */
export function hush() {
  document.querySelector("#told .bad")?.remove();
}

/** A field with its label, and what is wrong with it below. */
export function field(label, name, { hint = null, type = "text", options = null, ...rest } = {}) {
  const id = unique(name);
  const properties = { id, name, "aria-describedby": `${id}-hint ${id}-wrong`, ...rest };
  const control = options
    ? h("select", properties, options.map(([value, text]) => h("option", { value, selected: value === rest.value }, text)))
    : h(type === "textarea" ? "textarea" : "input", type === "textarea" ? properties : { type, ...properties });
  return h("div", { class: "field" },
    h("label", { for: id }, label), control,
    h("p", { class: "hint", id: `${id}-hint` }, hint ?? ""),
    h("p", { class: "wrong", id: `${id}-wrong`, "data-wrong": name }));
}

/** A form that sends itself by a function and shows at its fields what was refused. `shape`
 *  is `row` where the button stands beside the fields. */
export function form(fields, label, send, { look = "main", why = null, extra = [], shape = "" } = {}) {
  const told = h("p", { class: "wrong", role: "alert" });
  const submit = h("button", { type: "submit", class: `button ${look}` }, label);
  const made = h("form", { novalidate: true, class: `form ${shape}` }, fields, told, h("div", { class: "actions" }, submit, extra));
  if (why) forbid(submit, why);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (why || submit.disabled) return;
    clear(made, told);
    submit.disabled = true;
    try {
      await send(Object.fromEntries(new FormData(made)), made);
      // It may have given way to what is shown once.
      if (!made.isConnected) document.querySelector("dialog .secret")?.focus();
    } catch (refusal) {
      show(made, told, refusal);
    } finally {
      submit.disabled = false;
    }
  });
  return made;
}

function clear(made, told) {
  put(told);
  for (const place of made.querySelectorAll("[data-wrong]")) put(place);
  for (const control of made.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

function show(made, told, refusal) {
  let first = null;
  for (const place of made.querySelectorAll("[data-wrong]")) {
    const message = refusal.of?.(place.dataset.wrong);
    if (!message) continue;
    put(place, message);
    const control = made.elements[place.dataset.wrong];
    control.setAttribute("aria-invalid", "true");
    first ??= control;
  }
  if (first) first.focus();
  else put(told, refusal.message);
}

/** Loads something into a place: says that it is being loaded, shows it, or says why not
 *  with a button to try again. */
export async function load(place, ask, render) {
  place.setAttribute("aria-busy", "true");
  const waiting = setTimeout(() => put(place, h("p", { class: "quiet" }, "Loading …")), 250);
  try {
    const answer = await ask();
    clearTimeout(waiting);
    put(place, render(answer));
  } catch (refusal) {
    clearTimeout(waiting);
    put(place, failure(refusal, () => load(place, ask, render)));
  } finally {
    place.removeAttribute("aria-busy");
  }
  return place;
}

/** What went wrong, and a way on where there is one. */
export function failure(refusal, again) {
  if (!refusal.status && refusal.status !== 0) console.error(refusal);
  return h("div", { class: "notice bad", role: "alert" },
    h("p", null, refusal.message),
    again && h("div", { class: "actions" }, button("Try again", again)));
}

/** What is shown where an address leads nowhere, and where to go instead. */
export function nowhere(what, href, label) {
  return h("div", null, heading("Not here"), h("p", { class: "lead" }, what), h("p", null, h("a", { class: "button", href }, label)));
}

/** A button for what is older than a page, if there is anything. `ask` gets the page before
 *  a place, and `add` shows what is on it. */
export function older(page, ask, add) {
  let before = page?.before;
  if (!before) return null;
  const wrong = h("p", { class: "wrong", role: "alert" });
  const more = button("Show older ones", async () => {
    put(wrong);
    more.disabled = true;
    try {
      const { data, page: next } = await ask(before);
      add(data);
      before = next?.before;
      if (!before) made.remove();
    } catch (refusal) {
      put(wrong, refusal.message);
    }
    more.disabled = false;
  }, { look: "quiet" });
  const made = h("div", { class: "older" }, more, wrong);
  return made;
}

/** A dialog over the page. `build` gets a function that closes it. What is shown in it once
 *  and never again stays until somebody is done with it. */
export function dialog(title, build, { closes = true } = {}) {
  const heading = unique("dialog");
  const before = document.activeElement;
  const box = h("dialog", { class: "dialog", "aria-labelledby": heading });
  const close = (value) => {
    box.close();
    box.remove();
    before?.focus?.();
    return value;
  };
  box.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (closes && !box.querySelector(".once")) close();
  });
  put(box,
    h("header", null,
      h("h2", { id: heading }, title),
      closes && button("Close", () => close(), { look: "quiet small" })),
    h("div", { class: "body" }, build(close)),
    h("div", { class: "told", role: "status", "aria-live": "polite" }));
  document.body.append(box);
  box.showModal();
  box.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  return { box, close };
}

/** Closes the dialogs of what one no longer looks at, as Escape does. */
export function dismiss() {
  for (const box of document.querySelectorAll("dialog")) box.dispatchEvent(new Event("cancel", { cancelable: true }));
}

/** Asks whether something is really meant. */
export function confirm(title, text, label, act) {
  return dialog(title, (close) => form([h("p", null, text)], label, async () => {
    await act();
    close();
  }, { look: "danger", extra: [button("Cancel", () => close())] }));
}

/** A text that is shown once, with a button that copies it. */
export function secret(label, text) {
  const id = unique("secret");
  const shown = h("code", { id, class: "secret", tabindex: "0" }, text);
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      tell(`${label} copied.`);
    } catch {
      getSelection().selectAllChildren(shown);
      tell("Copying isn't allowed here; it is selected.");
    }
  }, { look: "small", "aria-label": `Copy ${label}` });
  return h("div", { class: "once" }, h("span", { class: "label" }, label), shown, copy);
}

/** A table: heads, and rows of cells. Where it can be sorted, `sort` says by which column it
 *  is, whether downwards, and what to do when somebody wants it by another. */
export function table(caption, heads, rows, { empty = "Nothing here.", sort = null } = {}) {
  if (!rows.length) return h("p", { class: "empty" }, empty);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: sort ? "sortable" : "" },
      h("caption", { class: "unseen" }, caption),
      h("thead", null, h("tr", null, heads.map((name, no) => head(name, no, sort)))),
      h("tbody", null, rows.map((cells) => row(heads, cells)))));
}

/** A row of a table with these heads. */
export function row(heads, cells) {
  return h("tr", null, cells.map((cell, no) => h(no ? "td" : "th", { scope: no ? null : "row", "data-head": heads[no] },
    Array.isArray(cell) ? h("div", null, cell) : cell)));
}

function head(name, no, sort) {
  if (!sort) return h("th", { scope: "col" }, name || h("span", { class: "unseen" }, "Actions"));
  const direction = sort.isDown ? "descending" : "ascending";
  return h("th", { scope: "col", "aria-sort": sort.by === no ? direction : null },
    h("button", { type: "button", class: "sort", "data-column": String(no), onclick: () => sort.choose(no) }, name));
}

/** A small mark: `good`, `bad`, `warn` or plain. */
export function mark(text, look = "") {
  return h("span", { class: `mark ${look}` }, text);
}

/** When something was: how long ago, and exactly to whoever points at it. */
export function when(text) {
  if (!text) return h("span", { class: "quiet" }, "never");
  const time = new Date(text);
  return h("time", { datetime: text, title: time.toLocaleString() }, ago(time));
}

const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity]];

function ago(time) {
  let amount = (time - Date.now()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(amount), unit);
    amount /= size;
  }
  return "";
}

/** `1 table`, `2 tables`. */
export function count(number, word, many = `${word}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? word : many}`;
}

/** The heading of a view, with what can be done there. */
export function heading(title, ...actions) {
  return h("header", { class: "heading" }, h("h1", { tabindex: "-1" }, title), h("div", { class: "actions" }, actions));
}
