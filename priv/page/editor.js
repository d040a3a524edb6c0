// An editor for a document: its text, what is wrong with it and where.

import { h, put, unique } from "./dom.js";
import { NotJson, locate, read, write } from "./json.js";

/** Makes an editor. `changed` is called with the document whenever its text is one, and
 *  with null while it isn't. */
export function editor(label, document, changed) {
  const id = unique("editor");
  const told = h("div", { class: "faults", id: `${id}-faults`, role: "alert" });
  const text = h("textarea", {
    id, class: "code", rows: "18", spellcheck: "false", autocomplete: "off", autocapitalize: "none",
    "aria-describedby": `${id}-faults`, value: write(document),
  });
  text.addEventListener("input", () => {
    put(told);
    text.removeAttribute("aria-invalid");
    changed(parsed());
  });

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
    element: h("div", { class: "editor" }, h("label", { for: id }, label), text, told),
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
      text.value = write(document);
      put(told);
      text.removeAttribute("aria-invalid");
      changed(document);
    },
    /** Shows what the API says against the document, each at its place. */
    refuse(refusal) {
      if (!refusal.faults.length) throw refusal;
      const { places } = read(text.value);
      wrong(refusal.faults.map(([message, pointer]) => [message, locate(places, pointer), pointer]));
    },
    get document() {
      return parsed();
    },
  };
}
