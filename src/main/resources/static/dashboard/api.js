// Requests to the server: with what a page must show before it may change anything, and to the form when the login is over.
const SAFE = new Set(["GET", "HEAD"]);

/** An answer that is no success; the message is the problem's detail. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * JSON of a path, null for an empty answer.
 *
 * @param exact whether numbers that JavaScript would change stay as they were sent
 * @throws Problem, or a TypeError if the server cannot be reached
 */
export async function get(path, signal, exact = false) {
  return send("GET", path, undefined, { signal, exact });
}

export async function send(method, path, body, { signal, headers, exact = false } = {}) {
  const all = { Accept: "application/json", ...headers };
  if (!SAFE.has(method)) {
    all["X-XSRF-TOKEN"] = token();
  }
  if (body !== undefined) {
    all["Content-Type"] = "application/json";
  }
  const text = await ask(path, { method, headers: all, body, signal });
  return text === "" ? null : JSON.parse(text, exact ? asSent : undefined);
}

/** The text of a path, as it is. @throws Problem, or a TypeError if the server cannot be reached */
export async function getText(path, signal) {
  return ask(path, { signal });
}

async function ask(path, request) {
  const response = await fetch(path, request);
  if (response.status === 401) {
    toLogin();
  }
  const text = await response.text();
  if (!response.ok) {
    throw new Problem(response.status, detail(text) ?? `The server answers with ${response.status}.`);
  }
  return text;
}

/** What an answer says, null if the server refuses it. */
export async function known(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Problem && error.status !== 401) {
      return null;
    }
    throw error;
  }
}

/** Something that nobody has said before, for the header Idempotency-Key. randomUUID() is for https and localhost alone. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16).padStart(8, "0")).join("");
}

export function toLogin() {
  location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
}

export function token() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith("XSRF-TOKEN="));
  return pair ? decodeURIComponent(pair.slice("XSRF-TOKEN=".length)) : "";
}

/** A number such as 12345678901234567890 or 1.0 as JSON.stringify() writes it back; older browsers round it. */
function asSent(key, value, context) {
  return typeof value === "number" && JSON.rawJSON && context?.source && context.source !== String(value)
    ? JSON.rawJSON(context.source)
    : value;
}

function detail(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return undefined;
  }
}
