// Requests to the API. What is not allowed any more asks for a log-in and then goes on, so
// nobody loses what they have typed.

const BASE = "/api/v1";

/** What the API refused: its status, and what it says by field. */
export class Refusal extends Error {
  constructor(status, errors) {
    super(sentence(status, errors));
    this.status = status;
    this.errors = errors ?? {};
  }

  /** What is wrong with a field. */
  of(field) {
    const messages = this.errors[field];
    return Array.isArray(messages) && field !== "detail" ? messages.join(", ") : null;
  }

  /** Faults with their place in the document that was sent: `[message, pointer]`. */
  get faults() {
    return Array.isArray(this.errors.detail) ? this.errors.detail : [];
  }

  /** Whether the same may succeed in a moment. */
  get passes() {
    return this.status === 503 || this.status === 0;
  }
}

function sentence(status, errors) {
  if (status === 0) return "The server can't be reached.";
  if (typeof errors?.detail === "string") return errors.detail;
  if (Array.isArray(errors?.detail)) return errors.detail.map(([message]) => message).join(" ");
  if (errors?.["Idempotency-Key"]) return "It was sent before with other words, and has arrived: close this and look for it.";
  const fields = Object.entries(errors ?? {}).map(([field, messages]) => `${field} ${[messages].flat().join(", ")}`);
  return fields.join("; ") || `The server answered ${status}.`;
}

const state = { csrf: null, again: null };

/** What unsafe requests are to carry from now on. */
export function carry(csrf) {
  state.csrf = csrf;
}

/** Whom to ask when a session has ended: answers when somebody is logged in again. */
export function onSignedOut(ask) {
  state.again = ask;
}

async function send(method, path, body, headers) {
  const options = { method, headers: { Accept: "application/json", ...headers }, credentials: "same-origin" };
  if (state.csrf && method !== "GET") options.headers["X-CSRF-Token"] = state.csrf;
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(BASE + path, options);
  } catch {
    throw new Refusal(0, null);
  }
  const answer = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (response.ok) return { ...answer, etag: response.headers.get("ETag") };
  throw new Refusal(response.status, answer.errors);
}

async function call(method, path, body, headers) {
  try {
    return await send(method, path, body, headers);
  } catch (refusal) {
    if (refusal.status !== 401 || !state.again) throw refusal;
    await state.again();
    return send(method, path, body, headers);
  }
}

/** Each answers the whole body: `{data, …}`. `once` doesn't ask for a log-in. */
export const api = {
  get: (path) => call("GET", path),
  post: (path, body = {}, headers) => call("POST", path, body, headers),
  put: (path, body, headers) => call("PUT", path, body, headers),
  remove: (path) => call("DELETE", path),
  once: send,
};

/** A header under which the same request, sent again, is done once. Whoever makes something
 *  takes it before they send anything, so that it is the same for whatever they send again. */
export function once() {
  const id = crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { "Idempotency-Key": id };
}

/** A path with parameters, leaving out those that are empty. */
export function query(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}
