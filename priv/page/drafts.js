// What somebody has typed and not saved: kept while they look at something else, and asked
// about before the browser would lose it.

const drafts = new Map();

window.addEventListener("beforeunload", (event) => {
  if (drafts.size) event.preventDefault();
});

/** Keeps a text under a name, with the version of the document that it was made of. */
export function keep(name, text, version) {
  drafts.set(name, { text, version });
}

/** What is kept under a name: `{ text, version }`, or nothing. */
export function kept(name) {
  return drafts.get(name);
}

export function drop(name) {
  drafts.delete(name);
}

/** How many there are. */
export function pending() {
  return drafts.size;
}

/** Drops them all. */
export function dropAll() {
  drafts.clear();
}
