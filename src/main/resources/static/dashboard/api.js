// Sends requests to the server with the CSRF token, and opens the login form when the session has ended.
const SAFE = new Set(["GET", "HEAD"]);

/**
 * A response that is no success; the message is the detail of the problem, the errors are those of places in a payload, the
 * problems those of route files.
 */
export class Problem extends Error {
  constructor(status, { detail, errors = [], problems = [] }) {
    super(detail ?? `The server answers with ${status}.`);
    this.status = status;
    this.errors = errors;
    this.problems = problems;
  }
}

/**
 * Reads the JSON of a path; null for an empty response.
 *
 * @param exact whether numbers that JavaScript would round keep their original text
 * @throws Problem, or a TypeError if the server is unreachable
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
    all["Content-Type"] ??= "application/json";
  }
  const text = await ask(path, { method, headers: all, body, signal });
  return text === "" ? null : JSON.parse(text, exact ? asSent : undefined);
}

/** Reads the text of a path. @throws Problem, or a TypeError if the server is unreachable */
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
    throw new Problem(response.status, problem(text));
  }
  return text;
}

/** The body of a response, null if the server rejected the request. */
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

/** Why a request has failed, in words for the user; the hint is for one that may have arrived. */
export function reason(error, hint = "") {
  return error instanceof TypeError ? `The server does not answer.${hint}` : error.message;
}

/** A new value for the header Idempotency-Key. randomUUID() exists on https and localhost alone. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16).padStart(8, "0")).join("");
}

/** The path to submit a job to, with the parameters that are not empty. */
export function submission(type, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  return `/jobs/${encodeURIComponent(type)}${query.size === 0 ? "" : `?${query}`}`;
}

export function toLogin() {
  location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
}

export function token() {
  const pair = document.cookie.split("; ").find((one) => one.startsWith("XSRF-TOKEN="));
  return pair ? decodeURIComponent(pair.slice("XSRF-TOKEN=".length)) : "";
}

/** A number such as 12345678901234567890 or 1.0 that JSON.stringify() writes unchanged; older browsers round it. */
export function asSent(key, value, context) {
  return typeof value === "number" && JSON.rawJSON && context?.source && context.source !== String(value)
    ? JSON.rawJSON(context.source)
    : value;
}

function problem(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
