// Requests to the server: with what a page must show before it may change anything, and to the form when the login is over.
const SAFE = new Set(["GET", "HEAD"]);

/** An answer that is no success; the message is the problem's detail. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** JSON of a path, null for an empty answer. @throws Problem, or a TypeError if the server cannot be reached */
export async function get(path, signal) {
  return send("GET", path, undefined, { signal });
}

export async function send(method, path, body, { signal, headers } = {}) {
  const all = { Accept: "application/json", ...headers };
  if (!SAFE.has(method)) {
    all["X-XSRF-TOKEN"] = token();
  }
  if (body !== undefined) {
    all["Content-Type"] = "application/json";
  }
  const response = await fetch(path, { method, headers: all, body, signal });
  if (response.status === 401) {
    toLogin();
  }
  const text = await response.text();
  if (!response.ok) {
    throw new Problem(response.status, detail(text) ?? `The server answered ${response.status}.`);
  }
  return text === "" ? null : JSON.parse(text);
}

export function toLogin() {
  location.assign(`/login?to=${encodeURIComponent(location.pathname + location.hash)}`);
}

export function token() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith("XSRF-TOKEN="));
  return pair ? decodeURIComponent(pair.slice("XSRF-TOKEN=".length)) : "";
}

function detail(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return undefined;
  }
}

/** The text of a path, as it is. @throws Problem, or a TypeError if the server cannot be reached */
export async function getText(path, signal) {
  const response = await fetch(path, { signal });
  if (response.status === 401) {
    toLogin();
  }
  const text = await response.text();
  if (!response.ok) {
    throw new Problem(response.status, detail(text) ?? `The server answers with ${response.status}.`);
  }
  return text;
}
