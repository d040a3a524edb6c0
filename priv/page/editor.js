// An editor for a document: its text, what is wrong with it and where. What isn't saved is
// there again when somebody comes back.

import { h, put, unique } from "./dom.js";
import * as drafts from "./drafts.js";
import { NotJson, locate, read, write } from "./json.js";
import { button } from "./ui.js";

/** Makes an editor of what is stored under a path. `changed` is called with the document
 *  whenever its text is one, and with null while it isn't. Who may not save it may read it. */
export function editor(label, { path, data, etag, why }, changed) {
  const id = unique("editor");
  const draft = drafts.kept(path);
  let stored = { text: write(data), version: etag };
  let version = draft?.version ?? etag;
  const told = h("div", { class: "faults", id: `${id}-faults`, role: "alert" });
  const text = h("textarea", {
    id, class: "code", rows: "18", readonly: Boolean(why), spellcheck: "false", autocomplete: "off", autocapitalize: "none",
    "aria-describedby": `${id}-faults`, value: draft?.text ?? stored.text,
  });
  const unsaved = h("div", { role: "status" }, draft && remembered(draft.version !== etag, discard));
  text.addEventListener("input", () => show(text.value));

  /** Puts a text in, or takes note of what was typed, and keeps it until it is saved. */
  function show(now) {
    if (text.value !== now) text.value = now;
    put(told);
    text.removeAttribute("aria-invalid");
    if (now === stored.text) drafts.drop(path);
    else drafts.keep(path, now, version);
    changed(parsed());
  }

  function restore() {
    version = stored.version;
    put(unsaved);
    show(stored.text);
  }

  function discard() {
    restore();
    text.focus();
  }

  function parsed() {
    try {
      return read(text.value).document;
    } catch {
      return null;
    }
  }

  function point(start, end) {
    text.focus();
    text.setSelectionRange(start, end);
    const line = text.value.slice(0, start).split("\n").length;
    text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
  }

  function wrong(faults) {
    text.setAttribute("aria-invalid", "true");
    put(told, h("ul", null, faults.map(([message, [start, end], pointer]) => h("li", null,
      h("button", { type: "button", class: "fault", onclick: () => point(start, end) },
        h("span", null, message), pointer && h("code", null, pointer))))));
  }

  return {
    element: h("div", { class: "editor" }, h("label", { for: id }, label), unsaved, text, told),
    /** What it says; null while it can't be read. */
    get document() {
      return parsed();
    },
    /** With what to save it, so that nobody's work is overwritten unseen. */
    get headers() {
      return version ? { "If-Match": version } : {};
    },
    /** The document; shows why not and answers undefined if the text isn't one. */
    take() {
      put(told);
      try {
        return read(text.value).document;
      } catch (error) {
        if (!(error instanceof NotJson)) throw error;
        wrong([[error.message, [error.at, error.at + 1], null]]);
        return undefined;
      }
    },
    /** Puts another document in. */
    set(document) {
      show(write(document));
    },
    /** Puts in what is stored now. */
    saved(document, etag) {
      stored = { text: write(document), version: etag };
      restore();
    },
    /** Shows what the API says against the document, each at its place. */
    refuse(refusal) {
      if (!refusal.faults.length) throw refusal;
      const { places } = read(text.value);
      wrong(refusal.faults.map(([message, pointer]) => [message, locate(places, pointer), pointer]));
    },
  };
}

/** Says that this isn't what is stored, and lets one have that instead. */
function remembered(isOld, discard) {
  return h("div", { class: "notice warn" },
    h("p", null, isOld
      ? "This is what you hadn't saved. Somebody has saved something else since, so it would be refused: copy it, discard it here, and put it into what is stored now."
      : "This is what you hadn't saved."),
    h("div", { class: "actions" }, button("Discard it", discard, { look: "small" })));
}
